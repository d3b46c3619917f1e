"""What supervisors watch: cards as they come, open clocks, a lamp for each agency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.gateway.views.rows import (
    FIRST,
    LONGEST_PAGE,
    PAGE,
    Page,
    Reader,
    place_of,
    whole,
)
from shared.events.fact import Shape, Text
from shared.runtime import clock

Severity = Literal["warning", "yellow", "red"]
Lamp = Literal["green", "yellow", "red"]


class Card(Shape):
    seq: int  # grows as cards come
    news: int  # grows as they come or are revoked: the place of a live listener
    card_id: UUID
    clock_id: UUID
    application_id: UUID
    severity: Severity
    rule: str
    number: str
    item_name: Text
    region: str
    agency: str
    agency_name: Text | None
    due_at: datetime
    issued_at: datetime
    message: Text
    revoked_at: datetime | None  # taken back: the work had ended in time


class OpenClock(Shape):
    clock_id: UUID
    application_id: UUID
    number: str
    item_name: Text
    region: str
    agency: str
    agency_name: Text | None
    officer: str | None
    step_name: Text | None  # None between two steps
    started_at: datetime
    warn_at: datetime
    promised_due_at: datetime
    statutory_due_at: datetime | None

    def lamp(self, now: datetime) -> Lamp:
        """Green in time, yellow warned or over the promise, red over the law."""
        if self.statutory_due_at and now >= self.statutory_due_at:
            return "red"
        return "yellow" if now >= self.warn_at else "green"


class AgencyLamps(Shape):
    """How many open clocks of an agency show which lamp now, and cards ever issued."""

    agency: str
    agency_name: Text | None
    region: str
    green: int
    yellow: int
    red: int
    warning_cards: int
    yellow_cards: int
    red_cards: int


class Board(Reader):
    """`county` None is the whole city."""

    def cards(
        self,
        county: str | None,
        *,
        severity: Severity | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Page[Card]:
        """Return cards, newest first."""
        [seq] = place_of(after, whole)
        asked = [
            county and "c.county = %(county)s",
            severity and "c.severity = %(severity)s",
            "c.seq < %(seq)s",
        ]
        return self._page(
            Card,
            f"{_CARD} WHERE {_all(asked)} ORDER BY c.seq DESC LIMIT %(limit)s",
            {"county": county, "severity": severity, "seq": seq or 2**62},
            limit,
            lambda row: (row.seq,),
        )

    def cards_since(
        self, county: str | None, news: int, limit: int = LONGEST_PAGE
    ) -> list[Card]:
        """Return the cards that came or were revoked after a place, in that order."""
        asked = [county and "c.county = %(county)s", "c.news > %(news)s"]
        return self._all(
            Card,
            f"{_CARD} WHERE {_all(asked)} ORDER BY c.news LIMIT %(limit)s",
            {"county": county, "news": news, "limit": limit},
        )

    def cards_of_case(self, application_id: UUID) -> list[Card]:
        return self._all(
            Card,
            f"{_CARD} WHERE c.application_id = %s ORDER BY c.seq LIMIT 100",
            (application_id,),
        )

    def newest(self) -> int:
        """Return the `news` of the newest card; 0 if there is none."""
        [highest] = self._all(
            _Highest, "SELECT COALESCE(max(news), 0) AS news FROM cards"
        )
        return highest.news

    def open_clocks(
        self,
        county: str | None,
        *,
        agency: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Page[OpenClock]:
        """Return the clocks that run, what is due first at the top."""
        due, clock_id = place_of(after, datetime.fromisoformat, UUID)
        asked = [
            f"""(promised_due_at, clock_id) > (
                COALESCE(%(due)s::timestamptz, '-infinity'),
                COALESCE(%(id)s, {FIRST}))""",
            county and "c.county = %(county)s",
            agency and "c.agency = %(agency)s",
        ]
        return self._page(
            OpenClock,
            f"""
            SELECT page.*, a.name AS agency_name, s.step_name FROM (
                SELECT c.* FROM clocks c WHERE {_all(asked)}
                ORDER BY promised_due_at, clock_id LIMIT %(limit)s) page
            LEFT JOIN agencies a ON a.code = page.agency
            LEFT JOIN LATERAL (
                SELECT step_name FROM steps
                WHERE application_id = page.application_id AND finished_at IS NULL
                  AND started_at IS NOT NULL ORDER BY started_at DESC LIMIT 1) s ON true
            ORDER BY promised_due_at, clock_id
            """,
            {"county": county, "agency": agency, "due": due, "id": clock_id},
            limit,
            lambda row: (row.promised_due_at.isoformat(), row.clock_id),
        )

    def lamps(self, county: str | None) -> list[AgencyLamps]:
        """Return each agency's lamps now: open clocks by colour, and its cards."""
        return self._all(
            AgencyLamps,
            _LAMPS,
            {"county": county, "now": clock.now()},
        )


class _Highest(Shape):
    news: int


def _all(conditions: Sequence[str | None]) -> str:
    return " AND ".join(condition for condition in conditions if condition)


_CARD = (
    "SELECT c.*, a.name AS agency_name FROM cards c"
    " LEFT JOIN agencies a ON a.code = c.agency"
)

_LAMPS = """
WITH running AS (
    SELECT agency,
           count(*) FILTER (WHERE %(now)s >= statutory_due_at) AS red,
           count(*) FILTER (WHERE %(now)s >= warn_at) AS warned, count(*) AS open
    FROM clocks WHERE %(county)s::text IS NULL OR county = %(county)s
    GROUP BY agency),
carded AS (
    SELECT agency, sum(cards) FILTER (WHERE severity = 'warning') AS warning,
           sum(cards) FILTER (WHERE severity = 'yellow') AS yellow,
           sum(cards) FILTER (WHERE severity = 'red') AS red
    FROM card_counts
    WHERE %(county)s::text IS NULL OR left(region, 6) = %(county)s GROUP BY agency)
SELECT a.code AS agency, a.name AS agency_name, a.region ->> 'code' AS region,
       COALESCE(r.open - GREATEST(r.warned, r.red), 0) AS green,
       COALESCE(GREATEST(r.warned, r.red) - r.red, 0) AS yellow,
       COALESCE(r.red, 0) AS red,
       COALESCE(c.warning, 0)::bigint AS warning_cards,
       COALESCE(c.yellow, 0)::bigint AS yellow_cards,
       COALESCE(c.red, 0)::bigint AS red_cards
FROM agencies a
LEFT JOIN running r ON r.agency = a.code
LEFT JOIN carded c ON c.agency = a.code
WHERE %(county)s::text IS NULL OR left(a.region ->> 'code', 6) = %(county)s
   OR r.agency IS NOT NULL OR c.agency IS NOT NULL -- of the city, on cases of ours
ORDER BY a.level, a.code
"""
