"""How far a listener is behind, topic by topic: in messages and in seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping

from shared.runtime import telemetry


class Lag:
    """Seconds behind are those since all was heard, or since the newest was told.

    The shorter of both: a message after a long silence is not late, nor is a stream
    that never ends.
    """

    def __init__(self, listener: str) -> None:
        self._listener = listener
        self._caught_up_at: dict[str, float] = {}
        self._told_at: dict[str, float] = {}
        self._seconds: dict[str, float] = {}

    def heard(self, topic: str, told_at: float) -> None:
        """Note when (epoch seconds) a message was told that has just been heard.

        By a clock that ran ahead, its teller's or ours, it was told now at the latest.
        """
        newest = max(told_at, self._told_at.get(topic, 0.0))
        self._told_at[topic] = min(newest, time.time())

    def measured(self, unheard: Mapping[str, int]) -> None:
        """Take how many messages of each topic of ours are unheard, and show it.

        What was another's to hear meanwhile is shown as nothing.
        """
        now = time.monotonic()
        for topic in self._seconds.keys() - unheard.keys():
            self._forget(topic)
        for topic, messages in unheard.items():
            since = self._caught_up_at.setdefault(topic, now)
            if not messages:
                since = self._caught_up_at[topic] = now
            behind = min(now - since, time.time() - self._told_at.get(topic, 0.0))
            self._seconds[topic] = seconds = max(0.0, behind)
            telemetry.lag.labels(self._listener, topic).set(messages)
            telemetry.lag_seconds.labels(self._listener, topic).set(seconds)

    def seconds(self) -> float:
        """Return how far the topic is behind that is so most."""
        return max(self._seconds.copy().values(), default=0.0)

    def _forget(self, topic: str) -> None:
        del self._seconds[topic]
        self._caught_up_at.pop(topic, None)
        telemetry.lag.labels(self._listener, topic).set(0)
        telemetry.lag_seconds.labels(self._listener, topic).set(0)
