"""Looks again and again whether people can be shown anything, so that nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg

from shared.runtime.health import Pulse

LOOK_AGAIN = 1.0  # seconds


class Looking:
    def __init__(self, is_heard: Callable[[], bool]) -> None:
        """`is_heard` asks PostgreSQL whether there is a catalogue; it blocks."""
        self._is_heard = is_heard
        self.has_found = False
        self.pulse = Pulse("looking")

    async def run(self) -> None:
        while True:
            self.pulse.turn()
            try:
                await asyncio.to_thread(self.look)
            except psycopg.Error:
                self.pulse.failed("postgres")
            await asyncio.sleep(LOOK_AGAIN)

    def look(self) -> None:
        self.has_found = self._is_heard()
        self.pulse.answered("postgres")
