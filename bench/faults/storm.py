"""A storm: processes are killed and stopped at random while people work; then a check.

The same seed gives the same lives and the same plan of faults. On Apache Kafka there
are two processes of each service but the catalogue, so that partitions move; the second
gateway only hears. It ends with 1 if anything is wrong, or if most of the faults met
nobody.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.progress import Progress

from bench.city import City, city, machine, second_gateway
from bench.faults.checker import check
from bench.faults.rest import at_rest
from bench.figures import can_be_saved, tell
from bench.history import History
from bench.load import LIVES, People, offer
from deploy.kafka import kafka as apache
from shared.runtime.clock import Warp

STARTS = datetime(2016, 1, 4, 1, 0, tzinfo=UTC)  # a Monday, 9:00 in Zhengzhou
RATE = 40_000.0  # eleven hours a second: some cases are handled late
RESTED_WITHIN = 240.0
MOST = 2_000  # lives at once, while everything is down

KILLED = "killed"  # kill -9
STOPPED = "stopped"  # SIGSTOP, and SIGCONT after a while
CRASHED = "crashed"  # PostgreSQL: immediate stop; Kafka: kill -9, and start again

# Whom it hits, as a part of its command line, and how often in comparison.
VICTIMS: dict[str, int] = {
    "services.intake": 4,
    "services.review --agency 410185-grain": 3,
    "services.review --agency 410100-grain": 3,
    "services.credentials": 3,
    "services.monitoring": 4,
    "services.gateway": 3,
    "services.catalog": 1,
    "postgres -D": 2,
    "kafka": 2,
}
BUNDLED = "broker --listener-url"  # stands for Kafka where that is the bundled one


@dataclass(frozen=True)
class Fault:
    """What happens to whom, how many seconds after the beginning, and for how long."""

    at: float
    victim: str
    kind: str
    seconds: float
    choice: float  # which of several processes, from 0 to 1


def plan(
    seed: int, faults: int, over: float, longest_stop: float, embedded: bool = False
) -> list[Fault]:
    """Return the faults of a storm, in order."""
    chance = random.Random(seed)
    found = []
    for _ in range(faults):
        [victim] = chance.choices(list(VICTIMS), list(VICTIMS.values()))
        is_ground = victim in ("postgres -D", "kafka")
        if embedded and victim == "kafka":
            victim, is_ground = BUNDLED, True
        ended = CRASHED if is_ground else KILLED
        kind = chance.choice((ended, ended, STOPPED))
        found.append(
            Fault(
                chance.uniform(0, over),
                victim,
                kind,
                chance.uniform(longest_stop / 4, longest_stop),
                chance.random(),
            )
        )
    return sorted(found, key=lambda fault: fault.at)


class Storm:
    def __init__(self, city: City, faults: Sequence[Fault]) -> None:
        self._city = city
        self._faults = faults
        self._kafka = asyncio.Lock()
        self.done: Counter[str] = Counter()
        self.missed = 0  # faults that met nobody

    async def blow(self) -> None:
        """Do all that is planned, and let everything that was stopped go on."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in self._faults:
                await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
                group.create_task(self._strike(fault))

    async def _strike(self, fault: Fault) -> None:
        try:
            if fault.victim == "kafka":
                await self._hit_kafka(fault)
            else:
                await self._hit(self._find(fault), fault)
        except psutil.NoSuchProcess:
            self.missed += 1
        else:
            self.done[f"{fault.kind} {fault.victim}"] += 1

    async def _hit(self, process: psutil.Process, fault: Fault) -> None:
        """Raises NoSuchProcess if it has vanished before."""
        if fault.kind == CRASHED and fault.victim != BUNDLED:
            process.send_signal(signal.SIGQUIT)  # immediate: as if the power failed
        elif fault.kind in (KILLED, CRASHED):
            process.kill()
        else:
            await _stop(process, fault.seconds)

    async def _hit_kafka(self, fault: Fault) -> None:
        folder = self._city.kafka_data
        assert folder is not None, "the bundled broker is another victim"
        async with self._kafka:  # one after the other
            pid = apache.running(folder)
            assert pid is not None, "it was started when the last crash was over"
            if fault.kind == STOPPED:
                await _stop(psutil.Process(pid), fault.seconds)
            else:
                await asyncio.to_thread(self._city.crash_kafka)

    def _find(self, fault: Fault) -> psutil.Process:
        """Return one of the processes it may hit. Raises NoSuchProcess if none runs."""
        found = self._city.processes(fault.victim)
        if not found:
            raise psutil.NoSuchProcess(None, fault.victim)
        return found[int(fault.choice * len(found))]

    def figures(self) -> dict[str, int]:
        """Return how many faults struck, were planned, and met nobody."""
        return {
            "faults": self.done.total(),
            "planned": len(self._faults),
            "missed": self.missed,
        }

    @property
    def most_struck(self) -> bool:
        """Whether no more than half of the faults met nobody."""
        return self.missed <= len(self._faults) / 2


async def _stop(process: psutil.Process, seconds: float) -> None:
    """Let it and its children stand still for a while (those of PostgreSQL work).

    Raises NoSuchProcess if it has vanished before.
    """
    process.suspend()
    stopped = [process]
    try:
        for each in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                each.suspend()
                stopped.append(each)
        await asyncio.sleep(seconds)
    finally:
        for each in stopped:
            with suppress(psutil.NoSuchProcess):  # killed while it was stopped
                each.resume()


async def run(
    city: City, history: History, asked: argparse.Namespace, console: Console
) -> Storm:
    people = People(*city.address, history)
    await people.arrive()
    chance = random.Random(asked.seed)
    fates = chance.choices(list(LIVES), k=asked.cases)
    storm = Storm(
        city,
        plan(asked.seed, asked.faults, asked.over, asked.longest_stop, asked.embedded),
    )
    with Progress(console=console) as progress:
        bar = progress.add_task("acknowledged acts")
        lives = asyncio.create_task(
            offer(
                people,
                asked.cases / asked.over,
                asked.over,
                lambda number: fates[number],
                f"storm-{asked.seed}",
                prefer=lambda number: number % 2 == 0,
                most=MOST,
            )
        )
        blowing = asyncio.create_task(storm.blow())
        total = sum(len(LIVES[fate]) + 1 for fate in fates)
        progress.update(bar, total=total)
        while not (lives.done() and blowing.done()):
            await asyncio.sleep(0.5)
            progress.update(bar, completed=len(history.acknowledged))
            for task in (lives, blowing):
                if task.done():
                    task.result()
    people.close()
    console.print(storm.done, f"missed: {storm.missed}", history.statuses)
    return storm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--over", type=float, default=180.0, help="seconds")
    parser.add_argument("--longest-stop", type=float, default=60.0, help="seconds")
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--embedded", action="store_true")
    parser.add_argument("--place", type=Path, help="a folder to keep; else a new one")
    can_be_saved(parser)
    asked = parser.parse_args()
    console = Console(stderr=True)
    history = History()
    warp = Warp(STARTS.timestamp(), time.time() + 60, RATE)
    began = time.monotonic()
    with city(
        asked.place,
        str(warp),
        embedded=asked.embedded,
        workers=1 + (not asked.embedded),
    ) as whole:
        with nullcontext() if asked.embedded else second_gateway(whole):
            storm = asyncio.run(run(whole, history, asked, console))
        calmed = time.monotonic()
        at_rest(whole, RESTED_WITHIN)
        rested = time.monotonic() - calmed
        until = datetime.fromtimestamp(warp.at(time.time() - 2), UTC)
        verdict = check(whole.settings(), history, until)
    figures: dict[str, Any] = {
        "machine": machine(),
        **storm.figures(),
        "seed": asked.seed,
        "broker": "embedded" if asked.embedded else "apache",
        "rested_after_s": round(rested, 1),
        "seconds": round(time.monotonic() - began),
        **verdict.figures(),
    }
    tell(figures, asked.save)
    sys.exit(0 if verdict.is_clean and storm.most_struck else 1)


if __name__ == "__main__":
    main()
