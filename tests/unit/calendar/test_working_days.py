from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from shared.calendar.china import working_calendar
from shared.calendar.deadline import deadline
from shared.calendar.limits import (
    DayOutOfRange,
    LimitOutOfRange,
    NotADay,
    Pause,
    PauseEndsBeforeItStarts,
    PausesTooLong,
)
from shared.calendar.table import TableInvalid
from shared.calendar.working_days import Exceptional, Words, WorkingCalendar

CHINA = working_calendar()
PLAIN = WorkingCalendar(version=3, years=frozenset({2016}), exceptions={})


@pytest.mark.parametrize(
    ("on", "works", "why"),
    [
        (date(2016, 2, 5), True, "工作日"),
        (date(2016, 2, 6), True, "春节调休上班"),
        (date(2016, 2, 8), False, "春节"),
        (date(2016, 2, 20), False, "周末"),
        (date(2016, 10, 3), False, "国庆节"),
    ],
)
def test_says_why_a_day_works_or_does_not(on: date, works: bool, why: str):
    assert (CHINA.is_workday(on), CHINA.why(on).zh) == (works, why)


def test_an_unknown_year_counts_monday_to_friday():
    assert not CHINA.knows(2031)
    assert CHINA.is_workday(date(2031, 10, 1))  # a Wednesday, and no schedule yet


def test_the_first_day_is_shown_and_not_counted():
    first, *_, last = deadline(PLAIN, date(2016, 1, 4), 7).days

    assert (first.is_counted, first.why.zh) == (False, "当日不计")
    assert (last.on, last.number) == (date(2016, 1, 13), 7)


def test_a_limit_of_no_days_ends_on_the_day_itself():
    assert deadline(PLAIN, date(2016, 1, 4), 0).due == date(2016, 1, 4)


def test_a_deadline_names_the_calendar_it_was_computed_by():
    assert deadline(PLAIN, date(2016, 1, 4), 1).calendar_version == 3


@pytest.mark.parametrize("days", [-1, 3661])
def test_refuses_a_limit_out_of_range(days: int):
    with pytest.raises(LimitOutOfRange, match=f"时限 {days} 天.* / a limit of {days}"):
        deadline(PLAIN, date(2016, 1, 4), days)


def test_refuses_an_instant_because_it_is_not_a_day():
    with pytest.raises(NotADay):
        deadline(PLAIN, datetime(2016, 1, 4), 7)  # noqa: DTZ001


def test_refuses_a_year_nobody_computes_with():
    with pytest.raises(DayOutOfRange):
        deadline(PLAIN, date(1949, 10, 1), 7)


def test_refuses_a_pause_that_ends_before_it_starts():
    with pytest.raises(PauseEndsBeforeItStarts):
        Pause(date(2016, 3, 18), date(2016, 3, 8))


def test_refuses_pauses_without_end():
    years = [Pause(date(2016, 1, 1), date(2023, 1, 1))] * 2

    with pytest.raises(PausesTooLong):
        deadline(PLAIN, date(2016, 1, 4), 7, years)


def test_a_table_adds_a_year_and_corrects_a_day(tmp_path: Path):
    table = tmp_path / "calendar.yaml"
    table.write_text(
        """
        years: [2027]
        days:
          - {date: 2027-02-08, works: false, reason: {zh: 春节, en: Spring Festival}}
          - {date: 2016-01-05, works: false, reason: {zh: 暴雪停工, en: snow}}
        """,
        "utf-8",
    )

    corrected = working_calendar(version=2, table=table)

    assert corrected.knows(2027)
    assert corrected.why(date(2027, 2, 8)).zh == "春节"
    assert deadline(corrected, date(2016, 1, 4), 7).due == date(2016, 1, 14)


def test_a_wrong_table_says_where_it_is_wrong(tmp_path: Path):
    table = tmp_path / "calendar.yaml"
    table.write_text("days: [{date: 2027-02-30, works: false, wroks: 1}]", "utf-8")

    with pytest.raises(TableInvalid) as refused:
        working_calendar(table=table)

    assert [line.split(":")[0] for line in refused.value.problems] == [
        "days.0.date",
        "days.0.reason",
        "days.0.wroks",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("years: [2027]\nyears: [2028]", "said twice"),
        ("days: [", "not YAML"),
        (
            "days:\n"
            "- {date: 2027-01-01, works: false, reason: {zh: 元旦, en: New Year}}\n"
            "- {date: 2027-01-01, works: true, reason: {zh: 元旦, en: New Year}}",
            "said twice",
        ),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    tmp_path: Path, content: str, said: str
):
    table = tmp_path / "calendar.yaml"
    table.write_text(content, "utf-8")

    with pytest.raises(TableInvalid, match=said):
        working_calendar(table=table)


def test_a_plain_calendar_can_be_built_from_published_days():
    closed = {date(2016, 1, 5): Exceptional(False, Words("停工", "closed"))}
    calendar = WorkingCalendar(version=1, years=frozenset({2016}), exceptions=closed)

    assert deadline(calendar, date(2016, 1, 4), 1).due == date(2016, 1, 6)
