"""What is wrong with the data files, as a table for the people who edit them."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.catalog.catalogue import Catalogue
from services.catalog.loader import DATA, CatalogueInvalid, load_catalogue
from services.catalog.rules import RULES, violations


def check(folder: Path = DATA, console: Console | None = None) -> bool:
    """Print what a folder holds or what is wrong; return whether it may be told."""
    console = console or Console()
    try:
        catalogue = load_catalogue(folder)
    except CatalogueInvalid as invalid:
        console.print(_problems(invalid))
        return False
    if broken := violations(catalogue):
        table = Table(title="不符合发布规则 Broken rules", show_lines=True)
        for heading in ("事项 Item", "规则 Rule", "问题 What is wrong"):
            table.add_column(heading, overflow="fold")
        for each in broken:
            table.add_row(each.item, each.rule, f"{each.zh}\n{each.en}")
        console.print(table)
        return False
    console.print(_contents(catalogue))
    return True


def _problems(invalid: CatalogueInvalid) -> Table:
    table = Table(title="无法读取 Cannot be read", show_lines=True)
    for heading in ("文件 File", "字段 Field", "问题 What is wrong"):
        table.add_column(heading, overflow="fold")
    for name, problem in invalid.problems:
        table.add_row(name, *problem.split(": ", 1))
    return table


def _contents(catalogue: Catalogue) -> Table:
    table = Table(
        title="可以发布 Ready to publish",
        show_lines=True,
        caption=f"{len(RULES)} 条规则 rules · {len(catalogue.agencies)} 个机构 agencies"
        f" · 工作日历 calendar {min(catalogue.calendar.years)}–"
        f"{max(catalogue.calendar.years)}",
    )
    table.add_column("事项 Item", overflow="fold")
    table.add_column("办理 How")
    table.add_column("承诺/法定\nDays", justify="right")
    table.add_column("环节 Route", overflow="fold")
    for item in catalogue.items:
        table.add_row(
            f"[bold]{item.name.zh}[/bold]\n[dim]{item.task_code}[/dim]",
            item.handling,
            f"{item.promise_days or '即办'}/{item.statutory_days or '—'}",
            " → ".join(step.name.zh for step in item.steps) or "当场办结",
        )
    return table
