"""The limits that start with acceptance (行政许可法 arts. 42, 82): when each ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.calendar.deadline import deadline, start_of, warning_from
from shared.calendar.working_days import WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
WARN_DAYS_LEFT = 2  # rule R-T1: at most so many whole working days left


@dataclass(frozen=True)
class Limits:
    """Days as people read them (Asia/Shanghai), instants as clocks need them (UTC).

    An instant is the first moment at which the limit has been exceeded.
    """

    accepted_on: date
    promise_days: int
    promise_by: date
    promise_due_at: datetime
    statutory_days: int | None
    statutory_by: date | None
    statutory_due_at: datetime | None
    warn_at: datetime
    calendar_version: int
    is_provisional: bool


def limits(
    accepted_at: datetime,
    promise_days: int,
    statutory_days: int | None,
    calendar: WorkingCalendar,
) -> Limits:
    """Return the limits of a case accepted at an instant; day 0 is that day."""
    day = accepted_at.astimezone(SHANGHAI).date()
    promise = deadline(calendar, day, promise_days)
    statutory = deadline(calendar, day, statutory_days) if statutory_days else None
    # Nobody is warned on the very day the work began.
    warn_at = max(
        warning_from(calendar, promise.due, WARN_DAYS_LEFT),
        start_of(day + timedelta(days=1)),
    )
    return Limits(
        accepted_on=day,
        promise_days=promise_days,
        promise_by=promise.due,
        promise_due_at=promise.due_at,
        statutory_days=statutory_days,
        statutory_by=statutory.due if statutory else None,
        statutory_due_at=statutory.due_at if statutory else None,
        warn_at=min(warn_at, promise.due_at),
        calendar_version=calendar.version,
        is_provisional=promise.is_provisional
        or bool(statutory and statutory.is_provisional),
    )


def step_due(started_at: datetime, days: int, calendar: WorkingCalendar) -> date:
    """Return the last day of a step that starts at an instant."""
    return deadline(calendar, started_at.astimezone(SHANGHAI).date(), days).due
