"""The working days of China: the State Council's schedules, and an editable table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

from chinese_calendar.constants import Holiday, holidays, workdays
from pydantic import BaseModel, Field

from shared.calendar.table import TableInvalid, read
from shared.calendar.working_days import Exceptional, Words, WorkingCalendar

FIRST_YEAR = min(holidays).year
LAST_YEAR = max(holidays).year


class Reason(BaseModel):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Day(BaseModel):
    date: date
    works: bool
    reason: Reason


class Table(BaseModel):
    """Further years that are known, and days to add or to correct."""

    years: tuple[Annotated[int, Field(ge=1990, le=2199)], ...] = ()
    days: tuple[Day, ...] = ()


def working_calendar(version: int = 1, table: Path | None = None) -> WorkingCalendar:
    """Return what is known, corrected by a table if one is given."""
    corrections = read_table(table) if table else Table()
    return WorkingCalendar(
        version=version,
        years=frozenset(range(FIRST_YEAR, LAST_YEAR + 1)) | set(corrections.years),
        exceptions=dict(_published())
        | {
            day.date: Exceptional(day.works, Words(day.reason.zh, day.reason.en))
            for day in corrections.days
        },
    )


def read_table(path: Path) -> Table:
    """Read the editable table; raises TableInvalid."""
    table = read(path, Table)
    said = [day.date for day in table.days]
    if twice := sorted({day for day in said if said.count(day) > 1}):
        raise TableInvalid(path, [f"days: 重复的日期 / said twice: {d}" for d in twice])
    return table


def _published() -> Iterator[tuple[date, Exceptional]]:
    for day, name in holidays.items():
        holiday = Holiday(name)
        yield day, Exceptional(False, Words(holiday.chinese, name))
    for day, name in workdays.items():
        reason = Words(f"{Holiday(name).chinese}调休上班", f"make-up day for {name}")
        yield day, Exceptional(True, reason)
