"""现在哪里快要误期: lamps, the newest cards, the clocks that end first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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
ROWS = 10  # of each list: a supervisor looks at what is worst, also on a phone
Cursor = Annotated[str, Query(max_length=400)]


@dataclass(frozen=True)
class Due:
    """The last day of a limit, its working days, and those left; below 0, over it."""

    kind: Literal["pledge", "law"]
    on: date
    days: int | None = None
    left: int | None = None


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
    cards = screens.board.cards(
        county, severity=severity, after=cards_after or None, limit=ROWS
    )
    clocks = screens.board.open_clocks(
        county, agency=agency or None, after=clocks_after or None, limit=ROWS
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
        clocks=[(each, due_of(each, calendar)) for each in clocks.items],
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


def due_of(running: OpenClock, calendar: WorkingCalendar | None) -> Due:
    """Return the limit that counts now: the promise or, once it is past, the law."""
    law = running.statutory_due_at
    is_law = law is not None and clock.now() >= law
    on = last_day(law if law and is_law else running.promised_due_at)
    kind: Literal["pledge", "law"] = "law" if is_law else "pledge"
    if calendar is None:
        return Due(kind, on)
    days = remaining(calendar, day_of(running.started_at), on)
    return Due(kind, on, days, remaining(calendar, clock.today(), on))
