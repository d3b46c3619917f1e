"""Cases: one's own list, one case, its time line, its file, and why its deadline is."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from services.gateway.access import Act, Unseen, is_allowed
from services.gateway.api.answers import A_PAGE, ONE, SIGNED_IN, After, Limit
from services.gateway.guard import Requires
from services.gateway.parts import Parts, parts_of
from services.gateway.standing import Person
from services.gateway.views.case import Case, CaseFile, Step
from services.gateway.views.rows import Page
from services.gateway.views.timeline import Entry
from shared.calendar.deadline import Deadline
from shared.events.fact import Text

router = APIRouter(tags=["cases"])


class CaseDetail(BaseModel):
    """`file` is for the parties of the case only; `days_left` counts working days."""

    case: Case
    steps: list[Step]
    file: CaseFile | None
    days_left: int | None
    certificate_id: UUID | None


class Day(BaseModel):
    on: date
    is_counted: bool
    number: int
    why: Text


class Explanation(BaseModel):
    """Every day from acceptance to the deadline: counted or not, and why."""

    due: date
    is_provisional: bool
    calendar_version: int
    days: list[Day]


class Deadlines(BaseModel):
    promise: Explanation | None  # none before acceptance
    statutory: Explanation | None  # none where the law sets no limit


@router.get("/cases", responses=SIGNED_IN)
def mine(
    request: Request,
    after: After,
    person: Annotated[Person, Depends(Requires(Act.SEE_OWN_CASES))],
    limit: Limit = A_PAGE,
) -> Page[Case]:
    """One's own cases, newest first."""
    cases = parts_of(request).screens.cases
    return cases.of_person(person.id, after=after, limit=limit)


@router.get("/cases/{application_id}", responses=ONE)
def case(
    request: Request,
    application_id: UUID,
    person: Annotated[Person, Depends(Requires(Act.SEE_CASE))],
) -> CaseDetail:
    """Where a case is, in whose hands, by when."""
    parts = parts_of(request)
    screens = parts.screens
    found = _case(parts, application_id)
    is_party = _is_party(parts, person, application_id)
    certificate = screens.certificates.of_case(application_id) if is_party else None
    return CaseDetail(
        case=found,
        steps=screens.cases.steps(application_id),
        file=screens.cases.file(application_id) if is_party else None,
        days_left=screens.calendars.days_left(found),
        certificate_id=certificate.credential_id if certificate else None,
    )


@router.get("/cases/{application_id}/timeline", responses=ONE)
def timeline(
    request: Request,
    application_id: UUID,
    person: Annotated[Person, Depends(Requires(Act.SEE_CASE))],
) -> list[Entry]:
    """What has happened, when; and what was said, for the parties."""
    parts = parts_of(request)
    is_party = _is_party(parts, person, application_id)
    return parts.screens.timeline.entries(application_id, with_words=is_party)


@router.get(
    "/cases/{application_id}/deadlines",
    dependencies=[Depends(Requires(Act.SEE_CASE))],
    responses=ONE,
)
def deadlines(request: Request, application_id: UUID) -> Deadlines:
    """Why the promised and the legal day are those days."""
    parts = parts_of(request)
    found = _case(parts, application_id)
    calendars = parts.screens.calendars
    return Deadlines(
        promise=_explained(calendars.promise(found)),
        statutory=_explained(calendars.statutory(found)),
    )


def _case(parts: Parts, application_id: UUID) -> Case:
    found = parts.screens.cases.case(application_id)
    if found is None:
        raise Unseen
    return found


def _is_party(parts: Parts, person: Person, application_id: UUID) -> bool:
    standing = parts.screens.cases.standing(application_id)
    return is_allowed(person, Act.READ_FILE, standing)


def _explained(deadline: Deadline | None) -> Explanation | None:
    if deadline is None:
        return None
    return Explanation(
        due=deadline.due,
        is_provisional=deadline.is_provisional,
        calendar_version=deadline.calendar_version,
        days=[
            Day(
                on=day.on,
                is_counted=day.is_counted,
                number=day.number,
                why=Text(zh=day.why.zh, en=day.why.en),
            )
            for day in deadline.days
        ],
    )
