"""Wakes whoever waits as soon as what they wait for has been committed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from prometheus_client import Gauge
from pydantic import BaseModel

from services.gateway.problems import Problem
from shared.events.fact import Message
from shared.events.monitoring import CardIssued, CardRevoked

HEARTBEAT = 15.0  # seconds; also how soon another gateway's news is seen at the latest
LONGEST_STREAM = 1_800.0  # seconds; then the client asks again, and is checked again
MOST_STREAMS = 500
MOST_STREAMS_EACH = 10  # of one person or address
CARDS = "cards"


def case(application_id: object) -> str:
    return f"case:{application_id}"


def request(request_id: object) -> str:
    return f"request:{request_id}"


@dataclass(frozen=True)
class News:
    """One server-sent event. `id` is the place to go on from."""

    id: str
    event: str
    data: BaseModel

    def encoded(self) -> bytes:
        body = self.data.model_dump_json()
        return f"id: {self.id}\nevent: {self.event}\ndata: {body}\n\n".encode()


class Woken(Protocol):
    """What is set when there is news."""

    def set(self) -> None: ...


W = TypeVar("W", bound=Woken)


streams = Gauge("tongban_streams", "People who listen for news as it comes")


class Live:
    """In-process: what is read after a wake comes from the views, so none is lost."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[Woken]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._streams: Counter[str] = Counter()
        self.is_closing = False
        streams.set_function(lambda: self._streams.total())

    def told(self, messages: Sequence[Message]) -> None:
        """Wake those who wait for these; called from any thread, after the commit."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake, set(_topics(messages)))

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        self.is_closing = True
        self._wake(set(self._waiting))

    @contextmanager
    def listen(self, *topics: str, woken: W) -> Iterator[W]:
        """Set this whenever there is news on one of these, inside the block."""
        self._loop = asyncio.get_running_loop()
        for topic in topics:
            self._waiting[topic].add(woken)
        try:
            yield woken
        finally:
            for topic in topics:
                self._waiting[topic].discard(woken)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    async def stream(
        self,
        topics: str | tuple[str, ...],
        read: Callable[[str], Sequence[News]],
        after: str,
        listener: str,
    ) -> AsyncIterator[bytes]:
        """Yield what `read` returns after a place, whenever there is more of it.

        Ends when the client leaves (by cancellation), after LONGEST_STREAM, on close.
        """
        self._streams[listener] += 1
        ends_at = asyncio.get_running_loop().time() + LONGEST_STREAM
        try:
            yield b"retry: 2000\n\n"
            listened = (topics,) if isinstance(topics, str) else topics
            with self.listen(*listened, woken=asyncio.Event()) as woken:
                while True:
                    woken.clear()
                    found = await asyncio.to_thread(read, after)
                    for news in found:
                        after = news.id
                        yield news.encoded()
                    if found:
                        continue  # there may be more than one read returns
                    now = asyncio.get_running_loop().time()
                    if self.is_closing or now > ends_at:
                        return
                    if not await wait(woken, HEARTBEAT):
                        yield b": still here\n\n"
        finally:
            self._streams[listener] -= 1
            self._streams += Counter()  # forgets those at zero

    def must_have_room(self, listener: str) -> None:
        """Raise a Problem if this listener, or everybody, listens enough already."""
        if (
            self._streams[listener] >= MOST_STREAMS_EACH
            or self._streams.total() >= MOST_STREAMS
        ):
            raise Problem(503, "TooManyStreams", retry_after=30)

    def _wake(self, topics: set[str]) -> None:
        for topic in topics:
            for woken in self._waiting.get(topic, ()):
                woken.set()


async def wait(woken: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _topics(messages: Sequence[Message]) -> Iterator[str]:
    for message in messages:
        if message.type in (CardIssued.TYPE, CardRevoked.TYPE):
            yield CARDS
        if application_id := message.data.get("application_id"):
            yield case(application_id)
        yield request(message.correlation_id)
