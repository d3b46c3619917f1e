"""What a limit may be asked for, and the words said when it may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from shared.calendar.working_days import Words

MAX_DAYS = 3660
MAX_PAUSED_DAYS = 3660
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)


class LimitRefused(ValueError):
    """A limit that cannot be computed. Its words are fit to be shown."""

    WORDS: ClassVar[Words]

    def __init__(self, **details: object) -> None:
        self.zh = self.WORDS.zh.format(**details)
        self.en = self.WORDS.en.format(**details)
        super().__init__(f"{self.zh} / {self.en}")


class NotADay(LimitRefused):
    WORDS = Words(
        "“{day}”不是一个日期：须为北京时间的某一天，不带时刻",
        "{day!r} is not a day: give a day in Asia/Shanghai, without a time",
    )


class DayOutOfRange(LimitRefused):
    WORDS = Words(
        "日期 {day} 不在 1990 年至 2199 年之间",
        "the day {day} is not between 1990 and 2199",
    )


class LimitOutOfRange(LimitRefused):
    WORDS = Words(
        "时限 {days} 天不在 0 至 3660 天之间",
        "a limit of {days} days is not between 0 and 3660",
    )


class PauseEndsBeforeItStarts(LimitRefused):
    WORDS = Words(
        "暂停期间 {start} 至 {end} 的结束早于开始",
        "the pause {start} to {end} ends before it starts",
    )


class PausesTooLong(LimitRefused):
    WORDS = Words(
        "各暂停期间合计 {days} 天，超过 3660 天",
        "the pauses add up to {days} days, more than 3660",
    )


@dataclass(frozen=True)
class Pause:
    """A special procedure (特别程序): days with start < day <= end are not counted."""

    start: date
    end: date

    def __post_init__(self) -> None:
        check_day(self.start)
        check_day(self.end)
        if self.end < self.start:
            raise PauseEndsBeforeItStarts(start=self.start, end=self.end)

    def covers(self, day: date) -> bool:
        return self.start < day <= self.end


def check(start: date, days: int, pauses: Sequence[Pause] = ()) -> None:
    """Raise LimitRefused for a limit that cannot be computed."""
    check_day(start)
    if not 0 <= days <= MAX_DAYS:
        raise LimitOutOfRange(days=days)
    paused = sum((pause.end - pause.start).days for pause in pauses)
    if paused > MAX_PAUSED_DAYS:
        raise PausesTooLong(days=paused)


def check_day(day: date) -> None:
    # A datetime is a date to the type checker, but in which time zone?
    if isinstance(day, datetime) or not isinstance(day, date):
        raise NotADay(day=day)
    if not EARLIEST <= day <= LATEST:
        raise DayOutOfRange(day=day)
