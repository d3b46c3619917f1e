"""Whether a day is a working day, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class Words(NamedTuple):
    """The same thing said in the two languages people read."""

    zh: str
    en: str


class Exceptional(NamedTuple):
    """A day that differs from "Monday to Friday works", or a holiday with a name."""

    is_workday: bool
    reason: Words


WORKDAY = Words("工作日", "working day")
WEEKEND = Words("周末", "weekend")


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days as known in one published version.

    A year outside `years` counts Monday to Friday, and makes an answer provisional.
    """

    version: int
    years: frozenset[int]
    exceptions: Mapping[date, Exceptional] = field(repr=False, hash=False)

    def is_workday(self, day: date) -> bool:
        exception = self.exceptions.get(day)
        return exception.is_workday if exception else not _is_weekend(day)

    def why(self, day: date) -> Words:
        """Return what kind of day it is: 春节, 周末, 春节调休上班, 工作日."""
        if exception := self.exceptions.get(day):
            return exception.reason
        return WEEKEND if _is_weekend(day) else WORKDAY

    def knows(self, year: int) -> bool:
        return year in self.years


def _is_weekend(day: date) -> bool:
    return day.weekday() >= 5
