"""先办哪一件: the queue of a clerk or an officer, and one case as they see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.gateway.access import Act, Unseen, is_allowed
from services.gateway.guard import Requires
from services.gateway.pages.acting import new_key
from services.gateway.pages.history import lines, stops
from services.gateway.pages.rendering import show, speech_of
from services.gateway.pages.routes.items import names_of
from services.gateway.pages.say import day_of
from services.gateway.pages.telling import WINDOW_DAYS
from services.gateway.pages.unsent import unsent
from services.gateway.parts import Parts, parts_of
from services.gateway.standing import (
    EXAMINERS,
    CaseStanding,
    Person,
    Role,
    StepStanding,
)
from services.gateway.views.case import Case, Step
from services.gateway.views.catalogue import ItemRow
from services.gateway.views.desk import Task
from shared.calendar.deadline import deadline, remaining
from shared.calendar.working_days import WorkingCalendar
from shared.events.catalog import ItemPublished
from shared.events.fact import Text
from shared.runtime import clock

router = APIRouter(prefix="/desk")
AWAITING_WINDOW = ("submitted", "supplemented")


@dataclass(frozen=True)
class Urgent:
    """A task, by when it must be done, and the working days for it and left of them."""

    task: Task
    by: date
    days: int | None
    left: int | None


@router.get("")
def queue(
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.SEE_DESK))],
    kind: Literal["window", "step"] | None = None,
    agency: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    parts = parts_of(request)
    screens = parts.screens
    page = screens.desk.most_urgent(
        person, agency=agency or None, kind=kind, after=after or None
    )
    calendar = screens.calendars.calendar()
    names = names_of(parts)
    return show(
        request,
        "desk/queue.html",
        tasks=[urgent(task, calendar) for task in page.items],
        next=page.next,
        kind=kind,
        agency=agency,
        agencies=sorted((code, names.get(code, code)) for code in person.agencies),
        counts=_counts(parts, person, agency or None, calendar),
        instant=_instant_items(parts, person),
    )


@router.get("/cases/{application_id}")
def case(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.READ_FILE))],
    asked: UUID | None = None,
) -> Response:
    """One case; `asked`: a request of this officer that was not taken."""
    written = unsent(parts_of(request), person, application_id, asked)
    return show_desk_case(request, person, application_id, written=written)


def _counts(
    parts: Parts, person: Person, agency: str | None, calendar: WorkingCalendar | None
) -> list[tuple[str, int]]:
    """Return what this officer's work is counted by."""
    desk = parts.screens.desk
    counts = desk.counts(person, agency=agency)
    left: Counter[int] = Counter()  # cases at the window, by the days left for them
    if calendar is not None:
        for waiting in desk.at_window(person, agency=agency):
            left[_window_left(waiting.since, calendar)] += waiting.cases
    at_window = [("window", counts.at_window)] if person.is_any(Role.CLERK) else []
    steps = [("steps", counts.steps_open)] if person.is_any(*EXAMINERS) else []
    late = sum(cases for days, cases in left.items() if days < 0)
    return [
        *at_window,
        *steps,
        ("today", counts.steps_due_today + left[0]),
        ("overdue", counts.steps_overdue + late),
        ("done", counts.done_today),
    ]


def _window_left(since: date, calendar: WorkingCalendar) -> int:
    by = deadline(calendar, since, WINDOW_DAYS).due
    return remaining(calendar, clock.today(), by)


def urgent(task: Task, calendar: WorkingCalendar | None) -> Urgent:
    """Say by when a task must be done: a window's silence ends after five days."""
    if calendar is None:
        return Urgent(task, task.by, None, None)
    by, since = task.by, day_of(task.since)
    if task.kind == "window":
        by = deadline(calendar, since, WINDOW_DAYS).due
    days, left = (remaining(calendar, day, by) for day in (since, clock.today()))
    return Urgent(task, by, days, left)


def show_desk_case(
    request: Request,
    person: Person,
    application_id: UUID,
    problems: Mapping[str, Text] | None = None,
    written: Mapping[str, str] | None = None,
) -> Response:
    parts, speech = parts_of(request), speech_of(request)
    screens = parts.screens
    found, standing, file = (
        screens.cases.case(application_id),
        screens.cases.standing(application_id),
        screens.cases.file(application_id),
    )
    if found is None or standing is None or file is None:
        raise Unseen
    item = screens.catalogue.item(found.task_code, found.item_version)
    steps = screens.cases.steps(application_id)
    step = _open_step(person, standing, steps)
    entries = screens.timeline.entries(application_id, with_words=True)
    names = names_of(parts)
    task = screens.desk.task(person, application_id)
    return show(
        request,
        "desk/case.html",
        status=422 if problems else 200,
        case=found,
        item=item,
        file=file,
        step=step,
        standard=_standard(item, step),
        urgent=urgent(task, screens.calendars.calendar()) if task else None,
        acts=_acts(person, found, standing),
        accept_by=_accept_by(parts, item),
        entries=lines(speech, entries, found, item, names, file.applicant.name),
        seen=max((entry.seq for entry in entries), default=0),
        stops=stops(speech, item, names, steps) if item else [],
        limit=screens.calendars.strip(found),
        left=screens.calendars.days_left(found),
        key=new_key(),
        problems=problems or {},
        written=written or {},
        is_desk=True,
    )


def _open_step(person: Person, case: CaseStanding, steps: list[Step]) -> Step | None:
    """Return the step this officer can finish now."""
    for step in steps:
        if not step.is_open or step.role is None:
            continue
        standing = StepStanding(
            application_id=case.application_id,
            user_id=case.user_id,
            step=step.step,
            agency=step.agency,
            role=step.role,
        )
        act = Act.DECIDE_STEP if step.kind == "decide" else Act.PASS_STEP
        if is_allowed(person, act, standing):
            return step
    return None


def _acts(person: Person, case: Case, standing: CaseStanding) -> set[str]:
    is_waiting = case.state in AWAITING_WINDOW
    possible = {
        "accept": (Act.ACCEPT, is_waiting),
        "notice": (Act.GIVE_SUPPLEMENT_NOTICE, is_waiting and not case.noticed_at),
        "decline": (Act.DECLINE, is_waiting),
        "deliver": (Act.CONFIRM_DELIVERY, case.state == "completed"),
    }
    return {
        name
        for name, (act, is_time) in possible.items()
        if is_time and is_allowed(person, act, standing)
    }


def _standard(item: ItemPublished | None, step: Step | None) -> Text | None:
    if item is None or step is None:
        return None
    return next((s.standard for s in item.steps if s.code == step.step), None)


def _accept_by(parts: Parts, item: ItemPublished | None) -> date | None:
    """Return the promised day if the case were accepted today."""
    calendar = parts.screens.calendars.calendar()
    if calendar is None or item is None:
        return None
    return deadline(calendar, clock.today(), item.promise_days).due


def _instant_items(parts: Parts, person: Person) -> list[ItemRow]:
    """Return what this clerk may take at the window and finish at once."""
    return [
        item
        for code in sorted(person.agencies)
        if is_allowed(person, Act.FILE_AT_WINDOW, code)
        for item in parts.screens.catalogue.search(agency=code, in_use_only=True).items
        if item.project_type == "instant" and item.agency == code
    ]
