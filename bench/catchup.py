"""How fast a relay tells Kafka what it could not tell while Kafka was away.

A city that has been filled (bench/growth.py --place) forgets that one of its logs was
ever told; its relay, alone on the machine with PostgreSQL and Apache Kafka, tells it.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import Progress

from bench.city import PARTITIONS, machine
from bench.faults.logs import Source, named, sources
from bench.figures import can_be_saved, tell
from deploy.kafka import kafka as apache
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Relay
from shared.runtime.settings import Settings
from shared.runtime.told import FORGET
from tongban.embedded.ports import free_port
from tongban.embedded.postgres import Postgres
from tongban.topics import city_topics, make_topics

LOOK_AGAIN = 0.1  # seconds


async def catch_up(
    settings: Settings, source: Source, console: Console
) -> dict[str, Any]:
    """Tell a whole log; return how many messages a second that made."""
    await make_topics(settings, city_topics(settings))
    log = source.application.log
    assert isinstance(log, PostgresLog)
    goal = log.max_notification_id() or 0
    with log.pool.connection() as connection:
        connection.execute(FORGET)
    relay = Relay(settings, source.application, source.name, source.tell)
    began, used = time.monotonic(), time.process_time()
    telling = asyncio.create_task(relay.run())
    with Progress(console=console) as progress:
        bar = progress.add_task(source.name, total=goal)
        while relay.told.position < goal:
            await asyncio.sleep(LOOK_AGAIN)
            progress.update(bar, completed=relay.told.position)
            if telling.done():
                telling.result()
    took, used = time.monotonic() - began, time.process_time() - used
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    messages = sum(1 for _ in source.messages())
    return {
        "source": source.name,
        "events": goal,
        "messages": messages,
        "seconds": round(took, 1),
        "messages_per_s": round(messages / took),
        "cpu_us_per_message": round(1e6 * used / max(messages, 1), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path, help="a folder that bench.growth filled")
    parser.add_argument("--source", default="intake", help="whose log, or all")
    can_be_saved(parser)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    console = Console(stderr=True)
    place: Path = asked.place.resolve()
    kafka = apache.start(place / "kafka", free_port())
    try:
        with Postgres(place / "city") as uri:
            settings = Settings(kafka=kafka, postgres=uri, **PARTITIONS)
            with sources(settings) as known:
                whose = known if asked.source == "all" else [named(known, asked.source)]
                found = [
                    asyncio.run(catch_up(settings, source, console)) for source in whose
                ]
    finally:
        apache.stop(place / "kafka")
    tell({"machine": machine(), "logs": found}, asked.save)


if __name__ == "__main__":
    main()
