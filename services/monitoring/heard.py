"""Up to which instant everything told has been heard, so that no stop comes late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.runtime import clock, telemetry


class Offsets(Protocol):
    """What the broker has: see services.monitoring.source."""

    async def ends(self, partitions: Iterable[int]) -> dict[int, int]: ...
    async def first_unheard(self, partition: int) -> int: ...


class _Asked(NamedTuple):
    end: int  # everything told by then lies before this offset
    at: datetime


class Heard:
    """How far this worker has heard, on the partitions it is responsible for.

    A card may only be issued once whatever was told before it fell due has been
    heard: a stop may still be on its way when we come back after an outage.
    A partition that is read again is doubted until that is done: of what comes
    first, the stop may come last.
    """

    def __init__(self, offsets: Offsets) -> None:
        self._offsets = offsets
        self._next: dict[int, int] = {}
        self._asked: dict[int, _Asked] = {}
        self._until: dict[int, datetime] = {}
        self._doubted: set[int] = set()
        self._vouching = asyncio.Lock()
        self._since = clock.now()
        self.partitions: frozenset[int] = frozenset()
        self.is_assigned = False

    def assigned(self, partitions: Iterable[int]) -> None:
        self.revoked()
        self._since = clock.now()
        self.partitions = frozenset(partitions)
        self.is_assigned = True

    def revoked(self) -> None:
        self.is_assigned = False
        self.partitions = frozenset()
        for of in (self._next, self._asked, self._until):
            of.clear()

    def delay(self) -> float:
        """Return how many real seconds ago we last could vouch for all we heard."""
        until, mine = self._until.copy(), self.partitions
        oldest = min((until.get(each, self._since) for each in mine), default=None)
        return max(0.0, -clock.seconds_until(oldest)) if oldest else 0.0

    def note(self, partition: int, offset: int) -> None:
        """This message, and all before it, are stored."""
        if partition in self.partitions:
            self._next[partition] = max(self._next.get(partition, 0), offset + 1)

    @asynccontextmanager
    async def doubting(self, partition: int) -> AsyncIterator[None]:
        """Vouch for nothing of this partition while the block runs.

        It begins when whoever was vouched to has decided.
        """
        async with self._vouching:
            self._doubted.add(partition)
        try:
            yield
        finally:
            self._doubted.discard(partition)

    @asynccontextmanager
    async def vouching(self) -> AsyncIterator[dict[int, datetime]]:
        """Give what `until` says of partitions that are not doubted, to decide upon."""
        until = await self.until()
        async with self._vouching:
            yield {p: at for p, at in until.items() if p not in self._doubted}

    async def until(self) -> dict[int, datetime]:
        """Return, per partition, an instant before which nothing told is unheard.

        Of one that is doubted it stays where it was.
        """
        now, mine = clock.now(), self.partitions
        ends = await self._offsets.ends(mine) if mine else {}
        unheard = 0
        for partition, end in ends.items():
            if partition not in self._next:
                first = await self._offsets.first_unheard(partition)
                if mine != self.partitions:
                    return {}  # others have taken over meanwhile
                self._next[partition] = max(first, self._next.get(partition, 0))
            self._asked.setdefault(partition, _Asked(end, now))
            unheard += max(0, end - self._next[partition])
        telemetry.lag.labels("monitoring", "tongban.clocks").set(unheard)
        for partition, (end, at) in list(self._asked.items()):
            if self._next[partition] >= end and partition not in self._doubted:
                self._until[partition] = at
                del self._asked[partition]
        # What was noted by a clock that ran ahead and has been set right is too much.
        return {partition: min(at, now) for partition, at in self._until.items()}
