"""What the gateway shows: one module a question, all filled by what it hears."""

from __future__ import annotations

from dataclasses import dataclass

from services.gateway.views.board import Board
from services.gateway.views.calendars import Calendars, CalendarsView
from services.gateway.views.cards import BoardView
from services.gateway.views.case import Cases
from services.gateway.views.cases import CasesView
from services.gateway.views.catalogue import Catalogue, CatalogueView
from services.gateway.views.certificates import Certificates, CertificatesView
from services.gateway.views.desk import Desk
from services.gateway.views.figures import FiguresView, Performance
from services.gateway.views.operations import Operations
from services.gateway.views.outcomes import Outcomes, OutcomesView
from services.gateway.views.timeline import Timeline, TimelineView
from shared.runtime.database import Pool
from shared.runtime.views import View


@dataclass(frozen=True)
class Screens:
    """Everything a page or the API may ask for; plain functions, one query each."""

    catalogue: Catalogue
    calendars: Calendars
    cases: Cases
    timeline: Timeline
    desk: Desk
    outcomes: Outcomes
    certificates: Certificates
    board: Board
    performance: Performance
    operations: Operations


def screens(pool: Pool) -> Screens:
    calendars = Calendars(pool)
    return Screens(
        catalogue=Catalogue(pool),
        calendars=calendars,
        cases=Cases(pool),
        timeline=Timeline(pool),
        desk=Desk(pool),
        outcomes=Outcomes(pool),
        certificates=Certificates(pool),
        board=Board(pool),
        performance=Performance(pool, calendars),
        operations=Operations(pool),
    )


def views() -> list[View]:
    """Return what listens: cases before figures, which read what cases wrote."""
    return [
        CatalogueView(),
        CalendarsView(),
        CasesView(),
        FiguresView(),
        TimelineView(),
        OutcomesView(),
        CertificatesView(),
        BoardView(),
    ]
