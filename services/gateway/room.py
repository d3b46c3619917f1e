"""How much is worked on at once: who comes when there is no room is told to return."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SOONEST, LATEST = 1, 5  # seconds: not all who were sent away return at once


@dataclass
class Room:
    """So many requests may be inside at once."""

    most: int
    inside: int = 0

    @property
    def is_full(self) -> bool:
        return self.inside >= self.most


@dataclass
class Visit:
    """One request: it is inside once at most, and goes out for good, however it ends.

    Who sends slowly is outside meanwhile, and so is who waits for news: neither keeps
    others out.
    """

    room: Room
    is_inside: bool = False
    is_answered: bool = False  # its answer has begun

    def enter(self) -> None:
        if not self.is_inside:
            self.is_inside = True
            self.room.inside += 1

    def leave(self) -> None:
        if self.is_inside:
            self.is_inside = False
            self.room.inside -= 1

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Leave, and come in again, though it be crowded; not if it had left before."""
        was_inside = self.is_inside
        self.leave()
        try:
            yield
        finally:
            if was_inside:
                self.enter()


_visit: ContextVar[Visit] = ContextVar("visit")


def begin(visit: Visit) -> None:
    """Enter; what is done for this request from here on is done on this visit."""
    _visit.set(visit)
    visit.enter()


@contextmanager
def outside() -> Iterator[None]:
    """Make room for others while this request waits."""
    with _visit.get().outside():
        yield


def come_back_after() -> int:
    """Return how many seconds somebody who was sent away should wait."""
    return random.randint(SOONEST, LATEST)
