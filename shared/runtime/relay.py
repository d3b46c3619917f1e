"""Application to Kafka: the event log is the outbox, so nothing is lost or invented."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast
from uuid import NAMESPACE_URL, uuid5

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder
from eventsourcing.persistence import Notification

from shared.events.fact import Fact, Message, Text
from shared.events.refusal import RequestRefused
from shared.runtime import telemetry, wire
from shared.runtime.aggregate import Aggregate, Refusal
from shared.runtime.application import Application
from shared.runtime.health import Pulse
from shared.runtime.hearing import INFRASTRUCTURE
from shared.runtime.log import PostgresLog
from shared.runtime.settings import Settings
from shared.runtime.told import Told
from shared.runtime.turn import Held, Turn
from shared.runtime.untold import Untold

Tell = Callable[[Aggregate.Event], Iterator[Fact]]

BATCH = 2_000  # events read from the log at once
LARGEST = 256 * 1024  # bytes of messages that travel together
LOOK_AGAIN = 0.5  # seconds: if nothing has woken the relay
WINDOW = 0.005  # seconds for more to be committed, so that it is told together
NOTE = 0.5  # seconds between notes of how far it has come
CHECK = 2.0  # seconds between checks that the broker still has what it was told
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0


def news(
    application: Application, source: str, tell: Tell, after: int, limit: int = BATCH
) -> tuple[int, list[Message]]:
    """Return the position reached, and the messages told since the given one."""
    notifications = application.log.select_notifications(
        start=after, limit=limit, inclusive_of_start=False
    )
    told = [
        message
        for notification in notifications
        for message in _messages(application, source, tell, notification)
    ]
    return (notifications[-1].id if notifications else after), told


def _messages(
    application: Application, source: str, tell: Tell, notification: Notification
) -> Iterator[Message]:
    event = cast(Aggregate.Event, application.mapper.to_domain_event(notification))
    facts = _refused(event) if isinstance(event, Refusal.Recorded) else tell(event)
    for fact in facts:
        topic = fact.topic(source)
        yield Message(
            id=uuid5(NAMESPACE_URL, f"{source}/{notification.id}/{topic}"),
            topic=topic,
            source=source,
            position=notification.id,
            type=fact.TYPE,
            version=fact.VERSION,
            subject=fact.subject,
            time=event.timestamp,
            actor=event.actor if ".for." in topic else told_actor(event.actor),
            correlation_id=event.correlation_id,
            causation_id=event.causation_id,
            data=fact.model_dump(mode="json"),
        )


def told_actor(actor: str) -> str:
    """Return what the world may know of who acted: that it was a person."""
    return actor if actor.startswith(("system:", "catalog:")) else "person"


def _refused(event: Refusal.Recorded) -> Iterator[Fact]:
    yield RequestRefused(
        subject_id=event.subject_id,
        request_id=event.request_id,
        rule=event.rule,
        reason=Text(zh=event.reason[0], en=event.reason[1]),
        what_next=Text(zh=event.what_next[0], en=event.what_next[1]),
        basis=event.basis,
    )


class Relay:
    """Tells the log of one source to Kafka, in order, until cancelled."""

    def __init__(
        self, settings: Settings, application: Application, source: str, tell: Tell
    ) -> None:
        if not isinstance(application.log, PostgresLog):
            raise TypeError("only a log in PostgreSQL can be relayed")
        self._settings = settings
        self._application = application
        self._log = application.log
        self._source = source
        self._tell = tell
        self._woken = asyncio.Event()
        self.told = Told(application.log, source)
        self._untold = Untold(application, self._log, source)
        self.pulse = Pulse("telling", self._untold.seconds)
        self._turn = Turn(self._log.conninfo, self.pulse)
        self.is_telling = False

    @property
    def is_ready(self) -> bool:
        """Whether it tells, or another instance does and this one stands by."""
        return self.is_telling or self._turn.is_awaited

    async def run(self) -> None:
        """Tell; begin again with growing pauses while Kafka or PostgreSQL is away."""
        loop = asyncio.get_running_loop()
        self._application.committed = lambda: _wake(loop, self._woken)
        async with self._untold.measured():
            await self._relay_for_ever()

    async def _relay_for_ever(self) -> None:
        pause = FIRST_PAUSE
        while True:
            self.pulse.turn()
            try:
                await self._relay()
            except (KafkaError, OSError, *INFRASTRUCTURE) as away:
                telemetry.log.warning("relay_paused", reason=repr(away))
                if self.is_telling:
                    pause = FIRST_PAUSE
                self.is_telling = False
                self.pulse.asks_no_more("kafka")
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _relay(self) -> None:
        async with self._turn.taken() as turn:
            producer = AIOKafkaProducer(
                **wire.client(self._settings, self._source),
                acks="all",
                enable_idempotence=self._settings.broker == "apache",
                max_batch_size=LARGEST,
            )
            async with wire.running(producer):
                try:
                    await self._check_and_tell(producer, turn)
                except Forgotten as forgotten:
                    telemetry.log.warning("tell_again", reason=repr(forgotten))
                    self.is_telling = False
                    self._untold.begin_again(self.told.position)
                    await self.told.forget(turn)

    async def _check_and_tell(self, producer: AIOKafkaProducer, turn: Held) -> None:
        checker = AIOKafkaConsumer(
            **wire.client(self._settings, f"{self._source}.check")
        )
        async with wire.running(checker):
            await asyncio.to_thread(self.told.resume)
            self.is_telling = True
            with self._untold.from_position(self.told.position):
                await self._tell_for_ever(producer, checker, turn)

    async def _tell_for_ever(
        self, producer: AIOKafkaProducer, checker: AIOKafkaConsumer, turn: Held
    ) -> None:
        await self._check(checker)
        checked = noted = asyncio.get_running_loop().time()
        while True:
            turn.check()
            self.pulse.turn()
            self._woken.clear()
            position, messages = await asyncio.to_thread(
                news, self._application, self._source, self._tell, self.told.position
            )
            self.pulse.answered("postgres")
            if position > self.told.position:
                await self._send(producer, messages)
                self.told.position = position
                self._untold.told(position, messages)
                self._woken.set()
            now = asyncio.get_running_loop().time()
            if now - noted > NOTE:
                noted = now
                await self.told.note(turn)
            if now - checked > CHECK:
                checked = now
                await self._check(checker)
            try:
                await asyncio.wait_for(self._woken.wait(), LOOK_AGAIN)
                await asyncio.sleep(WINDOW)
            except TimeoutError:
                continue

    async def _send(self, producer: AIOKafkaProducer, messages: list[Message]) -> None:
        """Send in order, all of one partition together as far as that goes."""
        before = dict(self.told.ends)
        sent = []
        for one in await self._batches(producer, messages):
            topic, partition = one.part
            ack = await producer.send_batch(one.builder, topic, partition=partition)
            sent.append((one, ack))
        first: dict[TopicPartition, int] = {}
        for one, ack in sent:
            # Its producer would try for ever: a new one begins where this one stood.
            record = await asyncio.wait_for(ack, wire.ANSWERED_WITHIN / 1000)
            if record.offset <= before.get(one.part, (0, -1))[1]:
                raise Forgotten(one.part)
            first.setdefault(one.part, record.offset)
            self.told.ends[one.part] = (one.last, first[one.part])
            self.pulse.answered("kafka")

    async def _batches(
        self, producer: AIOKafkaProducer, messages: list[Message]
    ) -> list[_Batch]:
        """Return them in batches; each names the one before it on its partition."""
        topics = {message.topic for message in messages}
        widths = {topic: await _partitions(producer, topic) for topic in topics}
        latest: dict[TopicPartition, _Batch] = {}
        batches = []
        for message in messages:
            part = self.told.part_of(message, widths[message.topic])
            batch = latest.get(part)
            previous = batch.last if batch else self.told.end(part)
            if batch is None or not batch.takes(message, previous):
                batch = latest[part] = _Batch(part, producer.create_batch())
                batch.takes(message, previous)
                batches.append(batch)
        return batches

    async def _check(self, checker: AIOKafkaConsumer) -> None:
        """Raise Forgotten if the broker no longer has what it was told."""
        if not self.told.ends:
            return
        ends = await checker.end_offsets(list(self.told.ends))
        self.pulse.answered("kafka")
        for part, (_, offset) in self.told.ends.items():
            if ends[part] <= offset:
                raise Forgotten(part)


@dataclass
class _Batch:
    """Messages of one partition that travel together; `last` is the last position."""

    part: TopicPartition
    builder: BatchBuilder
    last: int = 0

    def takes(self, message: Message, previous: int) -> bool:
        """Add a message, unless there is no room; there always is for the first."""
        added = self.builder.append(
            timestamp=None,
            key=message.subject.bytes,
            value=wire.value(message),
            headers=wire.headers(message, previous),
        )
        if added is None:
            return False
        self.last = message.position
        return True


async def _partitions(producer: AIOKafkaProducer, topic: str) -> list[int]:
    try:
        return sorted(await producer.partitions_for(topic))
    except KafkaError as unknown:
        raise KafkaError(f"{topic} is not there, or the broker is away") from unknown


class Forgotten(KafkaError):  # type: ignore[misc]
    """The broker's log has gone back: it has lost what it was told."""


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(event.set)
