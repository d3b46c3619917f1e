"""我的办件到哪一步了: one's cases, one case, and what its applicant may do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from services.gateway.access import Act, Unseen, is_allowed
from services.gateway.guard import Requires
from services.gateway.pages.acting import key_of, new_key, said, to_receipt
from services.gateway.pages.drafting import open_drafts
from services.gateway.pages.errors import by_field
from services.gateway.pages.history import lines, stops, worst_card
from services.gateway.pages.rendering import show, speech_of
from services.gateway.pages.routes.items import names_of
from services.gateway.pages.telling import where_now, window_by
from services.gateway.parts import parts_of
from services.gateway.problems import Problem
from services.gateway.standing import CaseStanding, Person
from services.gateway.views.case import Case
from services.gateway.views.timeline import Entry
from shared.calendar.working_days import WorkingCalendar
from shared.events.fact import Text

router = APIRouter(prefix="/cases")
After = Annotated[str, Query(max_length=400)]


@router.get("")
def cases(
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.SEE_OWN_CASES))],
    after: After = "",
) -> Response:
    parts = parts_of(request)
    screens = parts.screens
    page = screens.cases.of_person(person.id, after=after or None)
    calendar = screens.calendars.calendar()
    return show(
        request,
        "cases.html",
        cases=[
            (case, screens.calendars.days_left(case), _answer_by(case, calendar))
            for case in page.items
        ],
        next=page.next,
        drafts=[] if after else open_drafts(parts, person),
        certificates=() if after else screens.certificates.of_person(person.id).items,
    )


@router.get("/{application_id}")
def case(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.SEE_CASE))],
) -> Response:
    standing = parts_of(request).screens.cases.standing(application_id)
    if person.is_officer and not is_allowed(person, Act.WITHDRAW, standing):
        return RedirectResponse(f"/desk/cases/{application_id}", 303)
    return show_case(request, person, application_id)


@router.post("/{application_id}/withdrawal")
async def withdraw(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.WITHDRAW))],
) -> Response:
    form = await request.form()
    reason = said(form, "reason")
    try:
        recorded = await parts_of(request).asking.withdraw(
            person, key_of(form), application_id, reason
        )
    except Problem as problem:
        wrong = by_field(problem)
        return await run_in_threadpool(
            show_case, request, person, application_id, wrong
        )
    return await to_receipt(request, recorded)


@router.post("/{application_id}/delivery")
async def confirm_delivery(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.CONFIRM_DELIVERY))],
) -> Response:
    form = await request.form()
    recorded = await parts_of(request).asking.confirm_delivery(
        person, key_of(form), application_id, said(form, "received_by")
    )
    return await to_receipt(request, recorded)


def show_case(
    request: Request,
    person: Person,
    application_id: UUID,
    problems: Mapping[str, Text] | None = None,
) -> Response:
    parts, speech = parts_of(request), speech_of(request)
    screens = parts.screens
    found, standing = (
        screens.cases.case(application_id),
        screens.cases.standing(application_id),
    )
    if found is None or standing is None:
        raise Unseen
    is_party = is_allowed(person, Act.READ_FILE, standing)
    file = screens.cases.file(application_id) if is_party else None
    entries = screens.timeline.entries(application_id, with_words=is_party)
    item = screens.catalogue.item(found.task_code, found.item_version)
    names = names_of(parts)
    calendar = screens.calendars.calendar(found.calendar_version)
    applicant = file.applicant.name if file else ""
    certificate = screens.certificates.of_case(application_id) if is_party else None
    left = screens.calendars.days_left(found)
    is_owner = standing.user_id == person.id
    return show(
        request,
        "case.html",
        status=422 if problems else 200,
        case=found,
        item=item,
        file=file,
        now=where_now(speech, found, item, calendar, names, left, is_owner),
        left=left,
        card=None if found.is_ended else worst_card(entries),
        is_owner=is_owner,
        limit=screens.calendars.strip(found),
        entries=lines(speech, entries, found, item, names, applicant),
        seen=max((entry.seq for entry in entries), default=0),
        stops=stops(speech, item, names, screens.cases.steps(application_id))
        if item and found.accepted_on
        else [],
        certificate=certificate,
        is_no=is_party and _is_no(found),
        no="declined" if found.state == "declined" else "refused",
        reasons=_reasons(found, entries),
        redress=speech.text(item.redress) if item else "",
        acts=_acts(person, found, standing),
        key=new_key(),
        problems=problems or {},
        is_desk=False,
    )


def _answer_by(case: Case, calendar: WorkingCalendar | None) -> date | None:
    """Return by when the window says whether it accepts, while that is awaited."""
    is_waiting = case.state in ("submitted", "supplemented")
    return window_by(case, calendar) if is_waiting else None


def _acts(person: Person, case: Case, standing: CaseStanding) -> set[str]:
    """Return what this person can do with the case as it stands."""
    is_undecided = not case.is_ended and case.state != "decided"
    possible = {
        "supplement": (Act.SUPPLEMENT, case.state == "supplementing"),
        "withdraw": (Act.WITHDRAW, is_undecided),
        "confirm": (Act.CONFIRM_DELIVERY, case.state == "completed"),
    }
    return {
        name
        for name, (act, is_time) in possible.items()
        if is_time and is_allowed(person, act, standing)
    }


def _is_no(case: Case) -> bool:
    return case.state == "declined" or case.granted is False


def _reasons(case: Case, entries: list[Entry]) -> list[str]:
    """Return the reasons of a no, in the words of who said it, as far as heard."""
    if not _is_no(case):
        return []
    return [
        entry.remark.text
        for entry in entries
        if entry.remark
        and (entry.kind == "declined" or entry.data.get("outcome") == "refused")
    ]
