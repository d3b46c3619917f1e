"""How much is worked on at once: who comes when there is no room is told to return."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SOONEST, LATEST = 1, 5  # seconds: not all who were sent away return at once


@dataclass
class Room:
    """So many requests may be inside: heard whole, and not yet answered.

    Who sends slowly is outside until the last byte, and who waits for news has left:
    neither keeps others out.
    """

    most: int
    inside: int = 0

    @property
    def is_full(self) -> bool:
        return self.inside >= self.most

    @contextmanager
    def left(self) -> Iterator[None]:
        """Make room for others while this one waits."""
        self.inside -= 1
        try:
            yield
        finally:
            self.inside += 1


@dataclass
class Visit:
    """One request: it comes in once and goes out once, however it ends."""

    room: Room
    is_inside: bool = False

    def enter(self) -> None:
        if not self.is_inside:
            self.is_inside = True
            self.room.inside += 1

    def leave(self) -> None:
        if self.is_inside:
            self.is_inside = False
            self.room.inside -= 1


def come_back_after() -> int:
    """Return how many seconds somebody who was sent away should wait."""
    return random.randint(SOONEST, LATEST)
