"""Which days count, and so why a deadline is on that day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from services.gateway.views.case import Case
from services.gateway.views.rows import Reader, columns, told, upsert
from shared.calendar.deadline import Deadline, deadline, remaining
from shared.calendar.working_days import Exceptional, Words, WorkingCalendar
from shared.events.catalog import CalendarPublished
from shared.events.fact import Message, Shape
from shared.runtime import clock
from shared.runtime.database import Cursor, Pool
from shared.runtime.views import View


class CalendarsView(View):
    NAME = "gateway.calendars"
    TABLES: ClassVar = ("calendars",)
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS calendars (version int PRIMARY KEY, fact jsonb NOT NULL);
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        upsert(
            cursor,
            "calendars",
            ["version"],
            [
                columns(fact, "version") | {"fact": fact}
                for _, fact in told(messages, CalendarPublished)
            ],
        )


class _Stored(Shape):
    fact: dict[str, Any]


class _Version(Shape):
    version: int | None


class Calendars(Reader):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._known: dict[int, WorkingCalendar] = {}  # a version never changes

    def calendar(self, version: int | None = None) -> WorkingCalendar | None:
        """Return one version; the newest if none is named; None if not heard yet."""
        wanted = version if version is not None else self._newest()
        if wanted is not None and wanted not in self._known:
            stored = self._one(
                _Stored, "SELECT fact FROM calendars WHERE version = %s", (wanted,)
            )
            if stored:
                fact = CalendarPublished.model_validate(stored.fact)
                self._known[wanted] = _calendar(fact)
        return self._known.get(wanted) if wanted is not None else None

    def promise(self, case: Case) -> Deadline | None:
        """Return why the promised day is that day; None before acceptance."""
        return self._explained(case, case.promise_days)

    def strip(self, case: Case) -> Deadline | None:
        """Return the promise and, once it is over, the days since, or to the law's."""
        promise, left = self.promise(case), self.days_left(case)
        if promise is None or left is None or left >= 0:
            return promise
        days = (case.promise_days or 0) - left
        today = self._explained(case, days)
        if today and today.due < clock.today():  # not a working day
            days += 1
        reached = self._explained(case, max(days, case.statutory_days or 0))
        return replace(promise, days=reached.days) if reached else promise

    def statutory(self, case: Case) -> Deadline | None:
        """Return why the legal day is that day; None if the law sets none."""
        return self._explained(case, case.statutory_days)

    def days_left(self, case: Case) -> int | None:
        """Return working days left to the promise; below 0, how many it is over."""
        calendar = self.calendar()
        if calendar is None or case.promise_by is None or case.is_ended:
            return None
        return remaining(calendar, clock.today(), case.promise_by)

    def _explained(self, case: Case, days: int | None) -> Deadline | None:
        if case.accepted_on is None or days is None:
            return None
        calendar = self.calendar(case.calendar_version)
        return deadline(calendar, case.accepted_on, days) if calendar else None

    def _newest(self) -> int | None:
        newest = self._one(_Version, "SELECT max(version) AS version FROM calendars")
        return newest.version if newest else None


def _calendar(fact: CalendarPublished) -> WorkingCalendar:
    return WorkingCalendar(
        version=fact.version,
        years=frozenset(fact.years),
        exceptions={
            day.on: Exceptional(day.is_workday, Words(day.reason.zh, day.reason.en))
            for day in fact.days
        },
    )
