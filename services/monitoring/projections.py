"""Which clocks run, who answers for them, and what falls due next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from aiokafka.partitioner import DefaultPartitioner
from pydantic import TypeAdapter

from services.monitoring.rules import (
    Clock,
    Due,
    Holder,
    due_cards,
    next_due,
    void_cards,
)
from shared.events.clocks import ClockFact, ClockHandedOver, ClockStarted, ClockStopped
from shared.events.fact import Message
from shared.runtime.aggregate import NotYetKnown
from shared.runtime.database import Cursor, Pool
from shared.runtime.views import View

AT_ONCE = 200  # clocks decided in one transaction

_as_json = TypeAdapter(Clock)
_partition_of = DefaultPartitioner()


def after(clock: Clock | None, message: Message, fact: ClockFact) -> Clock:
    """Return what is known of a clock once this has been heard.

    Raises NotYetKnown for a clock whose start has not been heard yet.
    """
    match fact:
        case ClockStarted():
            return clock or _started(message, fact)
        case _ if clock is None:
            raise NotYetKnown(f"clock {fact.clock_id}")
        case ClockHandedOver():
            return clock.handed_over(fact.agency, fact.handed_over_at)
        case ClockStopped():
            return clock.stopped(fact.stopped_at)
        case _:
            return clock


def _started(message: Message, fact: ClockStarted) -> Clock:
    return Clock(
        clock_id=fact.clock_id,
        application_id=fact.application_id,
        correlation_id=message.correlation_id,
        causation_id=message.id,
        number=fact.number,
        item_name=(fact.item_name.zh, fact.item_name.en),
        region=fact.region,
        holders=(Holder(fact.agency, fact.started_at),),
        warn_at=fact.warn_at,
        promised_due_at=fact.promised_due_at,
        statutory_due_at=fact.statutory_due_at,
    )


class ClocksView(View):
    """A row a clock. The index on `next_due_at` is the agenda."""

    NAME = "clocks"
    TABLES = ("clocks",)
    SCHEMA = """
        CREATE TABLE IF NOT EXISTS clocks (
            clock_id uuid PRIMARY KEY, partition int NOT NULL, region text NOT NULL,
            state jsonb NOT NULL, is_running boolean NOT NULL,
            decided_until timestamptz, next_due_at timestamptz);
        CREATE INDEX IF NOT EXISTS clocks_agenda ON clocks (next_due_at, partition)
            WHERE next_due_at IS NOT NULL;
        CREATE INDEX IF NOT EXISTS clocks_running ON clocks (partition, region)
            WHERE is_running;
        CREATE TABLE IF NOT EXISTS half_read (partition int PRIMARY KEY);
    """

    def __init__(self, partitions: int) -> None:
        """`partitions` are those of the topic, which never change."""
        self._partitions = list(range(partitions))

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        facts = [(m, f) for m in messages if isinstance(f := m.fact(), ClockFact)]
        known = _known(cursor, {fact.clock_id for _, fact in facts})
        decided = {clock.clock_id: until for clock, until in known}
        clocks = {clock.clock_id: clock for clock, _ in known}
        for message, fact in facts:
            clocks[fact.clock_id] = after(clocks.get(fact.clock_id), message, fact)
        cursor.executemany(
            "INSERT INTO clocks VALUES (%s, %s, %s, %s, %s, NULL, %s)"
            " ON CONFLICT (clock_id) DO UPDATE SET state = excluded.state,"
            " is_running = excluded.is_running, next_due_at = excluded.next_due_at",
            [self._row(c, decided.get(c.clock_id)) for c in clocks.values()],
        )

    def _row(self, clock: Clock, decided_until: datetime | None) -> tuple[Any, ...]:
        parts = self._partitions
        return (
            clock.clock_id,
            _partition_of(clock.application_id.bytes, parts, parts),
            clock.region,
            _as_json.dump_json(clock).decode(),
            clock.stopped_at is None,
            _look_at(clock, decided_until),
        )


def _look_at(clock: Clock, decided_until: datetime | None) -> datetime | None:
    """Return when it is to be looked at: at once, if cards of it are to be revoked."""
    if void_cards(clock, decided_until):
        return clock.stopped_at
    return next_due(clock, decided_until)


class _Known(NamedTuple):
    clock: Clock
    decided_until: datetime | None  # cards due up to then have been decided


def _known(cursor: Cursor, clock_ids: Iterable[UUID]) -> list[_Known]:
    cursor.execute(
        "SELECT state, decided_until FROM clocks WHERE clock_id = ANY(%s) FOR UPDATE",
        (list(clock_ids),),
    )
    return [_Known(_as_json.validate_python(s), d) for s, d in cursor.fetchall()]


class Agenda:
    """What falls due, on some partitions of the topic."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def next_due_at(self, partitions: Iterable[int]) -> datetime | None:
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT next_due_at FROM clocks WHERE next_due_at IS NOT NULL"
                " AND partition = ANY(%s) ORDER BY next_due_at LIMIT 1",
                (list(partitions),),
            ).fetchone()
            return row[0] if row else None

    def decide(
        self,
        until: Mapping[int, datetime],
        issue: Callable[[list[Due]], None],
        revoke: Callable[[list[Due]], None],
    ) -> int:
        """Issue what is due on each partition up to an instant; return how many clocks.

        What was issued before it was heard that the work had ended in time is revoked.

        At most AT_ONCE clocks are looked at, the longest due first; they stay locked
        until it is noted that they were, so that a stop waits for its turn.
        """
        with self._pool.connection() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT state, decided_until, until FROM clocks JOIN"
                " unnest(%s::int[], %s::timestamptz[]) AS asked(partition, until)"
                " USING (partition) WHERE next_due_at <= until"
                " ORDER BY next_due_at LIMIT %s FOR UPDATE OF clocks SKIP LOCKED",
                (list(until), list(until.values()), AT_ONCE),
            )
            rows = [(_as_json.validate_python(s), d, u) for s, d, u in cursor]
            dues = [due for row in rows for due in due_cards(row[0], row[2], row[1])]
            if dues:
                issue(sorted(dues, key=lambda due: due.due_at))
            # Who has forgotten what was decided asks for all that may have been.
            if void := [due for c, d, u in rows for due in void_cards(c, d or u)]:
                revoke(void)
            cursor.executemany(
                "UPDATE clocks SET decided_until = %s, next_due_at = %s"
                " WHERE clock_id = %s",
                [(u, next_due(c, u), c.clock_id) for c, _, u in rows],
            )
            return len(rows)

    def running(self, partitions: Iterable[int]) -> dict[str, int]:
        """Return how many clocks run, by region."""
        with self._pool.connection() as connection:
            return dict(
                connection.execute(
                    "SELECT region, count(*) FROM clocks WHERE is_running"
                    " AND partition = ANY(%s) GROUP BY region",
                    (list(partitions),),
                ).fetchall()
            )

    def lacking(self, partitions: Iterable[int]) -> set[int]:
        """Return those partitions of which nothing is noted yet, or not all there is.

        Whoever reads one from its beginning may be killed before it comes to the end.
        """
        with self._pool.connection() as connection:
            found = connection.execute(
                "SELECT asked FROM unnest(%s::int[]) AS asked"
                " WHERE asked IN (SELECT partition FROM half_read) OR asked NOT IN"
                " (SELECT partition FROM positions WHERE listener = %s)",
                (list(partitions), ClocksView.NAME),
            ).fetchall()
        return {partition for (partition,) in found}

    def begin_reading(self, partition: int) -> None:
        """Note that a partition is read from its beginning."""
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO half_read VALUES (%s) ON CONFLICT DO NOTHING", (partition,)
            )

    def end_reading(self, partition: int) -> None:
        """Note that all of it is read, and have a look at every clock that stopped.

        A card of it may have been issued before what was known was forgotten.
        """
        with self._pool.connection() as connection:
            connection.execute(
                "UPDATE clocks SET next_due_at = (state ->> 'stopped_at')::timestamptz"
                " WHERE partition = %s AND next_due_at IS NULL"
                " AND decided_until IS NULL AND NOT is_running",
                (partition,),
            )
            connection.execute(
                "DELETE FROM half_read WHERE partition = %s", (partition,)
            )
