"""The event store in memory, with the same promises: for unit tests and simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from shared.runtime.aggregate import NotYetKnown
from shared.runtime.hearing import BEHIND, Channel, Ledger, Move, Overtaken, Stopped
from shared.runtime.positions import Parked, SetAside


class MemoryLog(POPOApplicationRecorder):
    """A log that forgets everything when it goes."""

    def __init__(self) -> None:
        super().__init__()
        self._heard: dict[tuple[str, Channel], int] = {}
        self._set_aside: dict[tuple[str, Channel, int], SetAside] = {}

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        listener: str = "",
        moves: Sequence[Move] = (),
        stopped: Sequence[Stopped] = (),
        released: Sequence[tuple[Channel, int]] = (),
        **_: Any,
    ) -> Sequence[int]:
        with self._database_lock:
            if any(self._heard.get((listener, m.channel), 0) != m.old for m in moves):
                raise Overtaken(listener)
            told = super().insert_events(stored_events) or []
            self._heard |= {(listener, m.channel): m.new for m in moves}
            for channel, position in released:
                del self._set_aside[listener, channel, position]
            for s in stopped:
                self._set_aside[listener, s.channel, s.message.position] = SetAside(
                    listener, *s, tries=1, stopped_at=datetime.now(UTC)
                )
            return told

    def select_since(self, known: Mapping[UUID, int]) -> Sequence[StoredEvent]:
        return [
            event
            for originator_id, version in known.items()
            for event in self.select_events(originator_id, gt=version)
        ]

    def select_ends(self, originator_id: UUID) -> Sequence[StoredEvent]:
        events = self.select_events(originator_id)
        return [events[0], events[-1]] if len(events) > 1 else events

    def ledger(self, listener: str) -> Ledger:
        return Ledger(
            {c: p for (name, c), p in self._heard.items() if name == listener},
            {(c, s.message.subject) for (_, c, _), s in self._set_aside.items()},
        )

    def set_aside(self, listener: str, due_only: bool = False) -> list[SetAside]:
        due = {
            (s.channel, s.message.subject)
            for s in self._set_aside.values()
            if s.is_waiting
        }
        return [
            s
            for _, s in sorted(self._set_aside.items(), key=lambda kv: kv[0])
            if s.listener == listener
            and (not due_only or (s.channel, s.message.subject) in due)
        ]

    def parked(self, listener: str) -> Parked:
        aside = self.set_aside(listener)
        return Parked(sum(not s.is_waiting and s.reason != BEHIND for s in aside))

    def tried(self, item: SetAside, why: Exception) -> None:
        key = (item.listener, item.channel, item.message.position)
        self._set_aside[key] = item._replace(
            tries=item.tries + 1,
            reason=repr(why),
            is_waiting=isinstance(why, NotYetKnown),
        )

    def close(self) -> None:
        """Nothing is held."""
