"""The aggregates that some messages touch: read together, kept for the next ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import Mapper

from shared.runtime.aggregate import Aggregate, Counter, NotYetKnown
from shared.runtime.log import PostgresLog
from shared.runtime.memory import MemoryLog

KEPT = 5_000  # aggregates remembered, those used last
USUAL = 50  # of them read ahead each time, as nearly every message needs them

A = TypeVar("A", bound=Aggregate)
Log = PostgresLog | MemoryLog


class Aggregates:
    """Reads aggregates as they are in the log now, from where they were known.

    What is handed out may be changed, so it is forgotten until it is kept again.
    """

    def __init__(self, log: Log, mapper: Mapper[UUID]) -> None:
        self._log = log
        self._mapper = mapper
        self._kept: OrderedDict[UUID, Aggregate] = OrderedDict()
        self._usual: OrderedDict[UUID, None] = OrderedDict()

    def load(self, ids: Iterable[UUID]) -> dict[UUID, Aggregate | None]:
        """Return them, and None for those that are not there; one query."""
        usual = [each for each in self._usual if each in self._kept]
        found = {each: self._kept.pop(each, None) for each in (*ids, *usual)}
        if not found:
            return {}
        known = {each: a.version if a else 0 for each, a in found.items()}
        for stored in self._log.select_since(known):
            event = cast("Aggregate.Event", self._mapper.to_domain_event(stored))
            found[event.originator_id] = _after(found[event.originator_id], event)
        return found

    def load_one(self, kind: type[Aggregate], aggregate_id: UUID) -> Aggregate | None:
        """Return one that nobody expected; it is read ahead from now on."""
        self._usual[aggregate_id] = None
        self._usual.move_to_end(aggregate_id)
        while len(self._usual) > USUAL:
            self._usual.popitem(last=False)
        if issubclass(kind, Counter) and aggregate_id not in self._kept:
            return self._counter(aggregate_id)
        return self.load([aggregate_id])[aggregate_id]

    def keep(self, aggregates: Iterable[Aggregate]) -> None:
        """Remember these, whose events are all stored."""
        for aggregate in aggregates:
            self._kept[aggregate.id] = aggregate
            self._kept.move_to_end(aggregate.id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _counter(self, aggregate_id: UUID) -> Aggregate | None:
        counter = None
        for stored in self._log.select_ends(aggregate_id):
            event = cast("Aggregate.Event", self._mapper.to_domain_event(stored))
            if isinstance(counter, Counter):
                counter.skip_to(event.originator_version - 1)
            counter = _after(counter, event)
        return counter


def _after(aggregate: Aggregate | None, event: Aggregate.Event) -> Aggregate | None:
    return cast("Aggregate | None", event.mutate(aggregate))


class Batch:
    """The aggregates touched while some messages are handled, newest state first."""

    def __init__(self, aggregates: Aggregates, expected: Iterable[UUID] = ()) -> None:
        self._aggregates = aggregates
        self._touched = aggregates.load(expected)
        self._handed_out: dict[UUID, Aggregate] = {}  # to the message being handled
        self.events: list[Aggregate.Event] = []

    def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        if aggregate_id not in self._touched:
            self._touched[aggregate_id] = self._load(kind, aggregate_id)
        aggregate = self._touched[aggregate_id]
        if aggregate is None:
            return None
        if not isinstance(aggregate, kind):
            raise TypeError(f"{aggregate_id} is no {kind.__name__}")
        self._handed_out[aggregate_id] = aggregate
        return aggregate

    def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """Return it, or raise NotYetKnown: it may be on its way from another teller."""
        if aggregate := self.find(kind, aggregate_id):
            return aggregate
        raise NotYetKnown(f"{kind.__name__} {aggregate_id}")

    def add(self, aggregate: Aggregate) -> None:
        self._touched[aggregate.id] = self._handed_out[aggregate.id] = aggregate

    def keep(self) -> None:
        """Collect what the message just handled has caused."""
        for aggregate in self._handed_out.values():
            if aggregate.pending_events:
                self.events.extend(aggregate.collect_events())
        self._handed_out.clear()

    def undo(self) -> None:
        """Forget what the message just handled has begun to cause."""
        for aggregate_id, aggregate in self._handed_out.items():
            if aggregate.pending_events:
                del self._touched[aggregate_id]
        self._handed_out.clear()

    def stored(self) -> None:
        """Let the aggregates be remembered as they are now."""
        self._aggregates.keep(a for a in self._touched.values() if a is not None)

    def _load(self, kind: type[Aggregate], aggregate_id: UUID) -> Aggregate | None:
        aggregate = self._aggregates.load_one(kind, aggregate_id)
        for event in self.events:
            if event.originator_id == aggregate_id:
                aggregate = _after(aggregate, event)
        return aggregate
