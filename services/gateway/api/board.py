"""What supervisors watch: cards, clocks and lamps; and what the city keeps, for all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from services.gateway.access import Act
from services.gateway.api.answers import A_PAGE, SIGNED_IN, After, Limit
from services.gateway.guard import Requires, public
from services.gateway.parts import parts_of
from services.gateway.standing import Person, county_of
from services.gateway.views.board import AgencyLamps, Card, OpenClock, Severity
from services.gateway.views.figures import Figures
from services.gateway.views.rows import Page

router = APIRouter(tags=["board"])

Region = Annotated[
    str | None, Query(max_length=12, description="one's own if not given")
]
Supervisor = Annotated[Person, Depends(Requires(Act.SEE_BOARD))]


@router.get("/board/cards", responses=SIGNED_IN)
def cards(
    request: Request,
    person: Supervisor,
    after: After,
    region: Region = None,
    severity: Severity | None = None,
    limit: Limit = A_PAGE,
) -> Page[Card]:
    """Cards, newest first."""
    return parts_of(request).screens.board.cards(
        county_of(region or person.region), severity=severity, after=after, limit=limit
    )


@router.get("/board/clocks", responses=SIGNED_IN)
def clocks(
    request: Request,
    person: Supervisor,
    after: After,
    region: Region = None,
    agency: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = A_PAGE,
) -> Page[OpenClock]:
    """Clocks that run, what is due first at the top."""
    return parts_of(request).screens.board.open_clocks(
        county_of(region or person.region), agency=agency, after=after, limit=limit
    )


@router.get("/board/lamps", responses=SIGNED_IN)
def lamps(
    request: Request, person: Supervisor, region: Region = None
) -> list[AgencyLamps]:
    """Each agency's lamps now, and the cards it has had."""
    board = parts_of(request).screens.board
    return board.lamps(county_of(region or person.region))


@router.get("/figures", dependencies=[Depends(public)])
def figures(
    request: Request,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    agency: Annotated[str | None, Query(max_length=100)] = None,
) -> Figures:
    """What the city promises and keeps."""
    return parts_of(request).screens.performance.figures(days, agency)
