from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.gateway.pages.pictures import Bar, Beads, bars, beads, calendar_weeks
from shared.calendar import china
from shared.calendar.deadline import deadline
from shared.calendar.limits import Pause

BEFORE_NEW_YEAR = date(2016, 2, 5)


def test_the_calendar_lays_weeks_out_from_monday() -> None:
    limit = deadline(china.working_calendar(), BEFORE_NEW_YEAR, 5)
    weeks = calendar_weeks(limit, BEFORE_NEW_YEAR)
    assert [len(week) for week in weeks] == [7, 7, 7]
    first = weeks[0]
    assert first[:4] == [None] * 4
    friday, saturday, sunday = first[4:]
    marks = [square.marks for square in (friday, saturday, sunday) if square]
    # That Saturday is worked in exchange.
    assert marks == [("zero", "today"), ("counted",), ("off",)]


def test_the_calendar_marks_the_last_day_and_those_gone() -> None:
    limit = deadline(china.working_calendar(), BEFORE_NEW_YEAR, 5)
    marks = {
        square.day.on: square.marks
        for week in calendar_weeks(limit, date(2016, 2, 15))
        for square in week
        if square
    }
    assert marks[date(2016, 2, 17)] == ("counted", "due")
    assert marks[date(2016, 2, 14)] == ("counted", "passed")
    assert marks[date(2016, 2, 15)] == ("counted", "today")
    assert marks[date(2016, 2, 8)] == ("off",)


def test_a_promise_that_is_over_shows_since_when_and_what_the_law_allows() -> None:
    calendar = china.working_calendar()
    promise, law = (deadline(calendar, BEFORE_NEW_YEAR, days) for days in (3, 7))
    weeks = calendar_weeks(replace(promise, days=law.days), date(2016, 2, 17), law.due)
    marks = {square.day.on: square.marks for week in weeks for square in week if square}
    assert marks[date(2016, 2, 15)] == ("counted", "passed", "due")
    assert marks[date(2016, 2, 16)] == ("counted", "passed", "over")
    assert marks[date(2016, 2, 17)] == ("counted", "over", "today")
    assert marks[law.due] == ("counted", "law")


def test_paused_days_are_not_counted() -> None:
    pause = Pause(date(2016, 3, 8), date(2016, 3, 18))
    limit = deadline(china.working_calendar(), date(2016, 3, 1), 20, [pause])
    squares = [s for week in calendar_weeks(limit, date(2016, 3, 1)) for s in week if s]
    assert sum("counted" in square.marks for square in squares) == 20


def test_beads_show_what_is_left_of_a_promise() -> None:
    assert beads(7, 5) == Beads(2, 5, "")
    assert beads(7, 2) == Beads(5, 2, "near")
    assert beads(7, -3) == Beads(0, 7, "over")


def test_long_promises_are_drawn_to_scale() -> None:
    assert beads(20, 10) == Beads(6, 6, "")


def test_more_left_than_promised_is_still_only_the_promise() -> None:
    assert beads(5, 9) == Beads(0, 5, "")


def test_bars_are_drawn_to_the_longest_of_them() -> None:
    assert bars(20, 7) == [Bar("law", 20, 1000), Bar("pledge", 7, 350)]
    assert bars(20, 7, 9)[-1] == Bar("late", 9, 450)
    assert bars(None, 0) == [Bar("pledge", 0, 12)]
