"""What the city promises and keeps, from the cases that were completed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import ClassVar

from services.gateway.views.calendars import Calendars
from services.gateway.views.rows import Reader, told
from shared.calendar.deadline import remaining
from shared.events.fact import Message, Shape
from shared.events.intake import ApplicationCompleted
from shared.runtime import clock
from shared.runtime.aggregate import NotYetKnown
from shared.runtime.clock import SHANGHAI
from shared.runtime.database import Cursor, Pool
from shared.runtime.views import View


class Figures(Shape):
    """Of the cases completed in the period; None where nothing was completed."""

    since: date
    completed: int
    kept: int  # within the promise
    kept_percent: float | None
    average_days: float | None  # working days from acceptance to completion
    average_promise_days: float | None
    average_statutory_days: float | None


class FiguresView(View):
    """Counts per pair of days, so that working days are counted when asked for."""

    NAME = "gateway.figures"
    TABLES: ClassVar = ("completions",)
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS completions (
        completed_on date, accepted_on date, agency text, promise_days int,
        statutory_days int, is_kept boolean, cases bigint NOT NULL,
        UNIQUE NULLS NOT DISTINCT (completed_on, accepted_on, agency, promise_days,
                                   statutory_days, is_kept));
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        """Comes after the cases view, whose rows tell what was promised.

        Raises NotYetKnown while that view is being rebuilt.
        """
        completed = {
            fact.application_id: fact.completed_at
            for _, fact in told(messages, ApplicationCompleted)
        }
        if not completed:
            return
        cursor.execute(
            "SELECT application_id, accepted_on, agency, promise_days, statutory_days,"
            " promise_due_at, decided_at FROM cases WHERE application_id = ANY(%s)"
            " AND accepted_on IS NOT NULL AND agency IS NOT NULL",
            (list(completed),),
        )
        rows = cursor.fetchall()
        if len(rows) < len(completed):
            raise NotYetKnown("the acceptance of a completed case")
        counts = Counter(
            (
                completed[row[0]].astimezone(SHANGHAI).date(),
                *row[1:5],
                (row[6] or completed[row[0]]) < row[5],
            )
            for row in rows
        )
        cursor.executemany(
            "INSERT INTO completions AS c VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (completed_on, accepted_on, agency, promise_days,"
            " statutory_days, is_kept) DO UPDATE SET cases = c.cases + EXCLUDED.cases",
            [(*pair, cases) for pair, cases in counts.items()],
        )


class _Pair(Shape):
    completed_on: date
    accepted_on: date
    promise_days: int
    statutory_days: int | None
    is_kept: bool
    cases: int


class Performance(Reader):
    def __init__(self, pool: Pool, calendars: Calendars) -> None:
        super().__init__(pool)
        self._calendars = calendars

    def figures(self, days: int = 30, agency: str | None = None) -> Figures:
        """Return how the last days went, for the city or for one agency."""
        since = clock.today() - timedelta(days=days)
        pairs = self._all(
            _Pair,
            "SELECT completed_on, accepted_on, promise_days, statutory_days, is_kept,"
            " sum(cases)::bigint AS cases FROM completions WHERE completed_on >= %(on)s"
            " AND (%(agency)s::text IS NULL OR agency = %(agency)s)"
            " GROUP BY 1, 2, 3, 4, 5",
            {"on": since, "agency": agency},
        )
        completed = sum(pair.cases for pair in pairs)
        kept = sum(pair.cases for pair in pairs if pair.is_kept)
        calendar = self._calendars.calendar()
        return Figures(
            since=since,
            completed=completed,
            kept=kept,
            kept_percent=round(100 * kept / completed, 1) if completed else None,
            average_days=_average(
                (p.cases, remaining(calendar, p.accepted_on, p.completed_on))
                for p in pairs
            )
            if calendar
            else None,
            average_promise_days=_average((p.cases, p.promise_days) for p in pairs),
            average_statutory_days=_average(
                (p.cases, p.statutory_days)
                for p in pairs
                if p.statutory_days is not None
            ),
        )


def _average(weighted: Iterable[tuple[int, int]]) -> float | None:
    pairs = list(weighted)
    weight = sum(cases for cases, _ in pairs)
    return round(sum(c * days for c, days in pairs) / weight, 1) if weight else None
