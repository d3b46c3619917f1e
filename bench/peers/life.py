"""The events and messages of one instant life, as our services make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent

from shared.events.fact import Message
from shared.runtime import wire
from shared.runtime.aggregate import because_of
from tests import controls
from tests.city import City


@dataclass(frozen=True)
class Life:
    """Stored events in the order they happen, and messages with key and value."""

    events: tuple[StoredEvent, ...]
    messages: tuple[Message, ...]

    def again(self) -> list[StoredEvent]:
        """Return the same events of aggregates that nobody has stored yet."""
        fresh: dict[object, UUID] = {}
        return [
            replace(e, originator_id=fresh.setdefault(e.originator_id, uuid4()))
            for e in self.events
        ]

    def records(self) -> list[tuple[str, bytes, bytes, list[tuple[str, bytes]]]]:
        """Return topic, key, value and headers of each message."""
        return [
            (m.topic, m.subject.bytes, wire.value(m), wire.headers(m))
            for m in self.messages
        ]


def instant() -> Life:
    """Let one case be accepted, decided and certified at the window."""
    with because_of(controls.CAUSE):
        city = City()
        before = {
            name: a.log.max_notification_id() or 0 for name, a, _ in city.services
        }
        said = len(city.told)
        city.file_at_window()
    events = [
        StoredEvent(n.originator_id, n.originator_version, n.topic, n.state)
        for name, application, _ in city.services
        for n in application.log.select_notifications(before[name] + 1, 100)
    ]
    return Life(tuple(events), tuple(city.told[said:]))
