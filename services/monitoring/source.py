"""The topic of clocks itself: is it there, how far does it go, what does it say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.runtime import telemetry, wire
from shared.runtime.settings import Settings

CLOCKS = "tongban.clocks"
GROUP = "tongban.monitoring"
THERE_WITHIN = 30.0  # seconds a broker may be up before its topics are made
LONGEST_PAUSE = 5.0


class TopicMissing(Exception):
    """The broker has no topic of clocks, or one of another width."""


class Source:
    """Reads beside the stream, in no group: it moves nobody's offsets."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asker: AIOKafkaConsumer | None = None

    async def wait_until_there(self) -> None:
        """Wait for Kafka as long as it takes, for the topic THERE_WITHIN seconds.

        Raises TopicMissing.
        """
        pause = 0.2
        left = THERE_WITHIN
        while True:
            try:
                found = await self._partitions()
                if found == self._settings.partitions:
                    return
                if left <= 0:
                    raise TopicMissing(
                        f"{self._settings.kafka} has {found} partitions of {CLOCKS},"
                        f" wanted {self._settings.partitions}: run `tongban topics`"
                    )
                left -= pause
            except (KafkaError, OSError) as away:
                telemetry.log.warning("kafka_away", reason=repr(away))
                await self.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """Return the offset that the next message of each partition will get."""
        parts = [TopicPartition(CLOCKS, partition) for partition in partitions]
        asker = await self._ask()
        try:
            ends = await asyncio.wait_for(asker.end_offsets(parts), 10)
        except (KafkaError, TimeoutError, OSError):
            await self.close()
            raise
        return {part.partition: end for part, end in ends.items()}

    async def first_unheard(self, partition: int) -> int:
        """Return the offset at which the stream begins: what it has noted, or 0."""
        part = TopicPartition(CLOCKS, partition)
        asker = await self._ask()
        noted = await asyncio.wait_for(asker.committed(part), 10)
        if noted is not None:
            return int(noted)
        beginning = await asyncio.wait_for(asker.beginning_offsets([part]), 10)
        return int(beginning[part])

    async def just_before(self, partitions: Iterable[int]) -> list[Any]:
        """Return of each partition the last message before the stream begins."""
        starts = {p: await self.first_unheard(p) for p in partitions}
        begins = {TopicPartition(CLOCKS, p): at for p, at in starts.items() if at > 0}
        reader = self._reader(1)
        reader.assign(list(begins))
        found: list[Any] = []
        async with wire.running(reader), asyncio.timeout(10):
            ends = await reader.end_offsets(list(begins))
            firsts = await reader.beginning_offsets(list(begins))
            for part, begin in begins.items():
                if not firsts[part] < begin <= ends[part]:
                    continue  # a broker that has lost its log is told it again
                await reader.position(part)
                reader.seek(part, begin - 1)
                while not (got := await reader.getmany(part, timeout_ms=500)):
                    continue
                found += got[part]
        return found

    async def everything(self, partition: int) -> AsyncIterator[list[Any]]:
        """Yield all that one partition says now, from its beginning, or nothing new."""
        part = TopicPartition(CLOCKS, partition)
        reader = self._reader(self._settings.poll_messages)
        reader.assign([part])
        async with wire.running(reader):
            [end] = (await reader.end_offsets([part])).values()
            while True:
                polled = await reader.getmany(timeout_ms=500)
                for records in polled.values() or [[]]:
                    yield records
                # A broker may count its last batch by the first message in it.
                if not polled and await reader.position(part) >= end:
                    return

    def _reader(self, at_once: int) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **wire.client(self._settings, f"{GROUP}.reader"),
            enable_auto_commit=False,
            # Not by seeking: a first look at the end, on its way, would win over it.
            auto_offset_reset="earliest",
            max_poll_records=at_once,
            fetch_max_wait_ms=self._settings.fetch_wait_ms,
        )

    async def close(self) -> None:
        asker, self._asker = self._asker, None
        if asker is not None:
            await asker.stop()

    async def _partitions(self) -> int:
        # A consumer would not look for a topic it is not subscribed to.
        admin = AIOKafkaAdminClient(**wire.client(self._settings, f"{GROUP}.asker"))
        try:
            await admin.start()
            [found] = await asyncio.wait_for(admin.describe_topics([CLOCKS]), 10)
        finally:
            await admin.close()
        return len(found["partitions"])

    async def _ask(self) -> AIOKafkaConsumer:
        if self._asker is None:
            asker = AIOKafkaConsumer(
                **wire.client(self._settings, f"{GROUP}.asker"),
                group_id=GROUP,
                enable_auto_commit=False,
            )
            self._asker = asker
            try:
                await asker.start()
            except (KafkaError, OSError):
                await self.close()
                raise
        return self._asker
