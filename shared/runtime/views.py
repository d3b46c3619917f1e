"""Read models: rows derived from facts, in the transaction that notes how far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from shared.events.fact import Message
from shared.runtime import positions, telemetry
from shared.runtime.aggregate import NotYetKnown
from shared.runtime.database import Cursor, Pool, written
from shared.runtime.hearing import (
    BEHIND,
    INFRASTRUCTURE,
    Channel,
    Gap,
    Ledger,
    Move,
    Overtaken,
    Poll,
    Stopped,
)
from shared.runtime.positions import Parked


class View(ABC):
    """Rows that answer one question. Rebuilt by forgetting what it has heard."""

    NAME: ClassVar[str]
    TABLES: ClassVar[tuple[str, ...]]
    SCHEMA: ClassVar[str]  # idempotent SQL

    @abstractmethod
    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        """Change the rows as these messages, in order within a channel, tell."""


@dataclass(frozen=True)
class _Step:
    """What one view does with one poll."""

    view: View
    ledger: Ledger
    fresh: Poll
    moves: Sequence[Move]

    @cached_property
    def stopped(self) -> list[Stopped]:
        return _behind(self.ledger, self.fresh)

    def write(self, cursor: Cursor) -> None:
        if self.stopped:
            positions.stop(cursor, self.view.NAME, self.stopped)
        waiting = {id(stop.message) for stop in self.stopped}
        self.view.apply(
            cursor,
            [m for ms in self.fresh.values() for m in ms if id(m) not in waiting],
        )


class Views:
    """All views of a service hear one poll in one transaction, each from its place."""

    def __init__(self, pool: Pool, views: Sequence[View]) -> None:
        self._pool = pool
        self._views = views
        self._ledgers: dict[str, Ledger] = {}
        self._channels: set[Channel] = set()  # all that any view has ever heard
        self.committed: Callable[[Sequence[Message]], None] = lambda _: None

    def hear(self, poll: Poll) -> None:
        """Apply what is new to each view.

        Raises Gap when a view lacks something told before (it may just have been
        emptied), once the rest is stored; Overtaken when another instance was faster,
        and then nothing is stored.
        """
        try:
            self._load()
            gap = self._apply(poll, self._views)
        except (Overtaken, *INFRASTRUCTURE):
            self._unload()
            raise
        except Exception as poison:
            self._unload()
            telemetry.log.warning("batch_split", reason=type(poison).__name__)
            gap = self._one_by_one(poll)
        self.committed([m for messages in poll.values() for m in messages])
        if gap:
            raise gap

    def retry_set_aside(self) -> int:
        """Try again what waits or was asked for; return how many were handled."""
        done = 0
        for view in self._views:
            done += self._retry(view)
        if done:
            self._unload()
        self._load()
        for name, ledger in self._ledgers.items():
            stopped = ledger.stopped
            parked = self._parked(name) if stopped else Parked()
            telemetry.note_set_aside(name, len(stopped), *parked)
        return done

    def gaps(self) -> set[Channel]:
        """Return what a view that has been emptied must be told again."""
        self._unload()
        self._load()
        heard = [ledger.heard.keys() for ledger in self._ledgers.values()]
        known = self._channels.union(*heard)
        return {c for c in known if any(c not in each for each in heard)}

    def forget(self, name: str) -> None:
        """Empty one view; it is told everything again from the beginning.

        Whoever hears meanwhile is waited for, and finds that it was overtaken.
        """
        [view] = [view for view in self._views if name == view.NAME]
        with self._pool.connection() as connection, connection.cursor() as cursor:
            # In the order in which a poll, and a message tried again, lock them.
            cursor.execute("LOCK TABLE positions IN EXCLUSIVE MODE")
            cursor.execute("DELETE FROM positions WHERE listener = %s", (name,))
            cursor.execute("DELETE FROM stopped WHERE listener = %s", (name,))
            cursor.execute(f"TRUNCATE {', '.join(view.TABLES)}".encode())

    def _parked(self, name: str) -> Parked:
        with self._pool.connection() as connection, connection.cursor() as cursor:
            return positions.parked(cursor, name)

    def _unload(self) -> None:
        """Read the positions anew next time; which channels there are is known."""
        for ledger in self._ledgers.values():
            self._channels |= ledger.heard.keys()
        self._ledgers.clear()

    def _load(self) -> None:
        if len(self._ledgers) < len(self._views):
            with self._pool.connection() as connection, connection.cursor() as cursor:
                for view in self._views:
                    self._ledgers[view.NAME] = positions.read(cursor, view.NAME)

    def _apply(self, poll: Poll, views: Sequence[View]) -> Gap | None:
        """Move all positions first, as `forget` locks them first; then the rows."""
        gap = None
        steps = []
        for view in views:
            ledger = self._ledgers[view.NAME]
            fresh, missing = ledger.fresh(poll)
            gap = missing or gap
            if fresh:
                steps.append(_Step(view, ledger, fresh, ledger.moves(fresh)))
        with written(self._pool) as cursor:
            positions.move(cursor, {s.view.NAME: s.moves for s in steps})
            for step in steps:
                step.write(cursor)
        for step in steps:
            step.ledger.advance(step.moves, step.stopped)
        return gap

    def _one_by_one(self, poll: Poll) -> Gap | None:
        self._load()
        gap = None
        for channel, messages in poll.items():
            for message in messages:
                for view in self._views:
                    try:
                        gap = self._apply({channel: [message]}, [view]) or gap
                    except (Overtaken, *INFRASTRUCTURE):
                        raise
                    except Exception as poison:
                        self._set_aside(view, channel, message, poison)
        return gap

    def _set_aside(
        self, view: View, channel: Channel, message: Message, why: Exception
    ) -> None:
        telemetry.log.error(
            "message_parked",
            view=view.NAME,
            type=message.type,
            subject=str(message.subject),
            reason=type(why).__name__,  # its words may quote what people wrote
        )
        ledger = self._ledgers[view.NAME]
        moves = ledger.moves({channel: [message]})
        is_waiting = isinstance(why, NotYetKnown)
        stopped = [Stopped(channel, message, repr(why), is_waiting)]
        with written(self._pool) as cursor:
            positions.move(cursor, {view.NAME: moves})
            positions.stop(cursor, view.NAME, stopped)
        ledger.advance(moves, stopped)

    def _retry(self, view: View) -> int:
        done = 0
        blocked = set()
        with self._pool.connection() as connection, connection.cursor() as cursor:
            due = positions.set_aside(cursor, view.NAME, due_only=True)
        for item in due:
            key = (item.channel, item.message.subject)
            if key in blocked:
                continue
            try:
                with self._pool.connection() as connection, connection.cursor() as c:
                    positions.release(c, view.NAME, item.channel, item.message.position)
                    view.apply(c, [item.message])
                done += 1
            except INFRASTRUCTURE:
                raise
            except Exception as still:
                blocked.add(key)
                with self._pool.connection() as connection, connection.cursor() as c:
                    positions.tried(c, item, still)
        return done


def _behind(ledger: Ledger, fresh: Poll) -> list[Stopped]:
    return [
        Stopped(channel, message, BEHIND, False)
        for channel, messages in fresh.items()
        for message in messages
        if (channel, message.subject) in ledger.stopped
    ]
