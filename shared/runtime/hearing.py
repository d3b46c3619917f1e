"""What listening means: channels, positions that only grow, and what may go wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError

from shared.events.fact import Message

INFRASTRUCTURE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    # What the server says of itself, whatever the statement: a fault of its own, a
    # standby that was a primary, a client it has given up.
    psycopg.errors.InternalError_,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    OperationalError,
    InterfaceError,
)


class Channel(NamedTuple):
    """One source's messages on one partition of one topic: positions only grow."""

    source: str
    topic: str
    partition: int


Poll = Mapping[Channel, Sequence[Message]]


class Move(NamedTuple):
    """A position that goes from where it was read to where the poll ends."""

    channel: Channel
    old: int
    new: int


BEHIND = "behind an earlier message"


class Stopped(NamedTuple):
    """A message set aside with its reason; its key's later messages wait behind it."""

    channel: Channel
    message: Message
    reason: str
    is_waiting: bool  # tried again by itself, as something it needs may yet be heard


class Gap(Exception):
    """Something told on this channel has not been heard; it must be read again."""

    def __init__(self, channel: Channel, heard: int, previous: int) -> None:
        self.channel = channel
        super().__init__(f"{channel}: heard up to {heard}, told up to {previous}")


class Overtaken(Exception):
    """Somebody else has moved this position since it was read. Nothing was stored."""


@dataclass
class Ledger:
    """How far one listener has heard, and which keys are stopped, as last read."""

    heard: dict[Channel, int] = field(default_factory=dict)
    stopped: set[tuple[Channel, UUID]] = field(default_factory=set)

    def fresh(self, poll: Poll) -> tuple[dict[Channel, list[Message]], Gap | None]:
        """Return what has not been heard yet, and what is missing, if anything is.

        A message that lacks the one before it is left out. A broker that has lost its
        log may begin with such a message; it comes again in its place.
        """
        fresh, gap = {}, None
        for channel, messages in poll.items():
            heard = self.heard.get(channel, 0)
            news, lacking = [], None
            for message in messages:
                if message.position <= heard:
                    continue
                if message.previous > heard:
                    lacking = lacking or message
                    continue
                heard = message.position
                news.append(message)
            if news:
                fresh[channel] = news
            if lacking and lacking.position > heard:
                gap = gap or Gap(channel, heard, lacking.previous)
        return fresh, gap

    def moves(self, fresh: Poll) -> list[Move]:
        return [
            Move(channel, self.heard.get(channel, 0), messages[-1].position)
            for channel, messages in fresh.items()
        ]

    def advance(self, moves: Sequence[Move], stopped: Sequence[Stopped]) -> None:
        """Remember what has just been committed."""
        self.heard.update({move.channel: move.new for move in moves})
        self.stopped |= {(stop.channel, stop.message.subject) for stop in stopped}
