"""Draws `docs/pictures`, and makes the tables of `docs/performance.md`, from `results`.

`python -m bench.charts` after a measurement with `--save bench/results/NAME.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.drawing import Plot, bars, decades, plots, stacks, upwards
from bench.figures import RESULTS, kept
from bench.speed import keeps_up
from bench.tables import DOCUMENT, best, brought_up_to_date, number, stages_of

PICTURES = DOCUMENT.parent / "pictures"
KINDS = {"instant": "即办 instant", "grain": "许可 grain"}
OFFERED = "每秒提交 offered a second"


def rates(figures: Mapping[str, Any]) -> str:
    """Draw what was completed of what was offered."""
    found = []
    for kind, steps in _by_kind(figures).items():
        offered = [s["offered_per_s"] for s in steps]
        done = [s["done_per_s"] for s in steps]
        x = upwards(OFFERED, max(offered))
        y = upwards("每秒件数 lives a second", max(*offered, *done))
        lines = {
            "办结 completed": list(zip(offered, done, strict=True)),
            "提交 offered": [(0, 0), (max(offered), max(offered))],
        }
        found.append(Plot(KINDS[kind], x, y, lines))
    return plots("每秒提交与办结 Offered and completed", found)


def waits(figures: Mapping[str, Any]) -> str:
    """Draw how long what follows from an act takes to be seen, where it keeps up."""
    found = []
    for kind, steps in _by_kind(figures).items():
        seen = [(s["offered_per_s"], s["visible"]) for s in steps if keeps_up(s)]
        if not seen:
            continue
        x = upwards(OFFERED, max(rate for rate, _ in seen))
        y = upwards("毫秒 ms", max(took["p99_ms"] for _, took in seen))
        lines = {
            f"p{n}": [(rate, took[f"p{n}_ms"]) for rate, took in seen]
            for n in (50, 95, 99)
        }
        found.append(Plot(KINDS[kind], x, y, lines))
    return plots("多久可见 How long until it can be seen", found)


def cpu(figures: Mapping[str, Any]) -> str:
    """Draw what each part of the city costs, at the best rate kept up with."""
    rows = {}
    for step in best(figures):
        used = step["cpu_ms_per_life"]
        label = f"{KINDS[step['kind']]}, {number(step['offered_per_s'])}/s"
        rows[label] = {stage: round(used[stage], 1) for stage in stages_of([step])}
    return stacks("每件所用处理器时间（毫秒） CPU time of one life (ms)", rows)


def peers(figures: Mapping[str, Any]) -> str:
    """Draw how many lives a second the city completes, and others record."""
    theirs = figures["peers"]
    engine = theirs.get("flowable", {})
    ours = {kind: f"通办 the city: {name}" for kind, name in KINDS.items()}
    seen = {
        ours["instant"]: figures.get("instant_per_s"),
        "Flowable: instant, two transactions": engine.get("instant_per_s"),
        "Flowable: instant, one transaction": engine.get("at_once_per_s"),
        "eventsourcing: instant, event by event": theirs.get("library_per_s"),
        "COPY: instant": theirs.get("copy_per_s"),
        "Kafka: instant, produce": theirs.get("produce_per_s"),
        "Kafka: instant, consume": theirs.get("consume_per_s"),
        ours["grain"]: figures.get("grain_per_s"),
        "Flowable: grain": engine.get("grain_per_s"),
    }
    rows = {label: value for label, value in seen.items() if value}
    axis = decades("每秒件数（对数） lives a second (log)", list(rows.values()))
    title = "同一机器上的比较 Beside others on the same machine"
    return bars(title, axis, rows, set(ours.values()))


def growth(figures: Mapping[str, Any]) -> str:
    """Draw how the rate, and the p95 of each page, change with what is stored."""
    steps = [step for step in figures["growth"] if "pages" in step]
    thousands = [step["cases"] / 1000 for step in steps]
    x = upwards("已存千件 thousands of cases stored", max(thousands))
    lives = {
        label: [
            (at, step[f"{kind}_per_s"])
            for at, step in zip(thousands, steps, strict=True)
            if f"{kind}_per_s" in step
        ]
        for kind, label in KINDS.items()
    }
    rates = [rate for points in lives.values() for _, rate in points]
    took: dict[str, list[tuple[float, float]]] = {}
    for at, step in zip(thousands, steps, strict=True):
        for page, ms in step["pages"].items():
            took.setdefault(page, []).append((at, ms))
    every = [ms for points in took.values() for _, ms in points]
    return plots(
        "数据增长以后 As the city grows",
        [
            Plot("速度 rate", x, upwards("每秒件数 lives a second", max(rates)), lives),
            Plot("页面 pages", x, decades("p95 毫秒（对数） ms (log)", every), took),
        ],
    )


# The pictures by name: which results they show, and how.
CHARTS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "rates": ("speed", rates),
    "waits": ("speed", waits),
    "cpu": ("speed", cpu),
    "peers": ("speed", peers),
    "growth": ("growth", growth),
}


def drawn(results: Path = RESULTS) -> dict[str, str]:
    """Return the pictures, by name, of all results that are there."""
    found = {name: (draw, kept(of, results)) for name, (of, draw) in CHARTS.items()}
    return {name: draw(figures) for name, (draw, figures) in found.items() if figures}


def _by_kind(figures: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    kinds = dict.fromkeys(step["kind"] for step in figures["steps"])
    return {k: [s for s in figures["steps"] if s["kind"] == k] for k in kinds}


def main() -> None:
    for name, picture in drawn().items():
        (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")
        print(f"docs/pictures/{name}.svg")
    said = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(brought_up_to_date(said), encoding="utf-8")
    print("docs/performance.md")


if __name__ == "__main__":
    main()
