"""Does it stay as fast when it has grown? Rate, pages and start-up at several sizes.

The cases are led by the services' own code on their own databases (bench/growing);
then the whole city starts on Apache Kafka, and goes on from there. What was saved of
other sizes stays: the largest may be filled in a folder of its own, overnight.
"""

from __future__ import annotations

import argparse
import asyncio
import time
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
from bench.load import People
from bench.speed import FATES

SIZES = (10_000, 100_000, 1_000_000)
AT_REST_WITHIN = 600.0  # seconds


async def lead(
    whole: City, kind: str, together: int, seconds: float, times: int
) -> dict[str, Any]:
    """Let so many people lead one life after the other; return the rates."""
    history = History()
    people = People(*whole.address, history)
    await people.arrive()
    name = f"growth-{kind}-{time.time():.0f}"
    await _live(people, kind, f"{name}-warm", together, min(seconds, 5.0))
    history.clear()
    rates = []
    for number in range(times):
        before, began = await asyncio.to_thread(whole.completed), time.monotonic()
        await _live(people, kind, f"{name}-{number}", together, seconds)
        took = time.monotonic() - began
        done = await asyncio.to_thread(whole.completed) - before
        rates.append(round(done / took, 1))
    people.close()
    return {
        f"{kind}_per_s": median(rates),
        f"{kind}_each_per_s": rates,
        f"{kind}_visible": percentiles(history.visible),
    }


async def _live(
    people: People, kind: str, name: str, together: int, seconds: float
) -> None:
    ends = time.monotonic() + seconds

    async def person(number: int) -> None:
        lives = 0
        while time.monotonic() < ends:
            await people.live(f"{name}-{number}-{lives}", FATES[kind], think=0.0)
            lives += 1

    async with asyncio.TaskGroup() as group:
        for number in range(together):
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
