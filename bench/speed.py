"""Whole lives a second, how long people wait, and what each stage costs."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.city import City, city, machine
from bench.figures import can_be_saved, tell
from bench.history import History, percentiles
from bench.load import People, offer
from bench.peers import flowable
from bench.peers.limits import lives_per_second
from shared.runtime.settings import Settings

SETTLED_WITHIN = 120.0  # seconds for what was begun to be complete
KEEPS_UP = 0.95  # share of what is offered that must be completed while it is offered
FATES = {"instant": "instant", "grain": "delivered"}
LADDER = {
    "instant": (50, 100, 150, 200, 250, 300, 350, 400),
    "grain": (10, 20, 30, 40, 50, 60, 80, 100, 120),
}


async def step(
    city: City, people: People, history: History, kind: str, rate: float, seconds: float
) -> dict[str, Any]:
    """Offer one rate; return what was completed, how fast, and at what cost."""
    history.clear()
    before, used = city.completed(), city.stages()
    began = time.monotonic()
    name = f"{kind}-{rate:g}-{time.time():.0f}"
    lives = asyncio.create_task(
        offer(
            people,
            rate,
            seconds,
            lambda _: FATES[kind],
            name,
            prefer=lambda number: number % 2 == 0,
        )
    )
    marks = [(0.0, before)]
    wanted = before + int(rate * seconds)
    while not lives.done() or marks[-1][1] < wanted:
        await asyncio.sleep(1.0)
        done = await asyncio.to_thread(city.completed)
        marks.append((time.monotonic() - began, done))
        if marks[-1][0] > seconds + SETTLED_WITHIN:
            lives.cancel()
            await asyncio.gather(lives, return_exceptions=True)
            break
        if lives.done():
            lives.result()
    count = marks[-1][1] - before
    stages = {
        stage: round(1000 * (after - used.get(stage, 0.0)) / max(count, 1), 2)
        for stage, after in city.stages().items()
    }
    return {
        "kind": kind,
        "offered_per_s": rate,
        "done_per_s": round(_steady(marks, seconds), 1),
        "completed": count,
        "begun": int(rate * seconds),
        "settled_after_s": round(marks[-1][0] - seconds, 1),
        "visible": percentiles(history.visible),
        "recorded": percentiles(history.recorded),
        "answers": dict(history.statuses),
        "cpu_ms_per_life": stages,
        "memory_mb": city.memory_mb(),
    }


def _steady(marks: Sequence[tuple[float, int]], seconds: float) -> float:
    """Return the rate of completion over the second half of the time of offering."""
    half = [mark for mark in marks if seconds / 2 <= mark[0] <= seconds + 1.5]
    (begin, first), (end, last) = half[0], half[-1]
    return (last - first) / (end - begin)


def keeps_up(step: Mapping[str, Any]) -> bool:
    return bool(step["done_per_s"] >= KEEPS_UP * step["offered_per_s"])


def credited(steps: Sequence[Mapping[str, Any]]) -> float:
    """Return the best rate that was kept up with; 0 if none was.

    What was completed beyond what was offered is backlog, and counts for nothing.
    """
    return max(
        (min(s["done_per_s"], s["offered_per_s"]) for s in steps if keeps_up(s)),
        default=0.0,
    )


async def climb(
    city: City, kind: str, rates: Sequence[float], seconds: float, console: Console
) -> list[dict[str, Any]]:
    """Offer more and more until it is too much."""
    history = History()
    people = People(*city.address, history)
    await people.arrive()
    found = []
    try:
        await step(city, people, history, kind, rates[0], 10)  # everything warms up
        for rate in rates:
            one = await step(city, people, history, kind, rate, seconds)
            found.append(one)
            console.print(one)
            if not keeps_up(one):
                break
    finally:
        people.close()
    return found


def beside(settings: Settings, seconds: float, console: Console) -> dict[str, Any]:
    """Return what the peers do on the same machine, while the city stands idle."""
    if not seconds:
        return {}
    found: dict[str, Any] = dict(lives_per_second(settings, seconds))
    try:
        found["flowable"] = flowable.lives_per_second(settings, seconds)
    except flowable.Missing as missing:
        console.print(f"Flowable is left out: {missing}", style="bold")
    return found


def summary(steps: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Return the best rate of each kind, and how long people wait at half of it.

    The best is what is credited; 0 if nothing was kept up with.
    `visible`: until what follows can be seen; `accepted`: until it is recorded; None
    if nobody was answered. Without a kind before it, it is the longer of the two.
    """
    found: dict[str, float | None] = {}
    for kind in dict.fromkeys(one["kind"] for one in steps):
        ours = [one for one in steps if one["kind"] == kind]
        best = found[f"{kind}_per_s"] = credited(ours)
        half = min(ours, key=lambda one: abs(one["offered_per_s"] - best / 2))
        waits = {
            "visible_p95_ms": half["visible"].get("p95_ms"),
            "accepted_p99_ms": half["recorded"].get("p99_ms"),
        }
        for name, took in waits.items():
            found[f"{kind}_{name}"] = took
            known = [each for each in (took, found.get(name)) if each is not None]
            found[name] = max(known, default=None)
    return found


def ratios(
    ours: Mapping[str, float | None], theirs: Mapping[str, float]
) -> dict[str, float]:
    """Return Flowable's lives a second by kind, and how many times as many ours are."""
    found = {f"flowable_{k}": v for k, v in theirs.items() if k.endswith("_per_s")}
    for kind in FATES:
        name = f"{kind}_per_s"
        if (own := ours.get(name)) is not None and name in theirs:
            found[f"{kind}_to_flowable"] = round(own / theirs[name], 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=["instant", "grain"])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument(
        "--peers",
        type=float,
        default=8.0,
        help="seconds for each of the peers; 0: without them",
    )
    parser.add_argument("--rates", type=float, nargs="*")
    parser.add_argument("--place", type=Path, help="a folder to keep; else a new one")
    can_be_saved(parser)
    asked = parser.parse_args()
    console = Console(stderr=True)
    steps: list[dict[str, Any]] = []
    peers: dict[str, Any] = {}
    for kind in asked.kinds:
        with city(asked.place) as whole:  # the other kind leaves much to tidy up
            if not peers:
                peers = beside(whole.settings(), asked.peers, console)
                console.print(peers)
            rates = asked.rates or LADDER[kind]
            steps += asyncio.run(climb(whole, kind, rates, asked.seconds, console))
    best = summary(steps)
    figures = {
        "machine": machine(),
        "seconds": asked.seconds,
        "cases": sum(one["completed"] for one in steps),
        **best,
        **ratios(best, peers.get("flowable", {})),
        "peers": peers,
        "steps": steps,
    }
    tell(figures, asked.save)


if __name__ == "__main__":
    main()
