"""How long until all is at work again when one thing dies, or stops, under load.

A part is at work again when every partition that was heard just before has been heard
further than when it died, by whoever hears it now.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import psycopg
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.progress import Progress

from bench.city import City, city, machine
from bench.figures import can_be_saved, tell
from bench.history import History
from bench.load import People, offer

RATE = 10.0  # cases a second, half of them led through the steps of the licence
WARM = 15.0  # seconds of work before anything dies, and between
JUST_BEFORE = 4.0  # seconds: what was heard then must be heard again
LOOK_AGAIN = 0.1
GIVEN_UP = 120.0

Where = tuple[str, str, str, int]  # database, source, topic, partition
Places = Mapping[Where, int]
SERVICES = ("intake", "credentials", "review", "monitoring", "gateway")


@dataclass(frozen=True)
class Case:
    """What happens, and which services must be at work again after it."""

    name: str
    strike: Callable[[City], Awaitable[None]]
    heard_by: tuple[str, ...]
    workers: int


def killed(part: str) -> Callable[[City], Awaitable[None]]:
    async def strike(city: City) -> None:
        [process, *_] = city.processes(part)
        process.kill()

    return strike


async def _stop_one_intake(city: City) -> None:
    """The zombie: it goes on after all is measured."""
    [process, *_] = city.processes("services.intake")
    process.suspend()


async def _crash_kafka(city: City) -> None:
    await asyncio.to_thread(city.crash_kafka)


async def _crash_postgres(city: City) -> None:
    [process] = city.processes("postgres -D")
    process.send_signal(signal.SIGQUIT)  # immediate: as if the power failed


CASES = (
    Case("intake killed", killed("services.intake"), ("intake",), 1),
    Case("credentials killed", killed("services.credentials"), ("credentials",), 1),
    Case("gateway killed", killed("services.gateway"), ("gateway",), 1),
    Case("Faust worker killed", killed("services.monitoring"), ("monitoring",), 1),
    Case("Kafka killed", _crash_kafka, SERVICES, 1),
    Case("PostgreSQL stopped at once", _crash_postgres, SERVICES, 1),
    Case("one of two intakes killed", killed("services.intake"), ("intake",), 2),
    Case("one of two intakes stopped", _stop_one_intake, ("intake",), 2),
    Case(
        "one of two Faust workers killed",
        killed("services.monitoring"),
        ("monitoring",),
        2,
    ),
)


def heard(city: City, services: tuple[str, ...]) -> Places:
    """Return how far each partition has been heard. Raises OperationalError."""
    found: dict[Where, int] = {}
    with psycopg.connect(city.postgres, connect_timeout=2) as server:
        names = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'tongban\\_%'"
        ).fetchall()
    for (name,) in names:
        if not any(str(name).startswith(f"tongban_{each}") for each in services):
            continue
        where = make_conninfo(city.postgres, dbname=name, connect_timeout=2)
        with psycopg.connect(where) as connection:
            rows = connection.execute(
                "SELECT source, topic, partition, min(position) FROM positions"
                " GROUP BY 1, 2, 3"
            ).fetchall()
        found |= {(name, source, topic, part): at for source, topic, part, at in rows}
    return found


class NothingMoves(RuntimeError):
    """Nobody heard anything just before a strike: no recovery could be seen."""


async def recovery(city: City, case: Case, life: asyncio.Task[None]) -> float | None:
    """Strike; return the seconds until all that moved before moves again.

    Raises NothingMoves, or what has ended the load.
    """
    before = await asyncio.to_thread(heard, city, case.heard_by)
    await asyncio.sleep(JUST_BEFORE)
    then = await asyncio.to_thread(heard, city, case.heard_by)
    moving = {where for where, at in then.items() if at > before.get(where, 0)}
    _goes_on(life)
    if not moving:
        raise NothingMoves(case.name)
    began = time.monotonic()
    await case.strike(city)
    await asyncio.sleep(LOOK_AGAIN)  # what was under way is done, or never will be
    then = {}
    while (passed := time.monotonic() - began) < GIVEN_UP:
        _goes_on(life)
        now = await _heard(city, case.heard_by)
        if now and not then:
            then = now  # what was stored before it died counts for nothing
        elif now:
            moving -= {w for w in moving if now.get(w, 0) > then.get(w, 0)}
        if not moving:
            return round(passed, 1)
        await asyncio.sleep(LOOK_AGAIN)
    return None


def _goes_on(life: asyncio.Task[None]) -> None:
    """Raise what has ended the load, if anything has."""
    if life.done():
        life.result()


async def _heard(city: City, services: tuple[str, ...]) -> Places | None:
    try:
        return await asyncio.to_thread(heard, city, services)
    except psycopg.OperationalError:
        return None


async def measured(
    city: City, cases: list[Case], times: int, progress: Progress
) -> dict[str, Any]:
    people = People(*city.address, History())
    await people.arrive()
    bar = progress.add_task("recoveries", total=len(cases) * times)
    life = asyncio.create_task(
        offer(people, RATE, 3600, lambda n: ("instant", "granted")[n % 2], "recovery")
    )
    found: dict[str, Any] = {}
    try:
        for case in cases:
            each = []
            for _ in range(times):
                await asyncio.sleep(WARM)
                each.append(await recovery(city, case, life))
                for process in psutil.Process(city.running.process.pid).children():
                    if process.status() == psutil.STATUS_STOPPED:
                        process.resume()
                progress.advance(bar)
            known = [seconds for seconds in each if seconds is not None]
            found[case.name] = {
                "median_s": median(known) if len(known) == times else None,
                "all_s": each,
            }
            progress.console.print(case.name, found[case.name])
        _goes_on(life)
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        people.close()
    return found


def all_recovered(found: Mapping[str, Mapping[str, Any]]) -> bool:
    return all(took is not None for each in found.values() for took in each["all_s"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="each of them")
    parser.add_argument("--place", type=Path, help="a folder to keep; else a new one")
    can_be_saved(parser)
    asked = parser.parse_args()
    found: dict[str, Any] = {}
    with Progress(console=Console(stderr=True)) as progress:
        for workers in (1, 2):
            cases = [case for case in CASES if case.workers == workers]
            place = asked.place and asked.place / str(workers)
            with city(place, workers=workers) as whole:
                found |= asyncio.run(measured(whole, cases, asked.times, progress))
    tell({"machine": machine(), "rate_per_s": RATE, "recovery": found}, asked.save)
    sys.exit(0 if all_recovered(found) else 1)


if __name__ == "__main__":
    main()
