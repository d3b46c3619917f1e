"""Kafka to application or views: one poll, one transaction, each message once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.events.fact import Message
from shared.runtime import telemetry, wire
from shared.runtime.health import Pulse
from shared.runtime.hearing import INFRASTRUCTURE, Channel, Gap, Overtaken, Poll
from shared.runtime.lag import Lag
from shared.runtime.settings import Settings

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0  # seconds between tries while something is away
LONGEST_HOLD = 60.0  # seconds until a partition that lacks something is read again
TICK = 1.0  # seconds between looks at what was set aside
WINDOW = 0.015  # seconds for more to come, so that it becomes one transaction
FULL = 100  # messages that need not wait for more
COMMIT = 1.0  # seconds between notes of Kafka's own offsets
MAX_POLL_INTERVAL = 300_000  # ms: PostgreSQL may be away so long before a rebalance


class _Held(NamedTuple):
    """A partition on which something is missing, however often it is read."""

    gap: str
    pause: float  # seconds until it is read again, if the same is still missing
    again_at: float | None  # None: it is being read


class Hearer(Protocol):
    """What a listener hands its polls to; called in a thread, one call at a time."""

    def hear(self, poll: Poll) -> None: ...
    def retry_set_aside(self) -> int: ...
    def gaps(self) -> set[Channel]: ...


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Listens to topics (a pattern) on behalf of one group, until cancelled."""

    def __init__(
        self, settings: Settings, group: str, topics: Sequence[str], hearer: Hearer
    ) -> None:
        """`topics` are regular expressions, so that new tellers are heard too."""
        self._settings = settings
        self._group = group
        self._pattern = "^(" + "|".join(topics) + ")$"
        self._hearer = hearer
        self.is_listening = False
        self.is_storing = True  # what it hears; not while PostgreSQL is away, or full
        self._held: dict[TopicPartition, _Held] = {}
        self._new: set[TopicPartition] = set()  # where to begin is Kafka's word so far
        self._lag = Lag(group)
        self._fetched_at = 0
        telemetry.refused.labels(group)  # shown as 0, so that the first one is a rise
        self.pulse = Pulse("listening", self._lag.seconds)

    async def run(self) -> None:
        """Listen; begin again with growing pauses while Kafka is away."""
        pause = FIRST_PAUSE
        while True:
            self.pulse.turn()
            try:
                await self._listen()
            except (KafkaError, OSError) as away:
                telemetry.log.warning("kafka_away", reason=repr(away))
                self.pulse.asks_no_more("kafka")
                if self.is_listening:
                    pause = FIRST_PAUSE
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            finally:
                self.is_listening = False

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Nothing is held that another instance could need."""

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self.is_listening = True
        self.pulse.answered("kafka")
        self._new |= set(assigned)
        telemetry.log.info("listening", partitions=len(assigned))

    async def _listen(self) -> None:
        # The embedded broker is slow to form groups (seconds), and has one instance of
        # each service: there, a listener reads all partitions without a group.
        has_group = self._settings.broker == "apache"
        consumer = AIOKafkaConsumer(
            **wire.client(self._settings, self._group),
            group_id=f"tongban.{self._group}" if has_group else None,
            # Started again under its name it has its partitions back at once.
            group_instance_id=(has_group and self._settings.instance) or None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=self._settings.fetch_wait_ms,
            session_timeout_ms=self._settings.session_timeout_ms,
            heartbeat_interval_ms=self._settings.session_timeout_ms // 4,
            max_poll_interval_ms=MAX_POLL_INTERVAL,
            max_poll_records=self._settings.poll_messages,
        )
        consumer.subscribe(pattern=self._pattern, listener=self)
        async with wire.running(consumer):
            self.is_listening = self.is_listening or not has_group
            await self._poll_for_ever(consumer, has_group)

    async def _poll_for_ever(self, consumer: AIOKafkaConsumer, has_group: bool) -> None:
        ticked = committed = time.monotonic()
        heard = False
        while True:
            self.pulse.turn()
            await self._look_back(consumer)
            await self._let_go(consumer)
            try:
                polled = await _polled(consumer)
            except UnicodeDecodeError:
                await self._pass_over(consumer)
                continue
            if polled:
                self.pulse.answered("kafka")
                await self._hear(consumer, self._read(polled))
                heard = True
            now = time.monotonic()
            if now - ticked > TICK:
                ticked = now
                await self._tick(consumer)
            if has_group and heard and now - committed > COMMIT:
                committed, heard = now, False
                with suppress(KafkaError):  # only for lag: positions are ours
                    await consumer.commit()

    async def _look_back(self, consumer: AIOKafkaConsumer) -> None:
        """Begin one message before Kafka's offset, which may have been moved.

        Nearly always it has been heard. If not, it shows that more is missing.
        """
        while self._new:
            part = self._new.pop()
            with suppress(IllegalStateError):  # it is somebody else's by now
                if (at := await consumer.position(part)) > 0:
                    consumer.seek(part, at - 1)

    async def _pass_over(self, consumer: AIOKafkaConsumer) -> None:
        """Pass over what the client can't even hand out: a header named in no text."""
        for part in consumer.assignment():
            at = await consumer.position(part)
            try:
                await consumer.getmany(part, timeout_ms=0, max_records=1)
            except UnicodeDecodeError:
                telemetry.refused.labels(self._group).inc()
                telemetry.log.error("unreadable", reason=f"{part} at {at}: its headers")
                at += 1
            consumer.seek(part, at)

    async def _hear(self, consumer: AIOKafkaConsumer, poll: Poll) -> None:
        """Hand a poll on until it is stored, or the partition must be read again."""
        pause = 0.05
        while True:
            began = time.monotonic()
            self.pulse.turn()
            try:
                await asyncio.to_thread(self._hearer.hear, poll)
            except Gap as gap:
                await self._begin_again(consumer, gap)
                poll = {c: ms for c, ms in poll.items() if c != gap.channel}
                continue
            except Overtaken:
                telemetry.log.info("overtaken")
                continue
            except INFRASTRUCTURE as away:
                telemetry.log.warning("database_away", reason=repr(away))
                self.is_storing = False
                self.pulse.failed("postgres")
                self.pulse.asks_no_more("kafka")
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            self.is_storing = True
            self.pulse.answered("postgres")
            size = sum(map(len, poll.values()))
            telemetry.batch_size.labels(self._group).observe(size)
            telemetry.batch_seconds.labels(self._group).observe(
                time.monotonic() - began
            )
            return

    async def _begin_again(self, consumer: AIOKafkaConsumer, gap: Gap) -> None:
        """Read a partition from its beginning; if that did not help, not at once."""
        part = TopicPartition(gap.channel.topic, gap.channel.partition)
        if part not in consumer.assignment():
            return
        before = self._held.get(part)
        if before and before.again_at is None and await _is_behind(consumer, part):
            return  # it is being read: what is lacking may follow
        if before is None or before.gap != str(gap):
            telemetry.log.warning("begin_again", reason=str(gap))
            self._held[part] = _Held(str(gap), FIRST_PAUSE, None)
            await consumer.seek_to_beginning(part)
            return
        again_at = time.monotonic() + before.pause
        pause = min(before.pause * 2, LONGEST_HOLD)
        self._held[part] = _Held(before.gap, pause, again_at)
        consumer.pause(part)

    async def _let_go(self, consumer: AIOKafkaConsumer) -> None:
        """Read again what was held for long enough."""
        for part, held in list(self._held.items()):
            if held.again_at is None or time.monotonic() < held.again_at:
                continue
            self._held[part] = held._replace(again_at=None)
            if part in consumer.assignment():
                await consumer.seek_to_beginning(part)
                consumer.resume(part)

    async def _tick(self, consumer: AIOKafkaConsumer) -> None:
        try:
            await asyncio.to_thread(self._hearer.retry_set_aside)
            for channel in await asyncio.to_thread(self._hearer.gaps):
                part = TopicPartition(channel.topic, channel.partition)
                if part in consumer.assignment():
                    await consumer.seek_to_beginning(part)
            self.pulse.answered("postgres")
        except (*INFRASTRUCTURE, Overtaken) as away:
            telemetry.log.warning("database_away", reason=repr(away))
        self._ask_how_kafka_is(consumer)
        unheard: Counter[str] = Counter()
        for part in consumer.assignment():
            end = consumer.highwater(part)
            if end is not None:
                behind = end - await consumer.position(part)
                unheard[part.topic] += max(behind, 0)
                if behind < 0:  # the broker has forgotten, and begins again
                    await consumer.seek_to_beginning(part)
        self._lag.measured(unheard)

    def _ask_how_kafka_is(self, consumer: AIOKafkaConsumer) -> None:
        """It answers a fetch even if there is no news, as long as any is under way."""
        fetched = consumer.assignment() - consumer.paused()
        if not fetched:
            self.pulse.asks_no_more("kafka")
            return
        self.pulse.asks("kafka")
        newest = max(consumer.last_poll_timestamp(part) or 0 for part in fetched)
        if newest > self._fetched_at:
            self._fetched_at = newest
            self.pulse.answered("kafka")

    def _read(
        self, polled: dict[TopicPartition, list[Any]]
    ) -> dict[Channel, list[Message]]:
        poll: dict[Channel, list[Message]] = {}
        for part, records in polled.items():
            for record in records:
                try:
                    message = wire.read(record)
                except wire.Unreadable as wrong:
                    telemetry.refused.labels(self._group).inc()
                    telemetry.log.error("unreadable", reason=str(wrong))
                    continue
                channel = Channel(message.source, part.topic, part.partition)
                poll.setdefault(channel, []).append(message)
            telemetry.heard.labels(self._group, part.topic).inc(len(records))
            self._lag.heard(part.topic, records[-1].timestamp / 1000)
        return poll


async def _is_behind(consumer: AIOKafkaConsumer, part: TopicPartition) -> bool:
    end = consumer.highwater(part)
    return end is not None and await consumer.position(part) < end


async def _polled(consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Any]]:
    """Return what comes; a transaction costs much the same for one message as for ten.

    Measured at a hundred cases a second, most of all work was small transactions.
    """
    polled: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=200)
    if polled and sum(map(len, polled.values())) < FULL:
        await asyncio.sleep(WINDOW)
        for part, records in (await consumer.getmany(timeout_ms=0)).items():
            polled.setdefault(part, []).extend(records)
    return polled
