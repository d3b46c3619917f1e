"""Tell where a case is now, by when it moves, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.gateway.pages.say import day_of
from services.gateway.pages.speech import Speech
from services.gateway.views.case import Case
from shared.calendar.deadline import deadline
from shared.calendar.working_days import WorkingCalendar
from shared.events.catalog import ItemPublished
from shared.events.catalog import Step as ItemStep
from shared.events.fact import Text

WINDOW_DAYS: Final = 5  # 行政许可法 art. 32(4): silence beyond it means accepted
Names = Mapping[str, Text]  # of agencies, by their code


@dataclass(frozen=True)
class Now:
    """The one large answer."""

    where: str
    by: str = ""
    more: tuple[str, ...] = ()
    is_no: bool = False


def where_now(
    speech: Speech,
    case: Case,
    item: ItemPublished | None,
    calendar: WorkingCalendar | None,
    names: Names,
    left: int | None = None,
    is_owner: bool = True,
) -> Now:
    """Return the answer to 我的办件到哪一步了.

    `left`: working days left to the promise. Only its owner is told what to do.
    """
    nothing = (speech.word("case.nothing"),) if is_owner else ()
    late = (speech.word("case.late"),) if is_owner else ()
    match case.state:
        case "reviewing":
            by = case.promise_by
            is_late = left is not None and left < 0
            return Now(
                _step_now(speech, case),
                speech.word("case.by.promise", by=speech.by(by)) if by else "",
                _then(speech, case, item, names) + (late if is_late else nothing),
                is_no=is_late,
            )
        case "submitted" | "supplemented":
            due = window_by(case, calendar)
            return Now(
                _where(speech, case, case.state),
                speech.word("case.by.window", by=speech.by(due)) if due else "",
                (speech.word("case.by.window.law"), *nothing),
            )
        case "completed" | "delivered" if case.granted is False:
            return Now(_where(speech, case, "refused"), is_no=True)
        case "completed":
            return Now(_where(speech, case, "granted"))
        case _:
            is_no = case.state == "declined"
            return Now(_where(speech, case, case.state), is_no=is_no)


def window_by(case: Case, calendar: WorkingCalendar | None) -> date | None:
    """Return the last day on which the window may stay silent."""
    if calendar is None:
        return None
    came = day_of(case.supplemented_at or case.submitted_at)
    return deadline(calendar, came, WINDOW_DAYS).due


def following(item: ItemPublished | None, step: str | None) -> list[ItemStep]:
    """Return the steps of an item after one of them; all if none is begun."""
    if item is None:
        return []
    codes = [each.code for each in item.steps]
    begun = codes.index(step) + 1 if step in codes else 0
    return list(item.steps[begun:])


def _where(speech: Speech, case: Case, state: str) -> str:
    agency = speech.text(case.agency_name or case.agency)
    return speech.word(f"case.where.{state}", agency=agency)


def _step_now(speech: Speech, case: Case) -> str:
    if not case.step_name:
        return speech.word("case.where.reviewing.between")
    agency = speech.text(case.step_agency_name or case.step_agency or "")
    step = speech.text(case.step_name)
    return speech.word("case.where.reviewing", agency=agency, step=step)


def _then(
    speech: Speech, case: Case, item: ItemPublished | None, names: Names
) -> tuple[str, ...]:
    for step in following(item, case.step)[:1] if case.step else ():
        agency = speech.text(names.get(step.agency, step.agency))
        name = speech.text(step.name)
        return (speech.word("case.next", step=name, agency=agency),)
    return ()
