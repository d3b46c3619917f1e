"""How much of a log has not been told yet, and since when: even while none can be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from typing import cast

from shared.events.fact import Message
from shared.runtime import clock, telemetry
from shared.runtime.aggregate import Aggregate
from shared.runtime.application import Application
from shared.runtime.hearing import INFRASTRUCTURE
from shared.runtime.log import PostgresLog

MEASURE = 2.0  # seconds between looks


class Untold:
    """What the relay that tells says of itself; of another's, what that has noted."""

    def __init__(self, application: Application, log: PostgresLog, source: str) -> None:
        self._application = application
        self._log = log
        self._source = source
        self._oldest_at: datetime | None = None
        self._position: int | None = None  # told up to here; None: by another, if any
        self._told_before = 0  # up to here it is being told again
        telemetry.relay_oldest.labels(source).set_function(self.seconds)

    @contextmanager
    def from_position(self, position: int) -> Iterator[None]:
        """In this block we are the one who tells."""
        self._position = position
        try:
            yield
        finally:
            self._position = None

    def told(self, position: int, messages: Sequence[Message]) -> None:
        """Take note of what has just been told; what is told again is not late."""
        self._position = position
        telemetry.told.labels(self._source).inc(len(messages))
        delay = telemetry.relay_delay.labels(self._source)
        for message in messages:
            if message.position > self._told_before:
                delay.observe(max(0.0, -clock.seconds_until(message.time)))

    def begin_again(self, reached: int) -> None:
        """Everything is to be told again, up to where it had been told."""
        self._told_before = max(self._told_before, reached)

    def seconds(self) -> float:
        """Return for how many real seconds the oldest event has not been told."""
        at = self._oldest_at
        return max(0.0, -clock.seconds_until(at)) if at else 0.0

    @asynccontextmanager
    async def measured(self) -> AsyncIterator[None]:
        """Look every few seconds while the block runs."""
        measuring = asyncio.create_task(self._measure_for_ever())
        try:
            yield
        finally:
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)

    async def _measure_for_ever(self) -> None:
        while True:
            with suppress(*INFRASTRUCTURE):
                await asyncio.to_thread(self.measure)
            await asyncio.sleep(MEASURE)

    def measure(self) -> None:
        """Look once, and show what was found."""
        position = self._noted() if self._position is None else self._position
        highest = self._log.max_notification_id() or 0
        telemetry.relay_behind.labels(self._source).set(max(0, highest - position))
        self._oldest_at = self._committed_at(max(position, self._told_before))

    def _committed_at(self, after: int) -> datetime | None:
        for stored in self._log.select_notifications(after + 1, limit=1):
            event = self._application.mapper.to_domain_event(stored)
            return cast("Aggregate.Event", event).timestamp
        return None

    def _noted(self) -> int:
        with self._log.pool.connection() as connection:
            row = connection.execute(
                "SELECT position FROM relayed WHERE source = %s", (self._source,)
            ).fetchone()
            return row[0] if row else 0
