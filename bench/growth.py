"""Does it stay as fast when it has grown? Rate, pages and start-up at several sizes.

The cases are led by the services' own code on their own databases (bench/growing);
then the whole city starts on Apache Kafka, and goes on from there. What was saved of
other sizes stays: the largest may be filled in a folder of its own, overnight.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import structlog
from rich.console import Console

from bench.city import City, city, machine
from bench.faults.rest import at_rest
from bench.figures import can_be_saved, kept, tell
from bench.growing.fill import OPEN, fill
from bench.growing.looking import look
from bench.growing.starting import start_up_times
from bench.history import History, percentiles
from bench.load import THINK, People
from bench.speed import FATES

SIZES = (10_000, 100_000, 1_000_000)
AT_REST_WITHIN = 600.0  # seconds
WARM = {"instant": 5.0, "grain": 10.0}  # seconds before anything is counted
MORE = 8  # times as many people lead lives of several acts: they think in between


async def lead(
    whole: City, kind: str, together: int, seconds: float, times: int
) -> dict[str, Any]:
    """Let so many people lead one life after the other; return the rates."""
    history = History()
    people = People(*whole.address, history)
    await people.arrive()
    ends = time.monotonic() + WARM[kind] + seconds * times
    living = asyncio.create_task(_live(people, kind, together, ends))
    await asyncio.sleep(WARM[kind])
    history.clear()
    marks = [await _mark(whole)]
    for _ in range(times):
        await asyncio.sleep(seconds)
        marks.append(await _mark(whole))
    await living
    people.close()
    rates = [
        round((done - before) / (at - began), 1)
        for (began, before), (at, done) in pairwise(marks)
    ]
    return {
        f"{kind}_per_s": median(rates),
        f"{kind}_each_per_s": rates,
        f"{kind}_visible": percentiles(history.visible),
    }


async def _mark(whole: City) -> tuple[float, int]:
    return time.monotonic(), await asyncio.to_thread(whole.completed)


async def _live(people: People, kind: str, together: int, ends: float) -> None:
    name, is_grain = f"growth-{kind}-{time.time():.0f}", kind == "grain"
    think = THINK if is_grain else 0.0

    async def person(number: int) -> None:
        lives = 0
        while time.monotonic() < ends:
            life = f"{name}-{number}-{lives}"
            await people.live(life, FATES[kind], think, prefer=True)
            lives += 1

    async with asyncio.TaskGroup() as group:
        for number in range(together * (MORE if is_grain else 1)):
            group.create_task(person(number))


def measured(place: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """Start the city that is there, measure it, let it come to rest and stop it."""
    with start_up_times(place / "city") as started, city(place) as whole:
        took = asyncio.run(look(whole, asked.users, asked.looks, asked.pause))
        figures: dict[str, Any] = {
            "pages": {page: each["p95_ms"] for page, each in took.items()},
            "start_up_s": started,
        }
        for kind in FATES:
            led = lead(whole, kind, asked.together, asked.seconds, asked.times)
            figures |= asyncio.run(led)
        figures["memory_mb"] = whole.memory_mb()
        at_rest(whole, AT_REST_WITHIN)
    return figures


def with_others(found: list[dict[str, Any]], save: Path) -> list[dict[str, Any]]:
    """Return what was found, and what a file has of other sizes, the smallest first."""
    before = (kept(save.stem, save.parent) or {}).get("growth", [])
    sizes = {one["cases"]: one for one in (*before, *found)}
    return [sizes[size] for size in sorted(sizes)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--place", type=Path, default=Path("var/growth"), help="kept")
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--open", type=float, default=OPEN, help="share left open")
    parser.add_argument("--fill-only", action="store_true", help="measure nothing")
    parser.add_argument("--users", type=int, default=8, help="who look together")
    parser.add_argument("--looks", type=int, default=40, help="of each at each page")
    parser.add_argument("--pause", type=float, default=0.2, help="seconds in between")
    parser.add_argument("--together", type=int, default=48, help="people who act")
    parser.add_argument("--seconds", type=float, default=20.0, help="that they do")
    parser.add_argument(
        "--times", type=int, default=3, help="of each; the median counts"
    )
    can_be_saved(parser)
    asked = parser.parse_args()
    if asked.fill_only and asked.save:
        parser.error("--save keeps what was measured: leave out --fill-only")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    console = Console(stderr=True)
    found: list[dict[str, Any]] = []
    for size in sorted(asked.sizes):
        filled = fill(asked.place, size, console, asked.seed, asked.open)
        one: dict[str, Any] = {"cases": filled.cases, "date": machine()["date"]}
        if filled.added:
            one["filled_per_s"] = filled.per_second
        if not asked.fill_only:
            one |= measured(asked.place.resolve(), asked)
        found.append(one)
        console.print(one)
    if asked.save:
        found = with_others(found, asked.save)
    tell({"machine": machine(), "growth": found}, asked.save)


if __name__ == "__main__":
    main()
