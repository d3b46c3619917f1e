"""A month of city life in two minutes, through the real pipeline."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.catalog.loader import load_catalogue
from shared.runtime import clock
from shared.runtime.clock import SHANGHAI, Warp
from shared.runtime.settings import Settings
from tongban.demo.plan import expected, plan
from tongban.demo.player import Player
from tongban.up import REFUSALS, run_everything

SAME_SEED = (
    "The same seed gives the same lives: whose, what for, what becomes of them."
    " On which days, and so which cards there are, differs with today's date"
)
STARTS_WITHIN = 40.0  # seconds for the system to start before the month begins

NAMES = {
    "granted": "按时办结 granted in time",
    "supplemented": "补正后办结 granted after a supplement",
    "refused": "不予许可 refused",
    "declined": "不予受理 declined",
    "withdrawn": "撤回 withdrawn",
    "slow": "超过承诺 promise broken",
    "stuck": "积压未办 stuck",
    "instant": "即办 instant",
}


def demo(
    data: Annotated[Path, typer.Option(help="Where it is kept")] = Path("var/demo"),
    seed: Annotated[int, typer.Option(help=SAME_SEED)] = 2016,
    days: Annotated[int, typer.Option(min=10, max=60)] = 30,
    cases: Annotated[int, typer.Option(min=1, max=2000)] = 240,
    minutes: Annotated[float, typer.Option(min=0.5, max=60)] = 2.0,
    fresh: Annotated[bool, typer.Option(help="Forget an earlier month")] = False,
    stop: Annotated[bool, typer.Option(help="Stop when the month is over")] = False,
    kafka: Annotated[str, typer.Option(envvar="TONGBAN_KAFKA")] = "",
    postgres: Annotated[str, typer.Option(envvar="TONGBAN_POSTGRES")] = "",
) -> None:
    """Play a month of city life, ending now; then everything goes on in real time."""
    if (data / "postgres").exists():
        if not fresh:
            typer.echo(
                f"{data} 里已有一个月的数据：用 tongban up --data {data} 打开，"
                f"或加 --fresh 重来。A month is there already: open it with"
                f" tongban up --data {data}, or play anew with --fresh.",
                err=True,
            )
            raise typer.Exit(1)
        shutil.rmtree(data)
    began = time.time() + STARTS_WITHIN
    length = days * 86_400.0
    # It catches up with real time after so many minutes, and is real time from then on.
    warp = Warp(began - length, began, length / (minutes * 60) + 1)
    clock.set_clock(str(warp))
    month = _Month(seed, days, cases, warp, stop)
    try:
        given = {"clock": str(warp), "personas": True}
        run_everything(data, kafka, postgres, given, month.play)
    except REFUSALS as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None


class _Month:
    def __init__(
        self, seed: int, days: int, cases: int, warp: Warp, is_last: bool
    ) -> None:
        self._seed = seed
        self._first = datetime.fromtimestamp(warp.start, SHANGHAI).date()
        self._ends = datetime.fromtimestamp(
            warp.began + 60 * days * 1440 / (warp.rate - 1), SHANGHAI
        )
        self._lives = plan(
            seed, self._first + timedelta(1), days - 1, cases, load_catalogue()
        )
        self._is_last = is_last

    def play(self, settings: Settings) -> bool:
        """Play it; return whether the system should go on afterwards."""
        console = Console()
        moves = sum(m.at <= self._ends for life in self._lives for m in life.moves)
        with Progress(
            TextColumn("[bold]{task.fields[day]}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} 办理 acts"),
            TimeElapsedColumn(),
            console=console,
        ) as progress:
            bar = progress.add_task("", total=moves, day=self._first.isoformat())

            def told() -> None:
                day = clock.today().isoformat()
                progress.update(bar, advance=1, day=day)

            gateway = f"http://127.0.0.1:{settings.port}"
            player = Player(gateway, self._seed, self._ends)
            asyncio.run(player.play(self._lives, told))
        self._sum_up(console)
        return not self._is_last

    def _sum_up(self, console: Console) -> None:
        table = Table("这个月 this month", "件 cases")
        for fate, count in sorted(expected(self._lives).items()):
            table.add_row(NAMES[fate], str(count))
        console.print(table)
