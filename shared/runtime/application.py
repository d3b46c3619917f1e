"""The base of every application: it hears messages, and records what follows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Repository
from eventsourcing.persistence import (
    DatetimeAsISO,
    DecimalAsStr,
    EventStore,
    IntegrityError,
    JSONTranscoder,
    Mapper,
    Transcoding,
    UUIDAsHex,
)

from shared.events.fact import Message
from shared.events.gateway import Requested
from shared.runtime import telemetry
from shared.runtime.aggregate import (
    Aggregate,
    Cause,
    DomainError,
    NotYetKnown,
    Refusal,
    because_of,
)
from shared.runtime.batch import Aggregates, Batch, Log
from shared.runtime.hearing import (
    BEHIND,
    INFRASTRUCTURE,
    Channel,
    Gap,
    Ledger,
    Overtaken,
    Poll,
    Stopped,
)
from shared.runtime.positions import Parked, SetAside


class DateAsISO(Transcoding):
    type = date
    name = "date_iso"

    def encode(self, obj: date) -> str:
        return obj.isoformat()

    def decode(self, data: str) -> date:
        return date.fromisoformat(data)


class Application(ABC):
    """One poll, one transaction: new events and the positions of what caused them."""

    name: str

    def __init__(self, log: Log) -> None:
        transcoder = JSONTranscoder()
        for transcoding in (UUIDAsHex(), DecimalAsStr(), DatetimeAsISO(), DateAsISO()):
            transcoder.register(transcoding)
        self.log = log
        self.mapper: Mapper[UUID] = Mapper(transcoder)
        self.events: EventStore[UUID] = EventStore(self.mapper, log)
        self.repository: Repository[UUID] = Repository(self.events)
        self.aggregates = Aggregates(log, self.mapper)
        self.committed: Callable[[], None] = lambda: None  # wakes the relay
        self._ledger: Ledger | None = None

    @abstractmethod
    def whenever(self, message: Message, batch: Batch) -> None:
        """React to one message by changing aggregates in the batch."""

    def expects(self, message: Message) -> UUID:
        """Return the id of the aggregate that a message is most likely about."""
        return message.subject

    @property
    def ledger(self) -> Ledger:
        if self._ledger is None:
            self._ledger = self.log.ledger(self.name)
        return self._ledger

    def hear(self, poll: Poll) -> None:
        """Handle what each channel tells, in order, each message once.

        Raises Overtaken when another instance was faster, and what PostgreSQL raises
        when it is away; nothing is stored then, and the same poll may be heard again.
        Raises Gap, once the rest is stored, when something told before has not been
        heard. A message that can't be handled is set aside with its reason.
        """
        fresh, gap = self._fresh(poll)
        if fresh:
            self._store(fresh)
        if gap:
            raise gap

    def _store(self, fresh: Poll) -> None:
        try:
            self._record_together_or_apart(fresh)
        except (Overtaken, IntegrityError) as faster:
            self._ledger = None
            raise Overtaken(self.name) from faster
        except INFRASTRUCTURE:
            self._ledger = None
            raise
        self.committed()

    def gaps(self) -> set[Channel]:
        """Return what must be told again: nothing, events are not lost."""
        return set()

    def save(self, *aggregates: Aggregate) -> None:
        """Store what was decided outside any message (a catalogue loaded, a card)."""
        self.events.put([e for a in aggregates for e in a.collect_events()])
        self.committed()

    def retry_set_aside(self) -> int:
        """Try again what waits or was asked for; return how many were handled."""
        done = 0
        blocked = set()
        for item in self.log.set_aside(self.name, due_only=True):
            key = (item.channel, item.message.subject)
            if key in blocked:
                continue
            try:
                self._try_again(item)
            except (*INFRASTRUCTURE, Overtaken):
                raise
            except Exception as still:
                self.log.tried(item, still)
                blocked.add(key)
                continue
            done += 1
        if done:
            self._ledger = None
            self.committed()
        stopped = self.ledger.stopped
        parked = self.log.parked(self.name) if stopped else Parked()
        telemetry.note_set_aside(self.name, len(stopped), *parked)
        return done

    def _try_again(self, item: SetAside) -> None:
        batch = self._handled([item.message])
        released = [(item.channel, item.message.position)]
        try:
            self.events.put(batch.events, listener=self.name, released=released)
        except IntegrityError as faster:
            raise Overtaken(self.name) from faster
        batch.stored()

    def _fresh(self, poll: Poll) -> tuple[Poll, Gap | None]:
        fresh, gap = self.ledger.fresh(poll)
        if gap:
            self._ledger = None  # another instance may have heard what we have not
            fresh, gap = self.ledger.fresh(poll)
        return fresh, gap

    def _record_together_or_apart(self, fresh: Poll) -> None:
        try:
            self._record(fresh)
        except (*INFRASTRUCTURE, Overtaken, IntegrityError):
            raise
        except Exception as poison:
            telemetry.log.warning("batch_split", reason=type(poison).__name__)
            self._record_one_by_one(fresh)

    def _record(self, fresh: Poll) -> None:
        stopped = list(self._behind(fresh))
        waiting = {id(stop.message) for stop in stopped}
        batch = self._handled(
            [m for ms in fresh.values() for m in ms if id(m) not in waiting]
        )
        moves = self.ledger.moves(fresh)
        self.events.put(batch.events, listener=self.name, moves=moves, stopped=stopped)
        self.ledger.advance(moves, stopped)
        batch.stored()

    def _behind(self, fresh: Poll) -> Iterator[Stopped]:
        if not self.ledger.stopped:
            return
        for channel, messages in fresh.items():
            for message in messages:
                if (channel, message.subject) in self.ledger.stopped:
                    yield Stopped(channel, message, BEHIND, False)

    def _record_one_by_one(self, fresh: Poll) -> None:
        for channel, messages in fresh.items():
            for message in messages:
                one = {channel: [message]}
                try:
                    self._record(one)
                except (*INFRASTRUCTURE, Overtaken, IntegrityError):
                    raise
                except Exception as poison:
                    self._set_aside(channel, message, poison)

    def _set_aside(self, channel: Channel, message: Message, why: Exception) -> None:
        is_waiting = isinstance(why, NotYetKnown)
        telemetry.log.log(
            20 if is_waiting else 40,
            "message_waits" if is_waiting else "message_parked",
            type=message.type,
            subject=str(message.subject),
            reason=type(why).__name__,  # its words may quote what people wrote
        )
        moves = self.ledger.moves({channel: [message]})
        stopped = [Stopped(channel, message, repr(why), is_waiting)]
        self.events.put([], listener=self.name, moves=moves, stopped=stopped)
        self.ledger.advance(moves, stopped)

    def _handled(self, messages: Sequence[Message]) -> Batch:
        batch = Batch(self.aggregates, map(self.expects, messages))
        for message in messages:
            with because_of(Cause(message.actor, message.correlation_id, message.id)):
                try:
                    self.whenever(message, batch)
                except DomainError as no:
                    batch.undo()
                    batch.add(_refusal(message, no))
                batch.keep()
        return batch


def _refusal(message: Message, no: DomainError) -> Refusal:
    asked = message.fact()
    if not isinstance(asked, Requested):
        raise no  # nobody asked: this is a fault of ours, not an answer
    return Refusal(
        request_id=asked.request_id,
        subject_id=asked.application_id,
        rule=type(no).__name__,
        reason=list(no.reason),
        what_next=list(no.what_next),
        basis=no.BASIS,
    )


def derived_id(*parts: object) -> UUID:
    """Return the one id for what these parts name, whoever computes it and when."""
    return uuid5(NAMESPACE_URL, "/".join(map(str, parts)))
