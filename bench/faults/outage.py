"""Kafka is away for minutes while people go on applying; then a check.

It says how many were told "recorded" meanwhile, and how soon all of them had a case.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from bench.city import City, city, machine
from bench.faults.checker import check
from bench.faults.rest import at_rest
from bench.figures import can_be_saved, tell
from bench.history import History
from bench.load import LIVES, People, offer
from deploy.kafka import kafka as apache

BEFORE = 5.0  # seconds that people work before it goes away
AFTER = 5.0  # and after it is back
CAUGHT_UP_WITHIN = 240.0
RESTED_WITHIN = 240.0
ENDED_WITHIN = 300.0  # for lives, after the last of them has begun


@dataclass(frozen=True)
class Outage:
    """What came of it: acts acknowledged and applications recorded while it was away.

    Seconds are counted from when Kafka listens again.
    """

    away_s: float
    acknowledged: int
    recorded: int
    caught_up_after_s: float
    done_after_s: float


@contextmanager
def at_work(
    city: City, history: History, name: str, rate: float, seconds: float, seed: int
) -> Iterator[None]:
    """Let people lead lives of every kind meanwhile; wait at the end for all of them.

    Raises the first failure of a life.
    """
    failures: list[BaseException] = []

    async def work() -> None:
        people = People(*city.address, history)
        await people.arrive()
        chance = random.Random(seed)
        fates = chance.choices(list(LIVES), k=int(rate * seconds))
        await offer(
            people,
            rate,
            seconds,
            lambda number: fates[number],
            name,
            prefer=lambda number: number % 2 == 0,
        )
        people.close()

    def run() -> None:
        try:
            asyncio.run(work())
        except BaseException as failure:  # noqa: BLE001 - raised by who waits
            failures.append(failure)

    thread = Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join(ENDED_WITHIN + seconds)
    if failures:
        raise failures[0]
    if thread.is_alive():
        raise TimeoutError(f"{name}: lives do not end")


def outage(
    city: City,
    history: History,
    name: str,
    rate: float,
    seconds: float,
    meanwhile: Callable[[], None] = lambda: None,
) -> Outage:
    """Stop Kafka for so many seconds; return once everybody has done what they meant.

    `meanwhile` is done once while it is away.
    """
    kafka = city.kafka_data
    assert kafka is not None, "the bundled broker keeps nothing: it can't be away long"
    port = int(city.kafka.rpartition(":")[2])
    before = len(history.acknowledged)
    with at_work(city, history, name, rate, BEFORE + seconds + AFTER, seed=2016):
        _wait(lambda: len(history.acknowledged) > before, 60)
        time.sleep(BEFORE)
        apache.stop(kafka)
        left = time.monotonic()
        known, asked = _applications(history), len(history.acknowledged)
        meanwhile()
        time.sleep(max(0.0, left + seconds - time.monotonic()))
        acknowledged = len(history.acknowledged) - asked
        recorded = _applications(history)
        apache.start(kafka, port)
        back = time.monotonic()
        _wait(lambda: _submitted(city) >= recorded, CAUGHT_UP_WITHIN)
        caught_up = time.monotonic()
    return Outage(
        away_s=round(back - left, 1),
        acknowledged=acknowledged,
        recorded=recorded - known,
        caught_up_after_s=round(caught_up - back, 1),
        done_after_s=round(time.monotonic() - back, 1),
    )


def _applications(history: History) -> int:
    return sum(a.asked.act == "submit" for a in list(history.acknowledged.values()))


def _submitted(city: City) -> int:
    with city.database("tongban_intake") as connection:
        row = connection.execute(
            "SELECT count(*) FROM events WHERE topic = 'intake.Application.Submitted'"
        ).fetchone()
    return int(str(row[0])) if row else 0


def _wait(true: Callable[[], bool], within: float) -> None:
    ends = time.monotonic() + within
    while not true():
        if time.monotonic() > ends:
            raise TimeoutError(f"not within {within:g} s")
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="without Kafka")
    parser.add_argument("--rate", type=float, default=1.0, help="applications a second")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--place", type=Path, help="a folder to keep; else a new one")
    can_be_saved(parser)
    asked = parser.parse_args()
    history = History()
    with city(asked.place, workers=asked.workers) as whole:
        found = outage(whole, history, "outage", asked.rate, 60 * asked.minutes)
        at_rest(whole, RESTED_WITHIN)
        verdict = check(whole.settings(), history, datetime.now(UTC))
    tell({"machine": machine(), **asdict(found), **verdict.figures()}, asked.save)
    sys.exit(0 if verdict.is_clean else 1)


if __name__ == "__main__":
    main()
