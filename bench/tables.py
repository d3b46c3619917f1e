"""The tables of `docs/performance.md`, made of what is kept in `results`.

Each stands between `<!-- from bench/results/NAME.json: TABLE -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import RESULTS, kept
from bench.speed import keeps_up

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
MARKED = re.compile(
    r"(<!-- from bench/results/(\w+)\.json: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL
)
NOT_YET = "尚未测量 Not measured yet.\n"
STAGES = ["gateway", "postgres", "intake", "review", "credentials", "monitoring"]
LAST = ["kafka", "up", "load"]
# What each of the peers did, by its key in the figures.
PEERS = {
    "library_per_s": "`eventsourcing` as it comes, one transaction an event",
    "copy_per_s": "COPY of the same rows",
    "produce_per_s": "the same messages to Kafka",
    "consume_per_s": "the same messages from Kafka",
}
ENGINE = {
    "instant": "Flowable: recorded, then decided (two transactions)",
    "at_once": "Flowable: all at once (one transaction, no deadline stored)",
    "grain": "Flowable: six acts of five people",
}


def brought_up_to_date(document: str, results: Path = RESULTS) -> str:
    """Return the document with every marked table made anew."""

    def anew(marked: re.Match[str]) -> str:
        begin, name, table, end = marked.groups()
        found = kept(name, results)
        return f"{begin}{TABLES[table](found) if found else NOT_YET}{end}"

    return MARKED.sub(anew, document)


def number(value: float | None) -> str:
    """Return three digits that count, thousands apart; a dash for nothing."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{float(f'{value:.3g}'):g}"


def best(figures: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the greatest rate of each kind that was kept up with."""
    for kind in dict.fromkeys(step["kind"] for step in figures["steps"]):
        of_kind = [s for s in figures["steps"] if s["kind"] == kind and keeps_up(s)]
        yield from of_kind[-1:]


def stages_of(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the stages that used anything, the services before what they stand on."""
    used = {s for step in steps for s, ms in step["cpu_ms_per_life"].items() if ms}
    others = sorted(used - {*STAGES, *LAST})
    return [s for s in (*STAGES, *others, *LAST) if s in used]


def rates(figures: Mapping[str, Any]) -> str:
    head = "workload | offered/s | completed/s | visible p50 · p95 · p99 ms"
    head += " | 202 p50 · p95 · p99 ms | CPU ms a life, load included | memory MB"
    return _table(
        head.split(" | "),
        [
            [
                step["kind"],
                number(step["offered_per_s"]),
                number(step["done_per_s"]),
                _spread(step["visible"]) if keeps_up(step) else "(does not keep up)",
                _spread(step["recorded"]) if keeps_up(step) else "",
                f"{sum(step['cpu_ms_per_life'].values()):.1f}",
                number(step["memory_mb"]),
            ]
            for step in figures["steps"]
        ],
        figures,
        f"{figures['seconds']:g} s at each rate",
    )


def stages(figures: Mapping[str, Any]) -> str:
    steps = list(best(figures))
    shown = stages_of(steps)
    rows = [
        [f"{step['kind']} at {number(step['offered_per_s'])}/s"]
        + [f"{step['cpu_ms_per_life'].get(stage, 0):.1f}" for stage in shown]
        for step in steps
    ]
    return _table(["", *shown], rows)


def peers(figures: Mapping[str, Any]) -> str:
    found = figures.get("peers", {})
    rows = [
        [label, "instant", number(theirs), _times(figures.get("instant_per_s"), theirs)]
        for key, label in PEERS.items()
        if (theirs := found.get(key))
    ]
    for kind, label in ENGINE.items():
        theirs = found.get("flowable", {}).get(f"{kind}_per_s")
        if theirs:
            ours = "grain" if kind == "grain" else "instant"
            times = _times(figures.get(f"{ours}_per_s"), theirs)
            rows.append([label, ours, number(theirs), times])
    if "flowable" not in found:
        rows.append(["Flowable", "", "not measured in this run", ""])
    return _table(["", "workload", "lives/s", "the city's are so many times"], rows)


def screens(figures: Mapping[str, Any]) -> str:
    rows = [
        [name, *(number(took.get(f"p{n}_ms")) for n in (50, 95, 99))]
        for name, took in figures["screens"].items()
    ]
    what = f"{figures['cases']:,} cases"
    return _table(["question", "p50 ms", "p95 ms", "p99 ms"], rows, figures, what)


def growth(figures: Mapping[str, Any]) -> str:
    pages = list(
        dict.fromkeys(p for one in figures["growth"] for p in one.get("pages", {}))
    )
    rows = [
        [f"{one['cases']:,}"]
        + [_beside_smallest(figures["growth"], one, kind) for kind in LED]
        + [number(one.get("pages", {}).get(page)) for page in pages]
        for one in figures["growth"]
    ]
    rates = [f"{kind}/s (of the smallest)" for kind in LED.values()]
    head = ["cases stored", *rates, *(f"{page} p95 ms" for page in pages)]
    picture = "\n![Rate and p95 of pages by cases stored](pictures/growth.svg)\n"
    return _table(head, rows, figures) + picture


def _beside_smallest(
    sizes: Sequence[Mapping[str, Any]], one: Mapping[str, Any], kind: str
) -> str:
    """Return a rate, and what share it is of that of the smallest size measured."""
    rates = [size[kind] for size in sizes if size.get(kind)]
    rate = one.get(kind)
    return f"{number(rate)} ({rate / rates[0]:.0%})" if rate else number(None)


def starting(figures: Mapping[str, Any]) -> str:
    sizes = [one for one in figures["growth"] if one.get("start_up_s")]
    services = list(dict.fromkeys(name for one in sizes for name in one["start_up_s"]))
    rows = [
        [f"{one['cases']:,}", *(number(one["start_up_s"].get(s)) for s in services)]
        for one in sizes
    ]
    return _table(["cases stored", *(f"{s} s" for s in services)], rows)


def spike(figures: Mapping[str, Any]) -> str:
    answers = figures["answers"]
    after = figures["recovered_after_s"]
    rows = [
        ["offered", f"{figures['offered']:,} in {figures['seconds']:g} s"],
        ["really came, a second", number(figures.get("arrived_per_s"))],
        ["taken (200, 202)", f"{answers.get('200', 0) + answers.get('202', 0):,}"],
        ["told to return (429)", f"{answers.get('429', 0):,}"],
        ["errors", f"{figures['errors_percent']:g} %"],
        ["202 p50 · p95 · p99 ms", _spread(figures["recorded_in_spike"])],
        [
            "within twice of calm, after the last came",
            "it was not" if after is None else f"{after:g} s",
        ],
        ["lost · doubled · wrong", " · ".join(str(figures[k]) for k in WRONG)],
    ]
    return _table(["", ""], rows, figures)


def recovery(figures: Mapping[str, Any]) -> str:
    rows = [
        [name, number(each["median_s"]), " · ".join(map(number, each["all_s"]))]
        for name, each in figures["recovery"].items()
    ]
    return _table(["what", "median s", "each time, s"], rows, figures)


def catching_up(figures: Mapping[str, Any]) -> str:
    names = ("events", "messages", "seconds", "messages_per_s", "cpu_us_per_message")
    rows = [
        [f"`{one['source']}`", *(number(one.get(name)) for name in names)]
        for one in figures["logs"]
    ]
    head = ["log", "events", "messages", "s", "messages/s", "CPU µs a message"]
    return _table(head, rows, figures)


def rebuilding(figures: Mapping[str, Any]) -> str:
    before, meanwhile = figures["pages_before"], figures.get("pages_meanwhile")
    looks = (before, meanwhile or {})
    view = [[f"`{figures['view']}`"] + [number(figures.get(n)) for n in REBUILT]]
    rows = [
        [page, *(number((each.get(page) or {}).get("p95_ms")) for each in looks)]
        for page in before
    ]
    told = _table(["view", "messages", "s", "messages/s"], view, figures)
    return f"{told}\n{_table(['page, p95 ms', 'before', 'meanwhile, at worst'], rows)}"


LED = {"instant_per_s": "instant", "grain_per_s": "grain"}
REBUILT = ("messages", "seconds", "messages_per_s")
WRONG = ("lost", "doubled", "wrong")
TABLES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    each.__name__: each
    for each in (
        rates,
        stages,
        peers,
        screens,
        growth,
        starting,
        spike,
        recovery,
        catching_up,
        rebuilding,
    )
}


def _times(ours: float | None, theirs: float) -> str:
    if ours is None:
        return number(None)
    return f"{ours / theirs:.2g}" if ours > theirs / 10 else f"{ours / theirs:.3f}"


def _spread(took: Mapping[str, float]) -> str:
    return " · ".join(number(took.get(f"p{n}_ms")) for n in (50, 95, 99))


def _table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    figures: Mapping[str, Any] | None = None,
    what: str = "",
) -> str:
    """Return a table; above it, if figures are given, when and where they were seen."""
    lines = []
    if figures and "machine" in figures:
        m = figures["machine"]
        seen = f"{m['date']}, {m['cores']} cores ({m['cpu']}), {m['memory_gb']} GiB"
        lines += [f"{seen}{'; ' if what else ''}{what}:", ""]
    lines += [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
