"""At the window: a clerk takes an instant item; one act accepts and decides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import ValidationError

from services.gateway import saying
from services.gateway.access import Act, Unseen, may
from services.gateway.filing import (
    ApplicantIn,
    Filled,
    applicant_errors,
    form_errors,
    must_bring,
)
from services.gateway.guard import Requires
from services.gateway.pages.acting import key_of, new_key, said, to_receipt
from services.gateway.pages.errors import by_field, reasons
from services.gateway.pages.rendering import show
from services.gateway.pages.uploads import Given, files_in, keep, to_bring
from services.gateway.parts import parts_of
from services.gateway.problems import Problem
from services.gateway.standing import Person
from shared.events.catalog import ItemPublished
from shared.events.fact import Text

router = APIRouter(prefix="/desk/file/{task_code}")
Clerk = Annotated[Person, Depends(Requires(Act.FILE_AT_WINDOW))]

APPLICANT = tuple(ApplicantIn.model_fields)


@router.get("")
def ask(task_code: str, request: Request, person: Clerk) -> Response:
    return _page(request, _item(request, person, task_code), {}, {}, new_key())


@router.post("/upload")
async def file(task_code: str, request: Request, person: Clerk) -> Response:
    parts = parts_of(request)
    item = await run_in_threadpool(_item, request, person, task_code)
    form = await request.form()
    given, problems = await run_in_threadpool(
        keep, await files_in(form), item, parts.blobs, person.id
    )
    given = _given_before(item, form.getlist("given")) | given
    removed = given.pop(said(form, "remove"), None)
    written = {
        **{field: said(form, f"applicant-{field}") for field in APPLICANT},
        **{each.code: said(form, each.code) for each in item.form},
    }
    if removed:
        return await run_in_threadpool(
            _page, request, item, written, given, key_of(form), problems
        )
    try:
        applicant = _applicant(written)
        filled = Filled(
            form={each.code: written[each.code] for each in item.form},
            materials=tuple(each.sent for each in given.values()),
        )
        recorded = await parts.asking.file_at_window(
            person, key_of(form), task_code, applicant, filled
        )
    except _Incomplete as incomplete:
        problems |= _unfilled(item, written, given) | incomplete.problems
    except Problem as problem:
        problems |= by_field(problem)
    else:
        return await to_receipt(request, recorded)
    return await run_in_threadpool(
        _page, request, item, written, given, key_of(form), problems
    )


class _Incomplete(Exception):
    """Who applies is not fully written down."""

    def __init__(self, problems: dict[str, Text]) -> None:
        self.problems = problems
        super().__init__(str(sorted(problems)))


def _applicant(written: Mapping[str, str]) -> ApplicantIn:
    said: dict[str, Any] = {field: written[field].strip() for field in APPLICANT}
    try:
        return ApplicantIn.model_validate(said)
    except ValidationError as error:
        unproved = applicant_errors(ApplicantIn.model_construct(**said))
        raise _Incomplete(
            reasons(unproved)
            | {
                str(wrong["loc"][0]): saying.of_validation(wrong["type"], wrong["msg"])
                for wrong in error.errors()
            }
        ) from error


def _unfilled(
    item: ItemPublished, written: Mapping[str, str], given: Mapping[str, Given]
) -> dict[str, Text]:
    """Return what is wrong with the form and the documents, by field."""
    form = {field.code: written[field.code] for field in item.form}
    missing = {
        material.code: saying.MATERIAL_MISSING
        for material in to_bring(item)
        if must_bring(material) and material.code not in given
    }
    return reasons(form_errors(item, form)) | missing


def _given_before(item: ItemPublished, remembered: list[Any]) -> dict[str, Given]:
    """Read the files of an earlier try: whose they are is checked when asked for."""
    try:
        found = [Given.model_validate_json(str(each)) for each in remembered]
    except ValidationError:
        return {}
    known = {material.code for material in to_bring(item)}
    return {each.material: each for each in found if each.material in known}


def _item(request: Request, person: Person, task_code: str) -> ItemPublished:
    item = parts_of(request).screens.catalogue.item(task_code)
    if item is None:
        raise Unseen
    may(person, Act.FILE_AT_WINDOW, item.agency)
    return item


def _page(
    request: Request,
    item: ItemPublished,
    written: Mapping[str, str],
    given: Mapping[str, Given],
    key: str,
    problems: Mapping[str, Text] | None = None,
) -> Response:
    return show(
        request,
        "desk/file.html",
        status=422 if problems else 200,
        item=item,
        bring=to_bring(item),
        written=written,
        handed=given,
        key=key,
        problems=problems or {},
    )
