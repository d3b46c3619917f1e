"""Wakes when a card falls due, and issues it within the second."""

from __future__ import annotations

import asyncio
import time

from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from services.monitoring.application import Cards
from services.monitoring.heard import Heard
from services.monitoring.projections import Agenda
from shared.runtime import clock, telemetry
from shared.runtime.health import Pulse
from shared.runtime.hearing import INFRASTRUCTURE

LOOK_AGAIN = 0.5  # seconds, at the latest: another worker may have stored a clock
WAIT_TO_HEAR = 0.05  # seconds between looks while something told is yet unheard
COUNT = 5.0  # seconds between counts of the running clocks
LONGEST_PAUSE = 5.0

open_clocks = Gauge("tongban_open_clocks", "Clocks that run", ["region"])
clock_delay = Gauge(
    "tongban_clock_delay_seconds",
    "Real seconds ago up to which all clocks that were told have been heard",
)


class Watch:
    def __init__(self, agenda: Agenda, cards: Cards, heard: Heard) -> None:
        self._agenda = agenda
        self._cards = cards
        self._heard = heard
        self._woken = asyncio.Event()
        self._counted_at = 0.0
        self._regions: set[str] = set()
        self.pulse = Pulse("watching", heard.delay)
        clock_delay.set_function(heard.delay)

    def wake(self) -> None:
        """Something new has been heard; what falls due next may have changed."""
        self._woken.set()

    async def run(self) -> None:
        """Watch until cancelled; wait with growing pauses while something is away."""
        pause = 0.1
        while True:
            self.pulse.turn()
            self._woken.clear()
            try:
                wait = await self._look()
                self.pulse.answered("postgres")
                await self._count()
                pause = 0.1
            except (KafkaError, OSError, *INFRASTRUCTURE) as away:
                telemetry.log.warning("watch_paused", reason=repr(away))
                wait, pause = pause, min(pause * 2, LONGEST_PAUSE)
            try:
                await asyncio.wait_for(self._woken.wait(), wait)
            except TimeoutError:
                continue

    async def _look(self) -> float:
        """Issue what is due; return the real seconds until the next look."""
        due_at = await asyncio.to_thread(
            self._agenda.next_due_at, self._heard.partitions
        )
        if due_at is None:
            return LOOK_AGAIN
        left = clock.seconds_until(due_at)
        if left > 0:
            return min(left, LOOK_AGAIN)
        async with self._heard.vouching() as until:
            decided = await asyncio.to_thread(
                self._agenda.decide, until, self._cards.issue, self._cards.revoke
            )
        return 0.0 if decided else WAIT_TO_HEAR

    async def _count(self) -> None:
        if time.monotonic() - self._counted_at < COUNT:
            return
        self._counted_at = time.monotonic()
        await self._heard.until()
        self.pulse.answered("kafka")
        running = await asyncio.to_thread(self._agenda.running, self._heard.partitions)
        self._regions |= running.keys()
        for region in self._regions:
            open_clocks.labels(region).set(running.get(region, 0))
