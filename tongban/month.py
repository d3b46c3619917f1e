"""A limit as people see one: its days in a table, and marked in a month's calendar."""

from __future__ import annotations

from calendar import Calendar
from datetime import date
from itertools import groupby

from rich import box
from rich.table import Table
from rich.text import Text

from shared.calendar.deadline import DAY_ZERO, PAUSED, Deadline, ExplainedDay
from shared.calendar.working_days import WEEKEND, WORKDAY

WEEKDAYS = "一二三四五六日"
MOST_MONTHS = 6  # a longer limit shows its last months only

# What is written beside a day, and how it looks: never by colour alone.
_MARKS = {
    "始": ("起算日 day 0", "bold cyan"),
    "止": ("截止日 last day", "bold white on red"),
    "计": ("计入 counted", "green"),
    "班": ("调休上班，计入 adjusted, counted", "bold green"),
    "休": ("节假日 holiday", "red"),
    "停": ("特别程序 paused", "yellow"),
    "周": ("周末 weekend", "dim"),
}


def day_table(found: Deadline, working_days: int) -> Table:
    """Return every day with its number or the reason it does not count."""
    table = Table(
        title=f"{found.days[0].on} 起 {working_days} 个工作日，"
        f"截止 {found.due} 周{WEEKDAYS[found.due.weekday()]} 24:00",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("日期 Day")
    table.add_column("第几日 No.", justify="right")
    table.add_column("说明 Why")
    for day in found.days:
        table.add_row(
            f"{day.on} {WEEKDAYS[day.on.weekday()]}",
            str(day.number) if day.is_counted else "—",
            f"{day.why.zh} [dim]{day.why.en}[/dim]",
            style=_MARKS[_mark(day, found)][1],
        )
    return table


def months(found: Deadline) -> list[Table]:
    """Return a small calendar of each month the limit touches."""
    by_month = [
        _month(year, month, {day.on: _mark(day, found) for day in days})
        for (year, month), days in groupby(
            found.days, key=lambda day: (day.on.year, day.on.month)
        )
    ]
    return by_month[-MOST_MONTHS:]


def legend() -> Text:
    """Return what the marks mean."""
    parts = [Text(f"{mark} {means}", style) for mark, (means, style) in _MARKS.items()]
    return Text("  ").join(parts)


def _month(year: int, month: int, marks: dict[date, str]) -> Table:
    table = Table(title=f"{year}年{month}月", box=None, padding=(0, 1, 0, 0))
    for name in WEEKDAYS:
        table.add_column(name, justify="right", min_width=4, no_wrap=True)
    for week in Calendar().monthdatescalendar(year, month):
        table.add_row(*(_cell(day, month, marks.get(day, "")) for day in week))
    return table


def _cell(day: date, month: int, mark: str) -> Text:
    if day.month != month:
        return Text("")
    style = _MARKS[mark][1] if mark else "bright_black"
    return Text(f"{day.day}{mark or '  '}", style)


def _mark(day: ExplainedDay, found: Deadline) -> str:
    if day.on == found.due:
        return "止"
    if day.is_counted:
        return "计" if day.why == WORKDAY else "班"
    return {DAY_ZERO: "始", PAUSED: "停", WEEKEND: "周"}.get(day.why, "休")
