"""The base of every aggregate: stable stored names, and who did it because of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import (
    AggregateCreated,
    AggregateEvent,
    BaseAggregate,
    CanInitAggregate,
    CanMutateAggregate,
)

from shared.runtime import clock

Words = tuple[str, str]  # Chinese, English


class DomainError(Exception):
    """A rule says no. Named after the rule; the answer to whoever asked.

    The words may hold {placeholders} for the details given when it is raised.
    """

    REASON: ClassVar[Words]
    WHAT_NEXT: ClassVar[Words]
    BASIS: ClassVar[str] = ""  # the article, where the rule is a legal one

    def __init__(self, **details: object) -> None:
        self.reason = _filled(self.REASON, details)
        self.what_next = _filled(self.WHAT_NEXT, details)
        super().__init__(self.reason[1])


def _filled(words: Words, details: dict[str, object]) -> Words:
    return words[0].format_map(details), words[1].format_map(details)


class NotYetKnown(Exception):
    """What this needs has not been heard yet from another teller; it waits for it."""


@dataclass(frozen=True)
class Cause:
    """Why events are about to be recorded."""

    actor: str
    correlation_id: UUID
    causation_id: UUID | None = None


_cause: ContextVar[Cause] = ContextVar("cause")


@contextmanager
def because_of(cause: Cause) -> Iterator[None]:
    """Record the given cause in every event triggered inside this block."""
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)


class Aggregate(BaseAggregate[UUID]):
    """Facts, and the decisions that make them.

    Stored names are "<service>.<Aggregate>.<Event>", wherever the class lives.
    """

    TOPIC: ClassVar[str]

    class Event(AggregateEvent):
        TOPIC: ClassVar[str]
        actor: str
        correlation_id: UUID
        causation_id: UUID | None

        @staticmethod
        def create_timestamp() -> datetime:
            return clock.now()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        for name, member in vars(cls).items():
            if isinstance(member, type) and issubclass(member, Aggregate.Event):
                member.TOPIC = f"{cls.TOPIC}.{name}"
        super().__init_subclass__(**kwargs)

    @classmethod
    def _create(cls, event_class: type[CanInitAggregate[UUID]], **kwargs: Any) -> Self:
        return super()._create(event_class, **vars(_cause.get()), **kwargs)

    def trigger_event(
        self, event_class: type[CanMutateAggregate[UUID]], **kwargs: Any
    ) -> None:
        super().trigger_event(event_class, **vars(_cause.get()), **kwargs)

    def collect_events(self) -> Sequence[Event]:
        return cast("Sequence[Aggregate.Event]", super().collect_events())


class Counter(Aggregate):
    """A number that only grows: its first and its last event say all of it."""

    def skip_to(self, version: int) -> None:
        """Take the events up to this version as known."""
        self._version = version


class Created(Aggregate.Event, AggregateCreated):
    """The first fact about an aggregate."""


class Refusal(Aggregate):
    """A request that a rule said no to. Kept, and told to whoever asked."""

    TOPIC = "runtime.Refusal"

    class Recorded(Created):
        request_id: UUID
        subject_id: UUID
        rule: str
        reason: list[str]
        what_next: list[str]
        basis: str

    def __init__(
        self,
        request_id: UUID,
        subject_id: UUID,
        rule: str,
        reason: list[str],
        what_next: list[str],
        basis: str,
    ) -> None:
        self.request_id = request_id
        self.subject_id = subject_id
        self.rule = rule
        self.reason = reason
        self.what_next = what_next
        self.basis = basis

    @staticmethod
    def create_id(request_id: UUID) -> UUID:
        return uuid5(NAMESPACE_URL, f"refusal/{request_id}")
