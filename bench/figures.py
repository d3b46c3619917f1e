"""What a program has found: its last line, and a file in `results` that is kept."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.load import as_json

RESULTS = Path(__file__).parent / "results"


def can_be_saved(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="keep the figures, as bench/results/NAME.json; bench.charts draws them",
    )


def tell(figures: Mapping[str, Any], save: Path | None = None) -> None:
    """Print them as the last line, and keep them if a file is given."""
    if save:
        save.write_text(_line_by_line(figures), encoding="utf-8")
    print(as_json(figures))


def kept(name: str, results: Path = RESULTS) -> dict[str, Any] | None:
    """Return what a program found when it was last run, or None."""
    file = results / f"{name}.json"
    if not file.exists():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {name: found}


def _line_by_line(figures: Mapping[str, Any]) -> str:
    """Return JSON with one line for each figure, and for each part of a list."""
    lines = []
    for name, value in figures.items():
        said = as_json(value)
        if isinstance(value, list):
            said = "[\n  " + ",\n  ".join(map(as_json, value)) + "\n ]"
        lines.append(f' "{name}": {said}')
    return "{\n" + ",\n".join(lines) + "\n}\n"
