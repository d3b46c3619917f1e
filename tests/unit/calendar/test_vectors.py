"""The dates of the law, as published or computed by hand beforehand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shared.calendar.china import working_calendar
from shared.calendar.deadline import deadline, remaining, start_of, warning_from
from shared.calendar.limits import Pause

CHINA = working_calendar()


def day(iso: str) -> date:
    return date.fromisoformat(iso)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2016-02-05", 5, "2016-02-17"),
        ("2016-02-05", 20, "2016-03-09"),
        ("2016-01-04", 7, "2016-01-13"),
        ("2016-01-04", 10, "2016-01-18"),
        ("2016-01-04", 15, "2016-01-25"),
        ("2016-01-04", 20, "2016-02-01"),
        ("2016-01-04", 30, "2016-02-18"),
        ("2016-09-28", 20, "2016-10-31"),
        ("2016-03-01", 20, "2016-03-29"),
        ("2016-01-04", 45, "2016-03-10"),
        ("2016-01-04", 60, "2016-03-31"),
        ("2018-10-15", 7, "2018-10-24"),
        ("2018-10-15", 10, "2018-10-29"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-02-13", 20, "2026-03-19"),
        ("2026-09-24", 15, "2026-10-22"),
        ("2016-09-20", 20, "2016-10-21"),
        ("2016-09-20", 40, "2016-11-18"),
    ],
)
def test_a_limit_in_working_days_ends_on_the_day_it_should(
    start: str, days: int, due: str
):
    assert deadline(CHINA, day(start), days).due == day(due)


def test_a_special_procedure_moves_the_deadline_by_its_working_days():
    pause = Pause(day("2016-03-08"), day("2016-03-18"))

    found = deadline(CHINA, day("2016-03-01"), 20, [pause])

    assert found.due == day("2016-04-11")
    assert sum(d.why.zh.startswith("特别程序") for d in found.days) == 8


def test_the_lamps_of_a_case_accepted_on_4_january_2016():
    accepted = day("2016-01-04")
    promise, statutory = deadline(CHINA, accepted, 7), deadline(CHINA, accepted, 10)

    assert warning_from(CHINA, promise.due) == start_of(day("2016-01-11"))
    assert promise.due_at == start_of(day("2016-01-14"))  # yellow
    assert statutory.due_at == start_of(day("2016-01-19"))  # red
    assert promise.due_at == datetime(2016, 1, 13, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2016-03-01", 90, "2016-05-30"),
        ("2016-04-05", 15, "2016-04-20"),
        ("2016-01-30", 7, "2016-02-06"),  # a Saturday that works
        ("2016-01-31", 7, "2016-02-14"),  # New Year's Eve: rolls over the festival
    ],
)
def test_a_limit_in_calendar_days_ends_on_a_working_day(
    start: str, days: int, due: str
):
    assert deadline(CHINA, day(start), days, unit="calendar").due == day(due)


@pytest.mark.parametrize(
    ("today", "left"),
    [("2016-01-10", 3), ("2016-01-11", 2), ("2016-01-13", 0), ("2016-01-18", -3)],
)
def test_says_how_many_working_days_are_left(today: str, left: int):
    assert remaining(CHINA, day(today), day("2016-01-13")) == left
