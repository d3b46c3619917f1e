"""Numbers as pictures: what a template needs to draw them, and nothing of style."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from shared.calendar.deadline import Deadline, ExplainedDay

MOST_BEADS = 12  # beyond this many promised days a row of beads says nothing


@dataclass(frozen=True)
class Square:
    """One day in the calendar, and the marks it wears."""

    day: ExplainedDay
    marks: tuple[str, ...]


def calendar_weeks(
    deadline: Deadline, today: date, law: date | None = None
) -> list[list[Square | None]]:
    """Lay the days of a period out in weeks, Monday first; None: outside of it.

    `law`: the last day the law allows, if the period reaches so far.
    """

    def marks(day: ExplainedDay) -> tuple[str, ...]:
        is_start = day is deadline.days[0]
        said = ["zero" if is_start else "counted" if day.is_counted else "off"]
        said += ["passed"] if day.is_counted and day.on < today else []
        said += ["due"] if day.on == deadline.due else []
        said += ["over"] if day.is_counted and deadline.due < day.on <= today else []
        said += ["law"] if day.on == law else []
        said += ["today"] if day.on == today else []
        return tuple(said)

    def week_of(square: Square) -> tuple[int, int]:
        return square.day.on.isocalendar()[:2]

    squares = [Square(day, marks(day)) for day in deadline.days]
    weeks: list[list[Square | None]] = []
    for _, week in groupby(squares, key=week_of):
        row: list[Square | None] = [None] * 7
        for square in week:
            row[square.day.on.weekday()] = square
        weeks.append(row)
    return weeks


@dataclass(frozen=True)
class Beads:
    """Promised days as beads: those gone are hollow, those left are full."""

    gone: int
    still: int
    mood: str  # "", "near" or "over"


def beads(promised: int, left: int) -> Beads:
    """Draw the days of a promise; over the limit, every bead turns red."""
    shown = max(1, min(promised, MOST_BEADS))
    if left < 0:
        return Beads(0, shown, "over")
    still = left if promised <= MOST_BEADS else round(left * shown / promised)
    still = min(shown, still)
    return Beads(shown - still, still, "near" if left <= 2 else "")


@dataclass(frozen=True)
class Bar:
    """A length among others, in per mille of the longest."""

    kind: str  # "law", "pledge", "used" or "late"
    days: int
    length: int


def bars(law: int | None, promise: int, used: int | None = None) -> list[Bar]:
    """Draw what the law allows, what is promised and what was used, to one scale."""
    days = {"law": law, "pledge": promise}
    days["used" if used is None or used <= promise else "late"] = used
    longest = max([1, *(length for length in days.values() if length is not None)])
    return [
        Bar(kind, length, max(12, length * 1000 // longest))
        for kind, length in days.items()
        if length is not None
    ]
