from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.catalog.loader import load_catalogue
from services.gateway.pages import say

TODAY = date(2016, 1, 4)
DUE = date(2016, 1, 13)
LATE_AT_NIGHT = datetime(2016, 1, 12, 16, 30, tzinfo=UTC)  # 00:30 the next day here


def test_a_day_is_said_with_its_weekday() -> None:
    assert say.say_day(DUE, "zh", TODAY) == "1月13日 周三"
    assert say.say_day(DUE, "en", TODAY) == "Wed 13 January"


def test_the_year_is_said_only_when_it_is_another() -> None:
    assert say.say_day(date(2017, 1, 3), "zh", TODAY) == "2017年1月3日 周二"
    assert say.say_day(date(2017, 1, 3), "en", TODAY) == "Tue 3 January 2017"


def test_a_moment_is_said_in_the_time_of_the_city() -> None:
    assert say.day_of(LATE_AT_NIGHT) == DUE
    assert say.say_moment(LATE_AT_NIGHT, "zh", TODAY) == "1月13日 周三 00:30"
    assert say.say_time(LATE_AT_NIGHT) == "00:30:00"


def test_a_deadline_is_said_with_its_hour() -> None:
    assert say.say_by(DUE, "zh", TODAY) == "1月13日 周三 17:30 前"
    assert say.say_by(DUE, "en", TODAY) == "by 17:30, Wed 13 January"


def test_the_hour_of_a_deadline_is_the_one_at_which_windows_close() -> None:
    hours = [item.hours for item in load_catalogue().items]

    assert all(f"—{say.CLOSING}" in said.zh for said in hours)
    assert all(f"–{say.CLOSING}" in said.en for said in hours)


def test_documents_say_the_whole_day() -> None:
    assert say.say_full_day(DUE, "zh") == "2016年1月13日"
    assert say.say_full_day(DUE, "en") == "13 January 2016"


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        (3, "还剩 3 个工作日", "3 working days left"),
        (1, "还剩 1 个工作日", "1 working day left"),
        (0, "今天到期", "due today"),
        (-2, "已超 2 个工作日", "2 working days overdue"),
    ],
)
def test_what_is_left_is_said_in_working_days(days: int, zh: str, en: str) -> None:
    assert say.say_left(days, "zh") == zh
    assert say.say_left(days, "en") == en


def test_sizes_are_said_in_the_unit_that_fits() -> None:
    assert say.say_size(639) == "639 B"
    assert say.say_size(20_480) == "20 KB"
    assert say.say_size(3_500_000) == "3.3 MB"
