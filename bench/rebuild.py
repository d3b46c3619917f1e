"""How fast a read model is told everything again, while two people look at pages.

For a city that bench.growth has filled, and whose logs bench.catchup has told.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bench.city import City, city, machine
from bench.faults.logs import sources
from bench.faults.rest import at_rest
from bench.figures import can_be_saved, tell
from bench.growing.looking import look, page_by_page
from shared.events.fact import Message
from shared.runtime.database import Pool, connected
from shared.runtime.views import Views
from tongban.rebuild import heard, models

AT_REST_WITHIN = 1_800.0  # seconds: all that is on Kafka is passed over once
TOLD_WITHIN = 3_600.0
LOOK_AGAIN = 0.2
# Who look at each page, how often, and the seconds between two looks: a page takes
# little more than a second, so that some are done while even a small view is told.
LOOKING = (2, 10, 0.1)

Reached = Mapping[tuple[str, str], int]  # the last position, by source and topic
Looks = AsyncGenerator[tuple[str, dict[str, float]], None]


async def measured(city: City, name: str, progress: Progress) -> dict[str, Any]:
    """Empty a view, and look until it has heard as far again; return how fast it was.

    Also how long people waited before, and meanwhile (None: no look ended in time).
    """
    view = models()[name].view
    before = await look(city, *LOOKING)
    with connected(city.settings().database("tongban_gateway"), 2) as pool:
        goal, reached = heard(pool, view.NAME), _reached(pool, view.NAME)
        began = time.monotonic()
        await asyncio.to_thread(Views(pool, [view]).forget, view.NAME)
        telling = asyncio.create_task(_told_again(pool, view.NAME, goal, progress))
        worst = await meanwhile(telling, lambda: page_by_page(city, *LOOKING))
        took = await telling - began
    with sources(city.settings()) as found:
        names = {source for source, _ in reached}
        told = [each.messages() for each in found if each.name in names]
        messages = sum(distinct(each, reached) for each in told)
    return {
        "view": name,
        "messages": messages,
        "seconds": round(took, 1),
        "messages_per_s": round(messages / took),
        "pages_before": before,
        "pages_meanwhile": {
            page: {"p95_ms": worst[page]} if page in worst else None for page in before
        },
    }


async def _told_again(pool: Pool, view: str, goal: int, progress: Progress) -> float:
    """Wait until a view has heard as far as before; return when it had."""
    bar = progress.add_task(view, total=goal)
    ends = time.monotonic() + TOLD_WITHIN
    while (now := await asyncio.to_thread(heard, pool, view)) < goal:
        if time.monotonic() > ends:
            raise TimeoutError(f"{view}: {now} of {goal} after {TOLD_WITHIN:g} s")
        progress.update(bar, completed=now)
        await asyncio.sleep(LOOK_AGAIN)
    progress.update(bar, completed=goal)
    return time.monotonic()


async def meanwhile(
    telling: asyncio.Task[float], look: Callable[[], Looks]
) -> dict[str, float]:
    """Return each page's worst p95 (ms) of the looks that ended before the telling."""
    worst: dict[str, float] = {}
    while not telling.done():
        async with aclosing(look()) as looks:
            async for page, took in looks:
                if telling.done():
                    break
                worst[page] = max(took["p95_ms"], worst.get(page, 0.0))
    return worst


def _reached(pool: Pool, view: str) -> Reached:
    with pool.connection() as connection:
        rows = connection.execute(
            "SELECT source, topic, max(position) FROM positions WHERE listener = %s"
            " GROUP BY 1, 2",
            (view,),
        ).fetchall()
    return {(source, topic): position for source, topic, position in rows}


def distinct(messages: Iterable[Message], reached: Reached) -> int:
    """Return how many of a log's messages a view has heard, however often told."""
    return sum(m.position <= reached.get((m.source, m.topic), 0) for m in messages)


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
