"""What the stream brings is stored: each message once, and nothing left out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from typing import Any, Protocol, TypeVar

from aiokafka.errors import KafkaError

from services.monitoring.heard import Heard
from services.monitoring.projections import Agenda
from services.monitoring.source import CLOCKS
from shared.events.fact import Message
from shared.runtime import telemetry, wire
from shared.runtime.health import Pulse
from shared.runtime.hearing import INFRASTRUCTURE, Channel, Gap, Overtaken
from shared.runtime.views import Views

LONGEST_PAUSE = 5.0  # seconds between tries while something is away

T = TypeVar("T")


class Record(wire.Record, Protocol):
    @property
    def partition(self) -> int: ...


class Source(Protocol):
    """The topic of clocks: see services.monitoring.source."""

    async def just_before(self, partitions: Iterable[int]) -> list[Any]: ...
    def everything(self, partition: int) -> AsyncIterator[list[Any]]: ...


class Hearing:
    """Stores polls in PostgreSQL, for as long as that takes."""

    def __init__(
        self, views: Views, agenda: Agenda, source: Source, heard: Heard
    ) -> None:
        self._views = views
        self._agenda = agenda
        self._source = source
        self._heard = heard
        self.is_storing = True
        self.pulse = Pulse("listening")
        telemetry.refused.labels("monitoring")  # 0, so that the first one is a rise

    async def hear(self, records: Iterable[Record]) -> None:
        """Return once these are stored, and whatever was told before them."""
        poll = _read(records)
        began = time.monotonic()
        while True:
            try:
                await self._done(partial(self._views.hear, poll))
                break
            except Gap as gap:
                telemetry.log.warning("begin_again", reason=str(gap))
                await self._reread(gap.channel.partition)
        size = sum(map(len, poll.values()))
        telemetry.batch_size.labels("monitoring").observe(size)
        telemetry.batch_seconds.labels("monitoring").observe(time.monotonic() - began)
        telemetry.heard.labels("monitoring", CLOCKS).inc(size)

    async def begin(self, partitions: frozenset[int]) -> None:
        """Read those partitions from their beginning of which not all is stored.

        Kafka's offset may have been moved: what lies just before it shows that.
        """
        lacking = await self._done(partial(self._agenda.lacking, partitions))
        for partition in sorted(lacking):
            await self._reread(partition)
        await self.hear(await self._just_before(partitions - lacking))

    async def tick(self) -> None:
        """Try again what was set aside, and read again what has been forgotten."""
        await self._done(self._views.retry_set_aside)
        forgotten = {
            channel.partition for channel in await self._done(self._views.gaps)
        }
        for partition in sorted(forgotten & self._heard.partitions):
            telemetry.log.warning("forgotten", partition=partition)
            await self._reread(partition)

    async def _just_before(self, partitions: frozenset[int]) -> list[Any]:
        pause = 0.2
        while True:
            self.pulse.turn()
            try:
                return await self._source.just_before(partitions)
            except (KafkaError, OSError) as away:
                telemetry.log.warning("kafka_away", reason=repr(away))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _reread(self, partition: int) -> None:
        async with self._heard.doubting(partition):
            await self._done(partial(self._agenda.begin_reading, partition))
            await self._read_everything(partition)
            await self._done(partial(self._agenda.end_reading, partition))

    async def _read_everything(self, partition: int) -> None:
        pause = 0.2
        while True:
            try:
                gap: Gap | None = None
                async for records in self._source.everything(partition):
                    self.pulse.turn()
                    try:
                        await self._done(partial(self._views.hear, _read(records)))
                    except Gap as lacking:
                        gap = lacking  # what it lacks may follow
                if gap is None:
                    return
                raise gap
            except (Gap, KafkaError, OSError) as incomplete:
                # A broker that has lost its log is still being told it again.
                telemetry.log.warning("reread_again", reason=repr(incomplete))
                self.pulse.turn()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _done(self, work: Callable[[], T]) -> T:
        """Work in a thread until PostgreSQL has taken it."""
        pause = 0.05
        while True:
            self.pulse.turn()
            try:
                done = await asyncio.to_thread(work)
            except Overtaken:
                telemetry.log.info("overtaken")
            except INFRASTRUCTURE as away:
                telemetry.log.warning("database_away", reason=repr(away))
                self.is_storing = False
            else:
                self.pulse.answered("postgres")
                self.is_storing = True
                return done
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _read(records: Iterable[Record]) -> dict[Channel, list[Message]]:
    poll: dict[Channel, list[Message]] = {}
    for record in records:
        try:
            message = wire.read(record)
        except wire.Unreadable as wrong:
            telemetry.refused.labels("monitoring").inc()
            telemetry.log.error("unreadable", reason=str(wrong))
            continue
        channel = Channel(message.source, record.topic, record.partition)
        poll.setdefault(channel, []).append(message)
    return poll
