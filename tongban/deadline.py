"""When does a limit end, and why on that day? Answered in the terminal or as JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, NoReturn

import typer
from rich.columns import Columns
from rich.console import Console

from services.catalog.loader import DATA
from shared.calendar import deadline as limits
from shared.calendar.china import working_calendar
from shared.calendar.limits import LimitRefused, Pause
from shared.calendar.table import TableInvalid
from tongban.month import day_table, legend, months


def deadline(
    start: Annotated[
        str, typer.Argument(metavar="DAY", help="起算日（当日不计），如 2016-01-04")
    ],
    working_days: Annotated[
        int, typer.Option("--working-days", help="工作日数 Working days")
    ],
    paused: Annotated[
        list[str] | None,
        typer.Option("--paused", metavar="A..B", help="特别程序，可多次 Pauses"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON 对象 One JSON object")
    ] = False,
) -> None:
    """计算法定或承诺时限的截止日 The last day of a limit, and every day up to it."""
    try:
        pauses = [_pause(each) for each in paused or []]
        calendar = working_calendar(table=DATA / "calendar.yaml")
        found = limits.deadline(calendar, _day(start), working_days, pauses)
    except (LimitRefused, TableInvalid) as refused:
        _refuse(str(refused))
    if as_json:
        answer = _answer(found, working_days, pauses)
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _show(found, working_days)


def _show(found: limits.Deadline, working_days: int) -> None:
    console = Console()
    console.print(day_table(found, working_days))
    console.print(Columns(months(found), padding=(1, 3)))
    console.print(legend())
    if found.is_provisional:
        console.print(
            "暂定：所涉年份的放假安排尚未公布，按周一至周五计算。\n"
            "Provisional: the holidays of a year in it are not known yet.",
            style="yellow",
        )


def _answer(
    found: limits.Deadline, working_days: int, pauses: list[Pause]
) -> dict[str, Any]:
    return {
        "start": found.days[0].on.isoformat(),
        "working_days": working_days,
        "paused": [
            {"start": pause.start.isoformat(), "end": pause.end.isoformat()}
            for pause in pauses
        ],
        "due": found.due.isoformat(),
        "due_at": found.due_at.isoformat(),
        "is_provisional": found.is_provisional,
        "days": [
            {
                "on": day.on.isoformat(),
                "is_counted": day.is_counted,
                "number": day.number,
                "why": day.why._asdict(),
            }
            for day in found.days
        ],
    }


def _pause(said: str) -> Pause:
    start, dots, end = said.partition("..")
    if not dots:
        _refuse(
            f"暂停期间“{said}”应写作 2016-03-08..2016-03-18 / "
            f"write the pause {said!r} as 2016-03-08..2016-03-18"
        )
    return Pause(_day(start), _day(end))


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        _refuse(
            f"“{said}”不是日期，应写作 2016-01-04 / "
            f"{said!r} is not a day, write it as 2016-01-04"
        )


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(2)
