"""Records what people ask for: durable before it is answered, Kafka or no Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import IntegrityError

from services.gateway.domain.request import Request
from shared.events.fact import Message
from shared.events.gateway import Requested
from shared.runtime.aggregate import Aggregate, Cause, because_of
from shared.runtime.application import Application
from shared.runtime.batch import Batch

# The one person a request came from, so that nobody can repeat another's key.
_PEOPLE = UUID("6f1a3c1e-8a86-5b55-9d2f-2f2a2b1c9d10")

# What goes with a request and was looked up: it may be another when it is repeated.
LOOKED_UP = frozenset({"desk", "agency", "item_version", "clerk", "officer"})

LONGEST_QUEUE = 1_000  # requests that wait to be recorded
LARGEST_BATCH = 200  # requests recorded in one transaction
LONGEST_WAIT = 10.0  # seconds until somebody is told to come back later


class KeyReused(Exception):
    """This key has been used for something else."""


class TooBusy(Exception):
    """More is asked than can be recorded now; nothing was recorded."""

    retry_after = 2  # seconds


@dataclass(frozen=True)
class Recorded:
    """The receipt: the request will be told, whatever happens."""

    request_id: UUID
    application_id: UUID
    at: datetime


def request_id(person: str, key: str) -> UUID:
    """Return the id of what this person asks for under this key."""
    return uuid5(uuid5(_PEOPLE, person), key)


def new_case(request: UUID) -> UUID:
    """Return the id of the case that a submission opens."""
    return uuid5(request, "application")


@dataclass
class _Pending:
    request: Request
    event: Aggregate.Event
    recorded: asyncio.Future[Recorded]


class RequestLog(Application):
    """The event store of the gateway; it hears nothing."""

    name = "gateway"

    def whenever(self, message: Message, batch: Batch) -> None:  # noqa: ARG002
        raise TypeError("requests come from people, not from messages")

    def store(self, events: Sequence[Aggregate.Event]) -> None:
        """Store all of them, or none; raises IntegrityError if one exists already."""
        self.events.put(events)
        self.committed()

    def find(self, request_id: UUID) -> Request | None:
        try:
            found: object = self.repository.get(request_id)
        except AggregateNotFoundError:
            return None
        return found if isinstance(found, Request) else None


class Requests:
    """One writer records what many people ask at once: a batch, a transaction."""

    def __init__(self, log: RequestLog) -> None:
        self.log = log
        self._queue: asyncio.Queue[_Pending] = asyncio.Queue(LONGEST_QUEUE)

    async def record(self, fact: Requested, person: str) -> Recorded:
        """Record a request once and return its receipt; a repeated one gets the first.

        Raises KeyReused if another request bears its id, TooBusy if it is not
        recorded in time (asking again under the same key is safe), and what
        PostgreSQL raises when it is away.
        """
        pending = _pending(fact, person)
        try:
            self._queue.put_nowait(pending)
        except asyncio.QueueFull:
            raise TooBusy from None
        try:
            return await asyncio.wait_for(pending.recorded, LONGEST_WAIT)
        except TimeoutError:
            raise TooBusy from None

    def find(self, request_id: UUID) -> Request | None:
        """Return a recorded request. Blocks: call it from a thread."""
        return self.log.find(request_id)

    def version_asked(self, request_id: UUID, task_code: str) -> int | None:
        """Return which version an application was right for, if it is a repeated one.

        Blocks: call it from a thread.
        """
        known = self.log.find(request_id)
        if known is None or known.payload.get("task_code") != task_code:
            return None
        return int(known.payload["item_version"])

    async def run(self) -> None:
        """Write until cancelled; what waits then is told to come back."""
        batch: list[_Pending] = []
        try:
            while True:
                batch = [await self._queue.get()]
                while len(batch) < LARGEST_BATCH and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                batch = [p for p in batch if not p.recorded.done()]
                answers = await asyncio.to_thread(self._record, batch)
                for pending, answer in zip(batch, answers, strict=True):
                    _answer(pending, answer)
        finally:
            while not self._queue.empty():
                batch.append(self._queue.get_nowait())
            for pending in batch:
                _answer(pending, TooBusy())

    def _record(self, batch: Sequence[_Pending]) -> list[Recorded | Exception]:
        first = {p.request.id: p for p in reversed(batch)}
        try:
            self.log.store([p.event for p in first.values()])
        except IntegrityError:
            return [self._record_one(p) for p in batch]
        except Exception as away:  # noqa: BLE001 - it is everybody's answer
            return [away for _ in batch]
        return [_receipt(first[p.request.id].request, p.request) for p in batch]

    def _record_one(self, pending: _Pending) -> Recorded | Exception:
        try:
            known = self.log.find(pending.request.id)
            if known is None:
                with suppress(IntegrityError):  # its own repetition was faster
                    self.log.store([pending.event])
                known = self.log.find(pending.request.id)
        except Exception as away:  # noqa: BLE001 - it is the answer
            return away
        return _receipt(known or pending.request, pending.request)


def request_of(fact: Requested, person: str) -> Request:
    """Return what somebody asks for, not recorded yet."""
    with because_of(Cause(actor=person, correlation_id=fact.request_id)):
        return Request(
            request_id=fact.request_id,
            kind=fact.TYPE,
            version=fact.VERSION,
            payload=fact.model_dump(mode="json"),
            person=person,
            application_id=fact.application_id,
        )


def _pending(fact: Requested, person: str) -> _Pending:
    request = request_of(fact, person)
    [event] = request.collect_events()
    return _Pending(request, event, asyncio.get_running_loop().create_future())


def _receipt(known: Request, asked: Request) -> Recorded | Exception:
    if known.kind != asked.kind or _said(known) != _said(asked):
        return KeyReused(str(asked.id))
    return Recorded(known.id, known.application_id, known.created_on)


def _said(request: Request) -> dict[str, Any]:
    """Return what the person said themselves; online, not even who they are."""
    said = {key: part for key, part in request.payload.items() if key not in LOOKED_UP}
    match said:
        case {"channel": "online"}:
            del said["applicant"]
        case {"applicant": seen}:
            said["applicant"] = seen | {"user_id": ""}
    return said


def _answer(pending: _Pending, answer: Recorded | Exception) -> None:
    if pending.recorded.done():
        return
    if isinstance(answer, Exception):
        pending.recorded.set_exception(answer)
    else:
        pending.recorded.set_result(answer)
