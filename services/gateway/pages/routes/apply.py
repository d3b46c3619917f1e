"""Applying: who, what, documents, check, send. Saved at every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from services.gateway import saying
from services.gateway.access import Act, Unseen
from services.gateway.filing import Filled, form_errors, must_bring
from services.gateway.guard import Requires
from services.gateway.pages import drafting
from services.gateway.pages.acting import key_of, said, to_receipt
from services.gateway.pages.drafting import Answers
from services.gateway.pages.rendering import show
from services.gateway.pages.uploads import files_in, keep, to_bring
from services.gateway.parts import parts_of
from services.gateway.problems import Problem
from services.gateway.requests import request_id
from services.gateway.standing import Person
from shared.events.catalog import FormField, ItemPublished
from shared.events.fact import Text

router = APIRouter(prefix="/apply/{task_code}")
Applicant = Annotated[Person, Depends(Requires(Act.APPLY))]

FEW = 4  # questions on a page
STAGES = ("applicant", "details", "materials", "check")


@dataclass(frozen=True)
class DetailsPage:
    path: str
    fields: tuple[FormField, ...]


def details_pages(item: ItemPublished) -> list[DetailsPage]:
    """Split the questions so that a page asks only a few."""
    count = -(-len(item.form) // FEW)
    size = -(-len(item.form) // count) if count else FEW
    return [
        DetailsPage(f"details-{at // size + 1}", item.form[at : at + size])
        for at in range(0, len(item.form), size)
    ]


def places(item: ItemPublished) -> list[str]:
    """Return the pages of this application, in order."""
    materials = ["materials"] if item.materials else []
    details = [page.path for page in details_pages(item)]
    return ["applicant", *details, *materials, "check"]


@router.get("")
def begin(task_code: str, request: Request, person: Applicant) -> Response:
    """Go to where one stopped."""
    item = _item(request, task_code)
    answers = drafting.answers_of(parts_of(request), person, task_code)
    if answers is None:
        return _to(item, "applicant")
    return _to(item, _unfinished(item, answers) or "check")


@router.get("/{here}")
def ask(task_code: str, here: str, request: Request, person: Applicant) -> Response:
    item = _item(request, task_code)
    answers = drafting.answers_of(parts_of(request), person, task_code)
    if answers is None and here == "check":
        return _to(item, "applicant")
    return _page(request, item, person, here, answers or Answers())


@router.post("/check")
async def send(task_code: str, request: Request, person: Applicant) -> Response:
    """Send it; sent before, it leads to the same receipt."""
    parts = parts_of(request)
    item = await run_in_threadpool(_item, request, task_code)
    key = key_of(await request.form())
    answers = await run_in_threadpool(drafting.answers_of, parts, person, task_code)
    if answers is None or answers.key != key:
        return RedirectResponse(f"/requests/{request_id(person.id, key)}", 303)
    if place := _unfinished(item, answers):
        problems = _problems(item, answers, place)
        return await run_in_threadpool(
            _page, request, item, person, place, answers, problems
        )
    filled = Filled(
        form=answers.form,
        materials=tuple(given.sent for given in answers.materials.values()),
    )
    recorded = await parts.asking.submit(person, key, task_code, filled)
    await run_in_threadpool(parts.drafts.discard, person.id, task_code)
    return await to_receipt(request, recorded)


@router.post("/upload")
async def upload(task_code: str, request: Request, person: Applicant) -> Response:
    """Keep the chosen files; go on when asked to and nothing is missing."""
    parts = parts_of(request)
    form = await request.form()
    files = await files_in(form)
    removed, goes_on = said(form, "remove"), said(form, "go") == "on"

    def keep_them() -> Response:
        item = _item(request, task_code)
        answers = drafting.answers_of(parts, person, task_code) or Answers()
        given, problems = keep(files, item, parts.blobs, person.id)
        answers = answers.with_files(given, removed)
        drafting.save(parts, person, task_code, answers)
        if goes_on:
            problems = _problems(item, answers, "materials") | problems
        if problems:
            return _page(request, item, person, "materials", answers, problems)
        return _to(item, _after(item, "materials") if goes_on else "materials")

    return await run_in_threadpool(keep_them)


@router.post("/{here}")
async def answer(
    task_code: str, here: str, request: Request, person: Applicant
) -> Response:
    """Save a page of answers, right or wrong, and go on if they are right."""
    parts = parts_of(request)
    form = await request.form()

    def save_it() -> Response:
        item = _item(request, task_code)
        if here not in places(item):
            raise Unseen
        answers = drafting.answers_of(parts, person, task_code) or Answers()
        asked = {field.code: said(form, field.code) for field in _fields(item, here)}
        answers = answers.with_form(asked)
        drafting.save(parts, person, task_code, answers)
        if problems := _problems(item, answers, here):
            return _page(request, item, person, here, answers, problems)
        return _to(item, _after(item, here))

    return await run_in_threadpool(save_it)


def _item(request: Request, task_code: str) -> ItemPublished:
    item = parts_of(request).screens.catalogue.item(task_code)
    if item is None:
        raise Unseen
    return item


def _to(item: ItemPublished, here: str) -> RedirectResponse:
    return RedirectResponse(f"/apply/{item.task_code}/{here}", 303)


def _after(item: ItemPublished, here: str) -> str:
    order = places(item)
    return order[order.index(here) + 1]


def _fields(item: ItemPublished, here: str) -> tuple[FormField, ...]:
    return next((p.fields for p in details_pages(item) if p.path == here), ())


def _unfinished(item: ItemPublished, answers: Answers) -> str | None:
    """Return the first page that is not answered rightly."""
    return next((p for p in places(item) if _problems(item, answers, p)), None)


def _problems(item: ItemPublished, answers: Answers, here: str) -> dict[str, Text]:
    if here == "materials":
        return {
            material.code: saying.MATERIAL_MISSING
            for material in to_bring(item)
            if must_bring(material) and material.code not in answers.materials
        }
    asked = {field.code for field in _fields(item, here)}
    wrong = {
        error.pointer.removeprefix("/form/"): error.reason
        for error in form_errors(item, answers.form)
    }
    return {code: reason for code, reason in wrong.items() if code in asked}


def _page(
    request: Request,
    item: ItemPublished,
    person: Person,
    here: str,
    answers: Answers,
    problems: Mapping[str, Text] | None = None,
) -> Response:
    order = places(item)
    if here not in order:
        raise Unseen
    _must_be_for(item, person)
    stage = here.partition("-")[0]
    shown: dict[str, Any] = {
        "stages": [each for each in STAGES if each != "materials" or item.materials],
        "stage": stage,
        "before": order[order.index(here) - 1] if here != order[0] else None,
        "pages": details_pages(item),
        "fields": _fields(item, here),
        "answers": answers.form,
        "handed": answers.materials,
        "bring": to_bring(item),
        "key": answers.key,
        "applicant": person.applicant,
        "problems": problems or {},
    }
    status = 422 if problems else 200
    return show(
        request, f"apply/{stage}.html", status=status, item=item, here=here, **shown
    )


def _must_be_for(item: ItemPublished, person: Person) -> None:
    """Raise a Problem where this item can't be applied for here, by this person."""
    if item.state != "in_use" or item.handling != "online":
        raise Problem(409, "NotOnline", _NOT_ONLINE, item.handling_reason)
    assert person.applicant is not None  # access has seen to it
    if person.applicant.kind not in item.servers:
        raise Problem(
            409, "NotForThem", _NOT_FOR[person.applicant.kind], _SOMEBODY_ELSE
        )


_NOT_ONLINE = Text(
    zh="这个事项现在不能在线申请。", en="This can't be applied for online now."
)
_NOT_FOR = {
    "natural": Text(
        zh="这个事项由企业和其他组织申请。",
        en="Companies and other bodies apply for this one.",
    ),
    "legal": Text(zh="这个事项由个人申请。", en="People apply for this one."),
}
_SOMEBODY_ELSE = Text(
    zh="请换用相应的账号登录，或到窗口咨询。",
    en="Sign in with another account, or ask at the window.",
)
