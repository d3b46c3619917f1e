"""Adding what the window asked for: once, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from services.gateway.access import Act, Unseen
from services.gateway.filing import Filled
from services.gateway.guard import Requires
from services.gateway.pages import drafting
from services.gateway.pages.acting import said, to_receipt
from services.gateway.pages.drafting import SUPPLEMENT, Answers
from services.gateway.pages.errors import by_field
from services.gateway.pages.rendering import show
from services.gateway.pages.uploads import files_in, keep, to_bring
from services.gateway.parts import Parts, parts_of
from services.gateway.problems import Problem
from services.gateway.standing import Person
from services.gateway.views.case import Case
from shared.events.catalog import ItemPublished
from shared.events.fact import Text

router = APIRouter(prefix="/cases/{application_id}/supplement")
Owner = Annotated[Person, Depends(Requires(Act.SUPPLEMENT))]


@router.get("")
def ask(application_id: UUID, request: Request, person: Owner) -> Response:
    answers = drafting.answers_of(parts_of(request), person, _name(application_id))
    return _page(request, application_id, answers or Answers())


@router.post("/upload")
async def answer(application_id: UUID, request: Request, person: Owner) -> Response:
    """Keep what was added; send it when asked to."""
    parts = parts_of(request)
    form = await request.form()
    files = await files_in(form)

    def keep_it() -> tuple[Answers, dict[str, Text]]:
        _, item = _case_and_item(parts, application_id)
        name = _name(application_id)
        answers = drafting.answers_of(parts, person, name) or Answers()
        given, problems = keep(files, item, parts.blobs, person.id)
        changed = {each.code: said(form, each.code) for each in item.form}
        answers = answers.with_files(given, said(form, "remove")).with_form(changed)
        answers = replace(answers, note=said(form, "note"))
        drafting.save(parts, person, name, answers)
        return answers, problems

    answers, problems = await run_in_threadpool(keep_it)
    if problems:
        return await run_in_threadpool(
            _page, request, application_id, answers, problems
        )
    if said(form, "go") != "on":
        return RedirectResponse(f"/cases/{application_id}/supplement", 303)
    filled = Filled(
        form=answers.form,
        materials=tuple(given.sent for given in answers.materials.values()),
    )
    try:
        recorded = await parts.asking.supplement(
            person, answers.key, application_id, filled, answers.note
        )
    except Problem as problem:
        wrong = by_field(problem)
        return await run_in_threadpool(_page, request, application_id, answers, wrong)
    await run_in_threadpool(parts.drafts.discard, person.id, _name(application_id))
    return await to_receipt(request, recorded)


def _name(application_id: UUID) -> str:
    return f"{SUPPLEMENT}{application_id}"


def _case_and_item(parts: Parts, application_id: UUID) -> tuple[Case, ItemPublished]:
    case = parts.screens.cases.case(application_id)
    if case is None:
        raise Unseen
    item = parts.screens.catalogue.item(case.task_code, case.item_version)
    if item is None:
        raise Unseen
    return case, item


def _page(
    request: Request,
    application_id: UUID,
    answers: Answers,
    problems: Mapping[str, Text] | None = None,
) -> Response:
    parts = parts_of(request)
    case, item = _case_and_item(parts, application_id)
    if case.state != "supplementing":
        return RedirectResponse(f"/cases/{application_id}", 303)
    file = parts.screens.cases.file(application_id)
    notices = [
        entry.remark
        for entry in parts.screens.timeline.entries(application_id, with_words=True)
        if entry.kind == "supplement_notice" and entry.remark
    ]
    return show(
        request,
        "supplement.html",
        status=422 if problems else 200,
        case=case,
        item=item,
        bring=to_bring(item),
        handed=answers.materials,
        before={each.material: each for each in file.materials} if file else {},
        answers={**(file.form if file else {}), **answers.form},
        note=answers.note,
        points=[point for notice in notices for point in notice.points],
        by=next((notice.by for notice in notices if notice.by), None),
        problems=problems or {},
    )
