"""The event store in PostgreSQL: events and positions in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
)

from shared.runtime import positions
from shared.runtime.database import POSITIONS, Pool, connected, open_pool, written
from shared.runtime.hearing import Channel, Ledger, Move, Stopped
from shared.runtime.positions import Parked, SetAside

EVENTS = """
CREATE TABLE IF NOT EXISTS events (
    originator_id uuid NOT NULL, originator_version bigint NOT NULL,
    topic text NOT NULL, state bytea NOT NULL,
    notification_id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
    PRIMARY KEY (originator_id, originator_version));
CREATE UNIQUE INDEX IF NOT EXISTS events_in_order ON events (notification_id);
CREATE TABLE IF NOT EXISTS told (
    topic text NOT NULL, partition int NOT NULL,
    position bigint NOT NULL, log_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS relayed (
    source text PRIMARY KEY, position bigint NOT NULL);
"""

# Held while inserting, so that positions are committed in the order they are given.
# A lock of the table would wait for PostgreSQL's own tidying of it, a second at a time,
# and end it: it would never be tidied.
APPENDING = 7_301_003  # advisory lock
_LOCK = f"SELECT pg_advisory_xact_lock({APPENDING})".encode()

_INSERT = """
INSERT INTO events (originator_id, originator_version, topic, state)
SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])
RETURNING notification_id
"""


class PostgresLog(ApplicationRecorder):
    """A gapless log of one service's events; whoever listens names itself in it.

    Unlike the recorder of the `eventsourcing` library it moves many positions by
    compare-and-set, retries nothing behind the caller's back, and sends no NOTIFY.
    """

    def __init__(self, conninfo: str, schema: Sequence[str] = ()) -> None:
        self.conninfo = conninfo
        self.pool: Pool = open_pool(conninfo, [POSITIONS, EVENTS, *schema])
        # One query is one transaction: no round trips to begin and end it.
        self._readers: Pool = connected(conninfo, size=2, autocommit=True)

    def close(self) -> None:
        self._readers.close()
        self.pool.close()

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
        """Store events, positions and what was set aside, all or nothing.

        Raises IntegrityError when somebody else wrote to one of the aggregates, and
        Overtaken when somebody else has moved one of the positions.
        """
        with written(self.pool) as cursor:
            positions.move(cursor, {listener: moves})
            if stopped:
                positions.stop(cursor, listener, stopped)
            for channel, position in released:
                positions.release(cursor, listener, channel, position)
            if not stored_events:
                return []
            cursor.execute(_LOCK)
            try:
                cursor.execute(
                    _INSERT,
                    (
                        [cast(UUID, e.originator_id) for e in stored_events],
                        [e.originator_version for e in stored_events],
                        [e.topic for e in stored_events],
                        [e.state for e in stored_events],
                    ),
                )
                return [row[0] for row in cursor.fetchall()]
            except psycopg.errors.UniqueViolation as conflict:
                raise IntegrityError(str(conflict)) from conflict

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        order = "DESC" if desc else "ASC"
        with self._readers.connection() as reader, reader.cursor(binary=True) as c:
            c.execute(
                "SELECT originator_version, topic, state FROM events"
                " WHERE originator_id = %s"
                " AND originator_version > %s AND originator_version <= %s"
                f" ORDER BY originator_version {order} LIMIT %s",
                (originator_id, gt or 0, lte or 2**62, limit),
            )
            return [StoredEvent(originator_id, *row) for row in c.fetchall()]

    def select_since(self, known: Mapping[UUID, int]) -> Sequence[StoredEvent]:
        """Return the events of many aggregates after these versions, in order."""
        with self._readers.connection() as reader, reader.cursor(binary=True) as c:
            c.execute(
                "SELECT e.originator_id, e.originator_version, e.topic, e.state"
                " FROM unnest(%s::uuid[], %s::bigint[]) AS k(id, version)"
                " JOIN events e ON e.originator_id = k.id"
                " AND e.originator_version > k.version ORDER BY 1, 2",
                (list(known), list(known.values())),
            )
            return [StoredEvent(*row) for row in c.fetchall()]

    def select_ends(self, originator_id: UUID) -> Sequence[StoredEvent]:
        """Return the first and the last event of one aggregate."""
        first = self.select_events(originator_id, limit=1)
        last = self.select_events(originator_id, gt=1, desc=True, limit=1)
        return [*first, *last]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = (start or 0) - (1 if inclusive_of_start else 0)
        with self._readers.connection() as reader, reader.cursor(binary=True) as c:
            c.execute(
                "SELECT originator_id, originator_version, topic, state,"
                " notification_id FROM events WHERE notification_id > %s"
                " AND notification_id <= %s AND (%s OR topic = ANY(%s))"
                " ORDER BY notification_id LIMIT %s",
                (after, stop or 2**62, not topics, list(topics), limit),
            )
            return [Notification(*row) for row in c.fetchall()]

    def max_notification_id(self) -> int | None:
        with self._readers.connection() as reader:
            row = reader.execute("SELECT max(notification_id) FROM events")
            [highest] = row.fetchone() or (None,)
            return cast("int | None", highest)

    def subscribe(self, *_: Any, **__: Any) -> Subscription[ApplicationRecorder]:
        raise TypeError("the relay reads the log; nobody subscribes to it")

    # What a listener remembers.

    def ledger(self, listener: str) -> Ledger:
        with self.pool.connection() as connection, connection.cursor() as cursor:
            return positions.read(cursor, listener)

    def set_aside(self, listener: str, due_only: bool = False) -> list[SetAside]:
        with self.pool.connection() as connection, connection.cursor() as cursor:
            return positions.set_aside(cursor, listener, due_only)

    def parked(self, listener: str) -> Parked:
        with self.pool.connection() as connection, connection.cursor() as cursor:
            return positions.parked(cursor, listener)

    def tried(self, item: SetAside, why: Exception) -> None:
        with self.pool.connection() as connection, connection.cursor() as cursor:
            positions.tried(cursor, item, why)
