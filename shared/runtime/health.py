"""How a process is: whether its loops turn, and whether it can do its work now."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

STUCK_AFTER = 120.0  # seconds without a turn; every wait of ours ends before
SILENT_AFTER = 15.0  # seconds without an answer of PostgreSQL or Kafka
BEHIND_AFTER = 60.0  # seconds behind what was told, or in telling it


class Pulse:
    """When a loop last came round, and when those it asks last answered.

    Written in the event loop, read in the thread that answers an operator.
    """

    def __init__(self, name: str, behind: Callable[[], float] = lambda: 0.0) -> None:
        """`behind` returns how many seconds this loop's work is behind."""
        self.name = name
        self.behind = behind
        self._turned_at: float | None = None  # it has not begun yet
        self._answered_at: dict[str, float] = {}

    def turn(self) -> None:
        """The loop has come round, whether or not it could do its work."""
        self._turned_at = time.monotonic()

    def asks(self, who: str) -> None:
        """From now on PostgreSQL, or Kafka, is expected to answer."""
        self._answered_at.setdefault(who, time.monotonic())

    def answered(self, who: str) -> None:
        self._answered_at[who] = time.monotonic()

    def failed(self, who: str) -> None:
        """It has answered with an error, or not at all: no need to wait for more."""
        self._answered_at[who] = -SILENT_AFTER

    def asks_no_more(self, who: str) -> None:
        self._answered_at.pop(who, None)

    @property
    def age(self) -> float:
        """Seconds since the loop last came round; 0 before it has begun."""
        return 0.0 if self._turned_at is None else time.monotonic() - self._turned_at

    def silent(self) -> list[str]:
        """Return who has not answered for too long."""
        since = time.monotonic() - SILENT_AFTER
        return [who for who, at in self._answered_at.copy().items() if at < since]


class Health:
    """What an operator, or whoever keeps processes for one, may ask of this one."""

    def __init__(
        self,
        pulses: Sequence[Pulse] = (),
        lacking: Callable[[], list[str]] = lambda: [],
    ) -> None:
        """`lacking` names what else is not there yet; it must not block."""
        self.pulses = pulses
        self._lacking = lacking

    def stuck(self) -> list[str]:
        """Return the loops that no longer turn: only a new process helps them."""
        return [pulse.name for pulse in self.pulses if pulse.age > STUCK_AFTER]

    def missing(self) -> list[str]:
        """Return what keeps this process from its work now; empty when it is ready."""
        silent = {who for pulse in self.pulses for who in pulse.silent()}
        behind = any(pulse.behind() > BEHIND_AFTER for pulse in self.pulses)
        lacking = [*self._lacking(), *sorted(silent), *(["current"] if behind else [])]
        return list(dict.fromkeys(lacking))
