"""Whose turn it is to tell a source's log: one process has it, the others stand by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from shared.runtime import telemetry
from shared.runtime.database import CONNECTED
from shared.runtime.health import Pulse

RELAYING = 7_301_002  # advisory lock in the source's own database
LOOK_AGAIN = 0.5  # seconds between tries of those that stand by
BEAT = 2.0  # seconds between signs of life of the one whose turn it is
SILENT = 10.0  # seconds without one, after which the turn is taken from it

Guard = psycopg.AsyncConnection[tuple[object, ...]]

# A process that was stopped, or whose machine is gone, still holds its lock. A sign of
# life in the future was given before the server's clock was set back: it says nothing.
_TAKE_AWAY = """
SELECT count(pg_terminate_backend(a.pid)) FROM pg_locks l JOIN pg_stat_activity a
USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND l.objid = %s
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (a.state_change < clock_timestamp() - make_interval(secs => %s)
    OR a.state_change > clock_timestamp() + make_interval(secs => %s))
"""


@dataclass(frozen=True)
class Held:
    """A turn that one has, until its session ends."""

    _guard: Guard
    _beating: asyncio.Task[None]

    def check(self) -> None:
        """Raise the error with which it was lost, if it is known to be."""
        if self._beating.done():
            self._beating.result()

    async def write(self, statement: LiteralString, *said: object) -> None:
        """Write in the session that holds it: nothing, if another has taken it."""
        async with asyncio.timeout(SILENT):
            await self._guard.execute(statement, said)


class Turn:
    """It is held by a session of PostgreSQL, and ends with it.

    Whoever wakes after its turn was taken away may still tell a little: it is told
    twice then, which every listener passes over. It can't write how far it has come.
    """

    def __init__(self, conninfo: str, pulse: Pulse) -> None:
        self._conninfo = conninfo
        self._pulse = pulse
        self.is_awaited = False

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Held]:
        """Wait for the turn and hold it.

        Raises what psycopg raises when PostgreSQL is away.
        """
        async with await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, **CONNECTED
        ) as guard:
            self.is_awaited = True
            try:
                await _wait(guard, self._pulse)
            finally:
                self.is_awaited = False
            beating = asyncio.create_task(_beat(guard, self._pulse))
            try:
                yield Held(guard, beating)
            finally:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)


async def _wait(guard: Guard, pulse: Pulse) -> None:
    while True:
        pulse.turn()
        pulse.answered("postgres")
        if await _asked(guard, "SELECT pg_try_advisory_lock(%s)", RELAYING):
            return
        if await _asked(guard, _TAKE_AWAY, RELAYING, SILENT, SILENT):
            telemetry.log.warning("turn_taken_from_a_silent_one")
        await asyncio.sleep(LOOK_AGAIN)


async def _beat(guard: Guard, pulse: Pulse) -> None:
    while True:
        await asyncio.sleep(BEAT)
        await _asked(guard, "SELECT 1")
        pulse.answered("postgres")


async def _asked(guard: Guard, query: LiteralString, *said: object) -> object:
    """Return the one value; raises TimeoutError if no answer comes."""
    async with asyncio.timeout(SILENT):
        answer = await guard.execute(query, said)
        return (await answer.fetchone() or (None,))[0]
