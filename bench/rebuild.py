"""How fast a read model is told everything again, while people look at the pages.

For a city that bench.growth has filled, and whose logs bench.catchup has told.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console
from rich.progress import Progress

from bench.city import City, city, machine
from bench.faults.rest import at_rest
from bench.figures import can_be_saved, tell
from bench.growing.looking import look
from shared.runtime import wire
from shared.runtime.database import Pool, connected
from shared.runtime.views import Views
from tongban.rebuild import heard, models

AT_REST_WITHIN = 1_800.0  # seconds: all that is on Kafka is passed over once
LOOK_AGAIN = 0.2
USERS, PAUSE = 2, 0.2  # who look meanwhile, and the seconds between two looks


async def rebuilt(city: City, name: str, progress: Progress) -> dict[str, Any]:
    """Empty a view and wait until it has heard as far again; return how fast."""
    view = models()[name].view
    with connected(city.settings().database("tongban_gateway"), 2) as pool:
        goal = heard(pool, view.NAME)
        messages = await _messages(city, _partitions(pool, view.NAME))
        bar = progress.add_task(name, total=goal)
        began = time.monotonic()
        await asyncio.to_thread(Views(pool, [view]).forget, view.NAME)
        while (now := await asyncio.to_thread(heard, pool, view.NAME)) < goal:
            progress.update(bar, completed=now)
            await asyncio.sleep(LOOK_AGAIN)
        took = time.monotonic() - began
        progress.update(bar, completed=goal)
    return {
        "view": name,
        "messages": messages,
        "seconds": round(took, 1),
        "messages_per_s": round(messages / took),
    }


def _partitions(pool: Pool, view: str) -> list[TopicPartition]:
    with pool.connection() as connection:
        rows = connection.execute(
            "SELECT DISTINCT topic, partition FROM positions WHERE listener = %s",
            (view,),
        ).fetchall()
    return [TopicPartition(*row) for row in rows]


async def _messages(city: City, partitions: list[TopicPartition]) -> int:
    """Return how many messages they hold."""
    consumer = AIOKafkaConsumer(**wire.client(city.settings(), "bench.rebuild"))
    async with wire.running(consumer):
        return sum((await consumer.end_offsets(partitions)).values())


async def measured(city: City, name: str, progress: Progress) -> dict[str, Any]:
    """Rebuild while some look; return how long they waited before, and meanwhile."""
    calm = await look(city, USERS, 20, PAUSE)
    rebuilding = asyncio.create_task(rebuilt(city, name, progress))
    meanwhile = {}
    while not rebuilding.done():
        meanwhile = await look(city, USERS, 20, PAUSE)
    return {**await rebuilding, "pages_before": calm, "pages_meanwhile": meanwhile}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path, help="a folder that bench.growth filled")
    parser.add_argument("--view", default="gateway.timeline")
    can_be_saved(parser)
    asked = parser.parse_args()
    with city(asked.place.resolve()) as whole:
        began = time.monotonic()
        at_rest(whole, AT_REST_WITHIN)
        passed = round(time.monotonic() - began, 1)
        with Progress(console=Console(stderr=True)) as progress:
            figures = asyncio.run(measured(whole, asked.view, progress))
    tell({"machine": machine(), "passed_over_s": passed, **figures}, asked.save)


if __name__ == "__main__":
    main()
