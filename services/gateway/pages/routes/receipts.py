"""已收到, 正在登记: the receipt of a request, then what came of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.gateway.access import Act, Unseen
from services.gateway.domain.request import Request as Asked
from services.gateway.guard import Requires
from services.gateway.pages.history import Line, lines
from services.gateway.pages.rendering import show, speech_of
from services.gateway.pages.routes.items import names_of
from services.gateway.pages.speech import Speech
from services.gateway.pages.telling import window_by
from services.gateway.pages.unsent import written_in
from services.gateway.parts import Parts, parts_of
from services.gateway.standing import Person
from services.gateway.views.case import Case
from shared.events.catalog import ItemPublished

router = APIRouter()

SOON, LATER = 2, 5  # seconds until the page looks again, without JavaScript
PATIENT_AFTER = 5  # looks


@router.get("/requests/{request_id}")
def receipt(
    request_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.SEE_REQUEST))],
    look: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    parts, speech = parts_of(request), speech_of(request)
    asked = parts.requests.find(request_id)
    if asked is None:
        raise Unseen
    case = parts.screens.cases.case(asked.application_id)
    item = _item(parts, asked, case)
    outcome = parts.asking.outcome_now(request_id, asked.application_id)
    is_late = bool(outcome and outcome.refusal and person.is_officer and case)
    newest = _newest(parts, speech, case, item) if case and is_late else []
    return show(
        request,
        "request.html",
        request_id=request_id,
        application_id=asked.application_id,
        kind=asked.kind.partition(".")[2],
        at=asked.created_on,
        outcome=outcome,
        case_known=case is not None,
        number=case.number if case else "",
        by=window_by(case, parts.screens.calendars.calendar())
        if case and case.accepted_on is None
        else None,
        item_name=speech.text(item.name) if item else "",
        applicant=_applicant(asked.payload),
        redress=speech.text(item.redress) if item else "",
        newest=newest,
        written=list(written_in(asked).values()) if newest else [],
        is_officer=person.is_officer,
        look=look + 1,
        wait=SOON if look < PATIENT_AFTER else LATER,
    )


def _newest(
    parts: Parts, speech: Speech, case: Case, item: ItemPublished | None
) -> list[Line]:
    """Return what happened last in a case: who was faster, and with what."""
    entries = parts.screens.timeline.entries(case.application_id, with_words=True)
    told = lines(speech, entries, case, item, names_of(parts))
    return [line for line in told if line.at and line.state in ("done", "no")][-1:]


def _item(parts: Parts, asked: Asked, case: Case | None) -> ItemPublished | None:
    code = case.task_code if case else asked.payload.get("task_code")
    version = case.item_version if case else asked.payload.get("item_version")
    return parts.screens.catalogue.item(str(code), version) if code else None


def _applicant(payload: dict[str, Any]) -> str:
    return str(payload.get("applicant", {}).get("name", ""))
