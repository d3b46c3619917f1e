"""How every process of the system that runs here is: alive, ready, how far behind."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from tongban.here import METRICS, NothingRuns

ANSWERS_WITHIN = 5.0

console = Console()


@dataclass
class Said:
    """What one process says of itself; nothing, if it does not answer."""

    service: str
    stuck: list[str] | None = None
    missing: list[str] | None = None
    metrics: dict[str, float] = field(default_factory=dict)  # the worst of each

    @property
    def is_ready(self) -> bool:
        return self.stuck == [] and self.missing == []

    @property
    def state(self) -> str:
        if self.stuck is None or self.missing is None:
            return "没有应答 no answer"
        if self.stuck:
            return f"停住了 stuck: {', '.join(self.stuck)}"
        if self.missing:
            return f"缺 missing: {', '.join(self.missing)}"
        return "正常 ready"


def status(
    service: Annotated[
        str, typer.Argument(help="only those whose name begins like this")
    ] = "",
) -> None:
    """Say how every process is, and end with 1 unless all are ready.

    Columns: messages not yet heard, and seconds behind; events not yet told, and the
    seconds since the oldest; cases set aside, and messages that need a person.
    """
    found = [ask(name, at) for name, at in targets() if name.startswith(service)]
    if not found:
        raise typer.BadParameter(f"没有 {service}。There is none.")
    table = Table("", "", "unheard", "seconds", "untold", "seconds", "aside", "parked")
    for said in found:
        shown = (f"{said.metrics.get(f'tongban_{name}', 0):.0f}" for name in SHOWN)
        table.add_row(said.service, said.state, *shown)
    console.print(table)
    if not all(said.is_ready for said in found):
        raise typer.Exit(1)


SHOWN = (
    "lag",
    "lag_seconds",
    "relay_behind",
    "relay_oldest_seconds",
    "set_aside",
    "parked",
)


def targets() -> list[tuple[str, str]]:
    """Return the name of each process, and host:port of what it says of itself.

    Raises NothingRuns.
    """
    path = Path(os.environ.get("TONGBAN_DATA", "var")) / METRICS
    if not path.exists():
        raise NothingRuns(f"没有 {path}。There is no {path}: start tongban up.")
    listed = json.loads(path.read_text())
    return [(each["labels"]["service"], each["targets"][0]) for each in listed]


def ask(service: str, address: str) -> Said:
    try:
        stuck, missing = (_get(address, path) for path in ("health", "ready"))
        page = _get(address, "metrics")
    except OSError:
        return Said(service)
    metrics: dict[str, float] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            most = max(sample.value, metrics.get(sample.name, sample.value))
            metrics[sample.name] = most
    said = json.loads(stuck)["stuck"], json.loads(missing)["missing"]
    return Said(service, *said, metrics)


def _get(address: str, path: str) -> str:
    try:
        with urllib.request.urlopen(
            f"http://{address}/{path}", timeout=ANSWERS_WITHIN
        ) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as unwell:
        with unwell:
            return unwell.read().decode()
