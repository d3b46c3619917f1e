"""The documents say what is there: settings, metrics, files, names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from prometheus_client import Counter, Gauge, Histogram
from pydantic_core import PydanticUndefined

from shared.events.fact import Shape
from shared.runtime.settings import Settings
from tests.contract.test_stored_names import aggregates
from tongban.asyncapi import facts

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the table under a heading, without its head."""
    part = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in lines[2:]]


def said(default: Any) -> str:
    if default in (PydanticUndefined, ""):
        return "–"
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{shown.removesuffix('.0')}`"


def test_every_setting_is_in_the_table_with_its_default():
    there = {
        f"`TONGBAN_{name.upper()}`": said(field.default)
        for name, field in Settings.model_fields.items()
    }

    assert {name: default for name, default, _ in rows(OPERATIONS, "Settings")} == there


def metrics() -> dict[str, list[str]]:
    """Return the metrics of all services as Prometheus names them, and their labels."""
    kinds = {kind.__name__: kind for kind in (Counter, Gauge, Histogram)}
    found = {}
    for path in [*ROOT.glob("shared/**/*.py"), *ROOT.glob("services/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id=kind), args=[ast.Constant(str(name)), *rest]
                ):
                    if kind in kinds and name.startswith("tongban_"):
                        labels = [ast.literal_eval(r) for r in rest]
                        total = "_total" if kind == "Counter" else ""
                        found[f"{name}{total}"] = labels[1] if len(labels) > 1 else []
    return found


def test_every_metric_is_in_the_table_with_its_labels():
    table = {}
    for name, _ in rows(OPERATIONS, "Metrics"):
        bare, _, labels = name.strip("`").rstrip("}").partition("{")
        table[bare] = labels.split(",") if labels else []

    assert table == metrics()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        there = page.parent / target
        assert there.exists(), f"{page.name} points to {target}"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), f"{page.name} points to {target}{anchor}"


def choices(kind: Any) -> Iterator[str]:
    """Yield the values that a field may only have."""
    inside = get_args(kind)
    if get_origin(kind) is Literal:
        yield from map(str, inside)
    else:
        for each in inside:
            yield from choices(each)


def shapes(kind: type[Shape]) -> Iterator[type[Shape]]:
    for each in kind.__subclasses__():
        yield each
        yield from shapes(each)


def test_the_glossary_has_every_word_that_facts_and_aggregates_use():
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`(\w+)`", glossary))
    ours = [s for s in shapes(Shape) if s.__module__.startswith("shared.events.")]
    values = {
        value
        for shape in ours
        for field in shape.model_fields.values()
        for value in choices(field.annotation)
    }
    names = {fact.__name__ for fact in facts().values()}
    names |= {aggregate.__name__ for aggregate in aggregates()}

    assert (names | values) - explained == set()
    gone = {word for word in explained if word[0].isupper()} - names
    assert gone <= {shape.__name__ for shape in ours}


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {"#" + heading.replace(" ", "-") for heading in words}
