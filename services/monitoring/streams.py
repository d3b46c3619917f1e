"""Clocks as a Faust stream. Nothing outside this file knows Faust.

Faust brings the messages of the partitions that fall to this worker; what they say
is stored with its position before they are acknowledged, so they may come twice.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer

from services.monitoring.heard import Heard
from services.monitoring.hearing import Hearing
from services.monitoring.source import CLOCKS, GROUP, Source
from shared.runtime import telemetry, wire
from shared.runtime.settings import Settings

TICK = 1.0  # seconds between looks at what was set aside, or forgotten
WINDOW = 0.1  # seconds for more to come: nobody waits to see what a clock says
STOPPED_WITHIN = 8.0


class StreamBroken(Exception):
    """Faust has given up. A new process begins where this one has stored last."""


class Streams:
    def __init__(
        self, settings: Settings, source: Source, hearing: Hearing, heard: Heard
    ) -> None:
        self._settings = settings
        self._source = source
        self._hearing = hearing
        self._heard = heard
        self._events: asyncio.Queue[Any] = asyncio.Queue(settings.poll_messages)
        self._assigned: frozenset[int] | None = None
        self._term = 0  # grows whenever partitions are taken from us

    async def run(self) -> None:
        """Hear until cancelled. Raises TopicMissing and StreamBroken."""
        try:
            await self._source.wait_until_there()
            await self._stream(self._app())
        finally:
            await self._source.close()

    async def _stream(self, app: Any) -> None:
        hearing = asyncio.create_task(self._hear_for_ever())
        try:
            await app.start()
            while not app.should_stop and not hearing.done():
                await asyncio.sleep(0.2)
            if hearing.done():
                hearing.result()
            raise StreamBroken(repr(app.crash_reason))
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await asyncio.wait_for(app.stop(), STOPPED_WITHIN)

    # What Faust does for us.

    def _app(self) -> Any:
        """Return an app without tables: what it would keep is in PostgreSQL."""
        settings = self._settings
        session = settings.session_timeout_ms / 1000
        app: Any = faust.App(
            GROUP,
            broker=[f"kafka://{host}" for host in settings.kafka.split(",")],
            broker_credentials=_credentials(settings),
            broker_session_timeout=session,
            broker_heartbeat_interval=session / 4,
            broker_rebalance_timeout=session,
            broker_request_timeout=max(15.0, session),
            broker_commit_interval=1.0,
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=settings.instance or None,
            consumer_metadata_max_age_ms=5_000,
            datadir=settings.data / "monitoring",
            stream_buffer_maxsize=settings.poll_messages,
            stream_wait_empty=False,  # what is not stored yet will come again
            store="memory://",
            table_standby_replicas=0,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
        )
        app.transport.Consumer = _consumer_that_waits(settings.fetch_wait_ms)
        app.on_partitions_assigned.connect(self._on_assigned, weak=False)
        app.on_partitions_revoked.connect(self._on_revoked, weak=False)
        clocks = app.topic(
            CLOCKS,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )
        app.agent(clocks, name="clocks")(self._take)
        return app

    async def _take(self, stream: Any) -> None:
        # Faust would acknowledge a message as soon as its handler ends, stored or not.
        stream.enable_acks = False
        async for event in stream.events():
            await self._events.put((self._term, event))

    async def _on_assigned(self, _: Any, assigned: Any, **__: Any) -> None:
        self._assigned = frozenset(
            part.partition for part in assigned if part.topic == CLOCKS
        )

    async def _on_revoked(self, _: Any, revoked: Any, **__: Any) -> None:
        self._term += 1
        self._heard.revoked()
        self._assigned = None
        while not self._events.empty():
            self._events.get_nowait()
        telemetry.log.info("revoked", partitions=len(revoked))

    # What we do with it.

    async def _hear_for_ever(self) -> None:
        ticked = time.monotonic()
        while True:
            self._hearing.pulse.turn()
            events = await self._batch()
            if self._assigned is not None:
                await self._begin(self._assigned)
            if events:
                await self._hearing.hear([event.message for _, event in events])
            for term, event in events:
                if term == self._term:
                    self._heard.note(event.message.partition, event.message.offset)
                    event.ack()
            if time.monotonic() - ticked > TICK:
                ticked = time.monotonic()
                await self._hearing.tick()

    async def _batch(self) -> list[Any]:
        """Return what has come by now, at least one event, or none after a while."""
        try:
            events = [await asyncio.wait_for(self._events.get(), 0.2)]
        except TimeoutError:
            return []
        await asyncio.sleep(WINDOW)
        while not self._events.empty() and len(events) < self._settings.poll_messages:
            events.append(self._events.get_nowait())
        return events

    async def _begin(self, partitions: frozenset[int]) -> None:
        await self._hearing.begin(partitions)
        if self._assigned == partitions:
            self._assigned = None
            self._heard.assigned(partitions)
            telemetry.log.info("listening", partitions=sorted(partitions))


def _credentials(settings: Settings) -> Any:
    """Return what wire.client tells every other client, in Faust's words."""
    options = wire.client(settings, GROUP)
    context = options.get("ssl_context")
    if "sasl_mechanism" in options:
        return faust.SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


def _consumer_that_waits(fetch_wait_ms: int) -> type[Any]:
    """Return Faust's consumer with our fetch wait; its own is always 1,500 ms."""

    class Thread(AIOKafkaConsumerThread):
        def _create_worker_consumer(self, transport: Any) -> Any:
            consumer = super()._create_worker_consumer(transport)
            consumer._fetch_max_wait_ms = fetch_wait_ms  # read when it starts
            return consumer

    class Waiting(Consumer):
        def _new_consumer_thread(self) -> Any:
            return Thread(self, loop=self.loop, beacon=self.beacon)

    return Waiting
