"""When a limit ends, and why on that day: each day of it, counted or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.calendar.limits import Pause, check, check_day
from shared.calendar.working_days import Words, WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)

DAY_ZERO = Words("当日不计", "the day itself does not count")
PAUSED = Words("特别程序，不计入时限", "special procedure, not counted")
NATURAL_DAY = Words("自然日", "calendar day")
ROLLED = Words("末日非工作日，顺延", "not a working day before: rolled forward")

Unit = Literal["working", "calendar"]


@dataclass(frozen=True)
class ExplainedDay:
    """One day of a limit. `number` is how many have been counted up to it."""

    on: date
    is_counted: bool
    number: int
    why: Words


@dataclass(frozen=True)
class Deadline:
    """The last day of a limit; the limit ends when that day does (END_OF_DAY).

    `is_provisional`: a day lies in a year whose holidays are not known yet.
    """

    due: date
    days: tuple[ExplainedDay, ...]
    is_provisional: bool
    calendar_version: int

    @property
    def due_at(self) -> datetime:
        """Return the first instant at which the limit is exceeded (UTC)."""
        return start_of(self.due + DAY)


def deadline(
    calendar: WorkingCalendar,
    start: date,
    days: int,
    pauses: Sequence[Pause] = (),
    unit: Unit = "working",
) -> Deadline:
    """Return when a limit that starts on a day ends; raises LimitRefused.

    Counting begins the next day (民法典 art. 201). Working days are those of 行政许可法
    art. 82; pauses those of its art. 45. A limit in calendar days whose last day
    is not a working day ends on the next one (民法典 art. 203).
    """
    check(start, days, pauses)
    walked = [ExplainedDay(start, False, 0, DAY_ZERO)]
    while walked[-1].number < days:
        walked.append(_next(calendar, walked[-1], pauses, unit))
    while unit == "calendar" and days and not calendar.is_workday(walked[-1].on):
        walked.append(ExplainedDay(walked[-1].on + DAY, False, days, ROLLED))
    return Deadline(
        due=walked[-1].on,
        days=tuple(walked),
        is_provisional=any(not calendar.knows(day.on.year) for day in walked[1:]),
        calendar_version=calendar.version,
    )


def remaining(
    calendar: WorkingCalendar, today: date, due: date, pauses: Sequence[Pause] = ()
) -> int:
    """Return the working days left after today; below 0, how many it is overdue."""
    check_day(today)
    check_day(due)
    first, last = sorted((today, due))
    left = sum(
        calendar.is_workday(day) and not _is_paused(day, pauses)
        for day in _days_after(first, last)
    )
    return left if due >= today else -left


def warning_from(
    calendar: WorkingCalendar,
    due: date,
    working_days_left: int = 2,
    pauses: Sequence[Pause] = (),
) -> datetime:
    """Return the first instant with at most so many whole working days left (UTC).

    It may lie before the start of a short limit: such a limit is warned of at once.
    """
    check(due, working_days_left, pauses)
    day, left = due, 0
    while True:
        left += calendar.is_workday(day) and not _is_paused(day, pauses)
        if left > working_days_left:
            return start_of(day)
        day -= DAY


def start_of(day: date) -> datetime:
    """Return the instant a day begins in Asia/Shanghai (UTC)."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _next(
    calendar: WorkingCalendar, last: ExplainedDay, pauses: Sequence[Pause], unit: Unit
) -> ExplainedDay:
    on = last.on + DAY
    counts = unit == "calendar" or calendar.is_workday(on)
    if counts and _is_paused(on, pauses):
        return ExplainedDay(on, False, last.number, PAUSED)
    why = NATURAL_DAY if unit == "calendar" else calendar.why(on)
    return ExplainedDay(on, counts, last.number + counts, why)


def _is_paused(day: date, pauses: Sequence[Pause]) -> bool:
    return any(pause.covers(day) for pause in pauses)


def _days_after(first: date, last: date) -> Iterator[date]:
    return (first + DAY * n for n in range(1, (last - first).days + 1))
