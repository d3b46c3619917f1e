"""What holds for every limit, whatever its dates."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.calendar.china import LAST_YEAR, working_calendar
from shared.calendar.deadline import deadline, remaining, start_of, warning_from
from shared.calendar.limits import Pause

CHINA = working_calendar()
DAYS = st.dates(date(2003, 1, 1), date(2030, 12, 31))
LIMITS = st.integers(0, 120)
PAUSES = st.lists(
    st.builds(
        lambda start, length: Pause(start, start + timedelta(length)),
        DAYS,
        st.integers(0, 200),
    ),
    max_size=4,
)


@given(DAYS, LIMITS, PAUSES)
def test_more_days_never_end_earlier(start: date, days: int, pauses: list[Pause]):
    shorter = deadline(CHINA, start, days, pauses)

    assert shorter.due <= deadline(CHINA, start, days + 1, pauses).due


@given(DAYS, LIMITS, PAUSES, PAUSES)
def test_a_pause_never_makes_it_earlier(
    start: date, days: int, pauses: list[Pause], more: list[Pause]
):
    without = deadline(CHINA, start, days, pauses)

    assert without.due <= deadline(CHINA, start, days, pauses + more).due


@given(DAYS, LIMITS, PAUSES, st.sampled_from(["working", "calendar"]))
def test_the_explanation_counts_exactly_the_limit(start, days, pauses, unit):
    found = deadline(CHINA, start, days, pauses, unit)

    assert sum(day.is_counted for day in found.days) == found.days[-1].number == days
    assert [day.on for day in found.days] == [
        start + timedelta(n) for n in range((found.due - start).days + 1)
    ]


@given(DAYS, LIMITS)
def test_what_remains_on_the_first_day_is_the_limit(start: date, days: int):
    assert remaining(CHINA, start, deadline(CHINA, start, days).due) == days


@given(DAYS, st.integers(0, 10))
def test_a_warning_is_the_first_moment_with_so_many_days_left(due: date, left: int):
    warned_at = warning_from(CHINA, due, left)
    warned_on = next(
        day for n in range(90) if start_of(day := due - timedelta(n)) == warned_at
    )

    assert remaining(CHINA, warned_on, due) <= left
    assert remaining(CHINA, warned_on - timedelta(1), due) > left


@given(DAYS, st.integers(1, 120))
def test_an_answer_is_provisional_when_a_year_is_not_known(start: date, days: int):
    found = deadline(CHINA, start, days)
    counted_years = {day.on.year for day in found.days[1:]}

    assert found.is_provisional == any(
        year < 2004 or year > LAST_YEAR for year in counted_years
    )
