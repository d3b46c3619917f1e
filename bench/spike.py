"""Far more people than can be served come at once, for a minute; then it is calm again.

Whoever is sent away (429), and is told when to return, does not return. What was
accepted must be done, once; and soon after the last of them has come, people must wait
within twice of calm again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bench.city import City, city, machine
from bench.faults.checker import Verdict, check
from bench.faults.rest import at_rest
from bench.figures import can_be_saved, tell
from bench.history import History, percentiles
from bench.load import People

RESTED_WITHIN = 240.0
RECOVERED_WITHIN = 60.0
LOOKED_AT = 3.0  # seconds of answers that tell whether it is calm again
CALM = 2.0  # times what people waited before: then it is


@dataclass
class Crowd:
    """People who come at a steady rate, each of whom asks once.

    A busy machine lets them come later than they are due: `began` and `last_came` say
    when they did.
    """

    people: People
    began: float = 0.0
    last_came: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)

    async def come(self, name: str, rate: float, seconds: float) -> None:
        """End when all have been answered. Every second one waits to see it done."""
        self.began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(int(rate * seconds)):
                if (early := self.began + number / rate - time.monotonic()) > 0:
                    await asyncio.sleep(early)
                group.create_task(self._one(f"{name}-{number}", number % 2 == 0))

    async def _one(self, name: str, prefer: bool) -> None:
        self.last_came = time.monotonic()
        self.statuses[await self.people.try_once(name, prefer)] += 1

    def arrived_per_s(self) -> float:
        """Return how many really came a second, all of them having been answered."""
        return round(self.statuses.total() / (self.last_came - self.began), 1)


async def spike(
    city: City, history: History, asked: argparse.Namespace, console: Console
) -> dict[str, Any]:
    people = People(*city.address, history)
    await people.arrive()
    half = asked.rate / 2
    with Progress(console=console) as progress:
        bar = progress.add_task("calm, spike, calm", total=3)
        await Crowd(people).come("warm", half, 15)
        history.clear()
        await Crowd(people).come("calm", half, 15)
        calm = percentiles(history.visible)
        progress.advance(bar)
        history.clear()
        crowd = Crowd(people)
        await crowd.come("spike", asked.rate * asked.times, asked.seconds)
        spiked = {str(status): count for status, count in history.statuses.items()}
        recorded = percentiles(history.recorded)
        progress.advance(bar)
        recovered = await _recovered(
            people, history, half, calm["p95_ms"] * CALM, crowd.last_came
        )
        progress.advance(bar)
    people.close()
    answered = crowd.statuses.total()
    errors = answered - sum(crowd.statuses[s] for s in (200, 202, 429))
    return {
        "calm": calm,
        "seconds": asked.seconds,
        "offered": answered,
        "arrived_per_s": crowd.arrived_per_s(),
        "answers": spiked,
        "recorded_in_spike": recorded,
        "errors_percent": round(100 * errors / answered, 3),
        "recovered_after_s": recovered,
    }


async def _recovered(
    people: People, history: History, rate: float, calm_ms: float, since: float
) -> float | None:
    """Return how many seconds after `since` people wait no longer than `calm_ms`."""
    while (passed := time.monotonic() - since) < RECOVERED_WITHIN:
        history.clear()
        crowd = Crowd(people)
        await crowd.come(f"after-{passed:.1f}", rate, LOOKED_AT)
        waited = percentiles(history.visible)
        is_taken = crowd.statuses[200] + crowd.statuses[202] == crowd.statuses.total()
        if is_taken and waited and waited["p95_ms"] <= calm_ms:
            return round(passed, 1)
    return None


def is_well(figures: Mapping[str, Any], verdict: Verdict) -> bool:
    """Return whether nothing is wrong, few met an error, and it is calm again."""
    is_calm = figures["recovered_after_s"] is not None
    return verdict.is_clean and figures["errors_percent"] < 1 and is_calm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="what can be sustained")
    parser.add_argument("--times", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--place", type=Path, help="a folder to keep; else a new one")
    can_be_saved(parser)
    asked = parser.parse_args()
    console = Console(stderr=True)
    history = History()
    with city(asked.place) as whole:
        figures = asyncio.run(spike(whole, history, asked, console))
        at_rest(whole, RESTED_WITHIN)
        verdict = check(whole.settings(), history, datetime.now(UTC))
    tell({"machine": machine(), **figures, **verdict.figures()}, asked.save)
    sys.exit(0 if is_well(figures, verdict) else 1)


if __name__ == "__main__":
    main()
