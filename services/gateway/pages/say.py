"""Say days, spans and sizes the way people do: 1月13日 周三 17:30 前."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from services.gateway.pages.words import Language
from shared.runtime.clock import SHANGHAI

CLOSING: Final = "17:30"  # when windows close; the legal day ends at midnight
WEEKDAYS: Final = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def day_of(moment: date | datetime) -> date:
    """Return the day it is in the city at that moment."""
    if isinstance(moment, datetime):
        return moment.astimezone(SHANGHAI).date()
    return moment


def say_day(moment: date | datetime, language: Language, today: date) -> str:
    """Say a day with its weekday, and its year when that is not this year."""
    day = day_of(moment)
    weekday = WEEKDAYS[language][day.weekday()]
    is_near = day.year == today.year
    if language == "zh":
        year = "" if is_near else f"{day.year}年"
        return f"{year}{day.month}月{day.day}日 {weekday}"
    year = "" if is_near else f" {day.year}"
    return f"{weekday} {day.day} {MONTHS[day.month - 1]}{year}"


def say_full_day(moment: date | datetime, language: Language) -> str:
    """Say a day as documents do: with its year, without its weekday."""
    day = day_of(moment)
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def say_by(moment: date | datetime, language: Language, today: date) -> str:
    """Say by when something must be done."""
    day = say_day(moment, language, today)
    return f"{day} {CLOSING} 前" if language == "zh" else f"by {CLOSING}, {day}"


def say_moment(moment: datetime, language: Language, today: date) -> str:
    """Say a day and the time of it."""
    time = moment.astimezone(SHANGHAI).strftime("%H:%M")
    return f"{say_day(moment, language, today)} {time}"


def say_time(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%H:%M:%S")


def say_days(days: int, language: Language) -> str:
    """Say a number of working days."""
    if language == "zh":
        return f"{days} 个工作日"
    return f"{days} working day" if days == 1 else f"{days} working days"


def say_left(days: int, language: Language) -> str:
    """Say how many working days are left after today; negative when overdue."""
    if days < 0:
        late = say_days(-days, language)
        return f"已超 {late}" if language == "zh" else f"{late} overdue"
    if days == 0:
        return "今天到期" if language == "zh" else "due today"
    left = say_days(days, language)
    return f"还剩 {left}" if language == "zh" else f"{left} left"


def last_day(due_at: datetime) -> date:
    """Return the last day of a limit, whose due instant is the midnight ending it."""
    return day_of(due_at - timedelta(seconds=1))


def say_size(size: int) -> str:
    """Say the size of a file."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"
