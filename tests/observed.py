"""What dashboards and alert rules ask of Prometheus, and the program that checks it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.left_out import PROMETHEUS, needs

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yaml"
DASHBOARDS = sorted(DEPLOY.glob("grafana/*.json"))
METRIC = re.compile(r"\b(?:tongban|process)_\w+")


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels(path: Path) -> list[dict[str, Any]]:
    """Return what a dashboard shows, rows excepted."""
    shown = json.loads(path.read_text(encoding="utf-8"))["panels"]
    return [panel for panel in shown if panel["type"] != "row"]


def queries() -> dict[str, str]:
    """Return every expression, under words that say where it stands."""
    found = {rule["alert"]: rule["expr"] for rule in alerts()}
    for path in DASHBOARDS:
        for panel in panels(path):
            for target in panel["targets"]:
                where = f"{path.stem} {panel['title']} {target['refId']}"
                found[where] = target["expr"]
    return found


def asked() -> set[str]:
    """Return the names of all metrics that are asked for."""
    return {name for query in queries().values() for name in METRIC.findall(query)}


def promtool(*arguments: str) -> str:
    """Run it; raise AssertionError with what it says if it is not content."""
    done = subprocess.run(
        [needs("promtool", PROMETHEUS), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
