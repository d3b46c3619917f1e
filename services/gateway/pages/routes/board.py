"""现在哪里快要误期: lamps, the newest cards, the clocks that end first."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.gateway.access import Act
from services.gateway.guard import Requires
from services.gateway.pages.rendering import show
from services.gateway.pages.say import day_of, last_day
from services.gateway.parts import parts_of
from services.gateway.standing import Person, county_of
from services.gateway.views.board import AgencyLamps, OpenClock
from shared.calendar.deadline import remaining
from shared.calendar.working_days import WorkingCalendar
from shared.runtime import clock

router = APIRouter(prefix="/board")
Cursor = Annotated[str, Query(max_length=400)]


@router.get("")
def board(
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.SEE_BOARD))],
    severity: Literal["warning", "yellow", "red"] | None = None,
    agency: Annotated[str, Query(max_length=100)] = "",
    region: Annotated[str, Query(max_length=12)] = "",
    cards_after: Cursor = "",
    clocks_after: Cursor = "",
) -> Response:
    screens = parts_of(request).screens
    county = county_of(region or person.region)
    cards = screens.board.cards(county, severity=severity, after=cards_after or None)
    clocks = screens.board.open_clocks(
        county, agency=agency or None, after=clocks_after or None
    )
    calendar = screens.calendars.calendar()
    lamps = screens.board.lamps(county)
    return show(
        request,
        "board.html",
        lamps=sorted((each for each in lamps if _is_busy(each)), key=_worst_first),
        idle=[each for each in lamps if not _is_busy(each)],
        total=_total(lamps),
        chosen=next((each for each in lamps if each.agency == agency), None),
        cards=cards.items,
        more_cards=cards.next,
        clocks=[(each, promised_and_left(each, calendar)) for each in clocks.items],
        more_clocks=clocks.next,
        severity=severity,
        agency=agency,
        region=region,
        now=clock.now(),
    )


def _total(lamps: list[AgencyLamps]) -> dict[str, int]:
    return {
        "red": sum(each.red for each in lamps),
        "yellow": sum(each.yellow for each in lamps),
        "green": sum(each.green for each in lamps),
    }


def _is_busy(lamps: AgencyLamps) -> bool:
    return bool(lamps.red or lamps.yellow or lamps.green)


def _worst_first(lamps: AgencyLamps) -> tuple[int, int, int, str]:
    return (-lamps.red, -lamps.yellow, -lamps.green, lamps.agency)


def promised_and_left(
    running: OpenClock, calendar: WorkingCalendar | None
) -> tuple[int, int] | None:
    """Return the working days of a clock's promise, and those left of it."""
    if calendar is None:
        return None
    due = last_day(running.promised_due_at)
    return (
        remaining(calendar, day_of(running.started_at), due),
        remaining(calendar, clock.today(), due),
    )
