"""The catalogue as a process of its own, told through a real broker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process

import pytest

from services.catalog.application import Catalog
from services.catalog.bootstrap import DATABASE, publish
from services.catalog.loader import load_catalogue
from shared.events.fact import Message
from shared.runtime.hearing import Channel, Poll
from shared.runtime.listener import Listener
from shared.runtime.log import PostgresLog
from shared.runtime.settings import Settings
from tongban.topics import Topic, make_topics

WITHIN = 45.0
FACTS = 1 + 14 + 9


class Notebook:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: dict[int, Message] = {}
        self.is_full = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def hear(self, poll: Poll) -> None:
        for messages in poll.values():
            self.heard |= {message.position: message for message in messages}
        if len(self.heard) >= FACTS:
            self._loop.call_soon_threadsafe(self.is_full.set)

    def retry_set_aside(self) -> int:
        return 0

    def gaps(self) -> set[Channel]:
        return set()


async def start(settings: Settings) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.catalog",
        env=os.environ
        | {
            "TONGBAN_KAFKA": settings.kafka,
            "TONGBAN_POSTGRES": settings.postgres,
            "TONGBAN_BROKER": settings.broker,
        },
    )


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
async def test_the_city_hears_the_whole_catalogue(settings: Settings):
    await make_topics(settings, [Topic("tongban.catalog", settings.partitions)])
    notebook = Notebook()
    listener = Listener(settings, "notebook", [r"tongban\.catalog"], notebook)
    listening = asyncio.create_task(listener.run())
    process = await start(settings)
    try:
        await asyncio.wait_for(notebook.is_full.wait(), WITHIN)
    finally:
        process.send_signal(signal.SIGTERM)
        ended = await asyncio.wait_for(process.wait(), WITHIN)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    assert ended == 0
    assert len(notebook.heard) == FACTS
    assert {m.source for m in notebook.heard.values()} == {"catalog"}


def test_starting_again_publishes_nothing(postgres: str):
    catalogue = load_catalogue()
    settings = Settings(kafka="unused:1", postgres=postgres)
    for expected in (FACTS, 0):
        log = PostgresLog(settings.database(DATABASE))
        assert publish(Catalog(log), catalogue) == expected
        log.close()
