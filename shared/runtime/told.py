"""How far a source has been told: the outbox's place, and the end of each partition."""

from __future__ import annotations

from typing import LiteralString

from aiokafka import TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from shared.events.fact import Message
from shared.runtime.log import PostgresLog
from shared.runtime.turn import Held

REMEMBERED = 20_000  # subjects whose hash need not be computed again

# Each is one statement, so all of it or nothing.
_NOTE: LiteralString = """
WITH ends AS (
    INSERT INTO told
    SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[])
    ON CONFLICT (topic, partition) DO UPDATE
    SET position = excluded.position, log_offset = excluded.log_offset)
INSERT INTO relayed VALUES (%s, %s)
ON CONFLICT (source) DO UPDATE SET position = excluded.position
"""
FORGET: LiteralString = "TRUNCATE told, relayed"


class Told:
    """`position` is told whole. Each message names the one before on its partition."""

    def __init__(self, log: PostgresLog, source: str) -> None:
        self._log = log
        self._source = source
        self.position = self._noted = 0
        # Per partition: the last position told, and an offset that the broker had then:
        # the first of the last send, as a broker may count a batch by its first.
        self.ends: dict[TopicPartition, tuple[int, int]] = {}
        self._partition = DefaultPartitioner()
        self._known: dict[tuple[bytes, int], int] = {}

    def part_of(self, message: Message, partitions: list[int]) -> TopicPartition:
        """Return where a message belongs, as every client of Kafka would have it."""
        key = (message.subject.bytes, len(partitions))
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = self._partition(key[0], partitions, partitions)
        return TopicPartition(message.topic, self._known[key])

    def end(self, part: TopicPartition) -> int:
        """Return the last position told on a partition; 0 if none."""
        return self.ends.get(part, (0, -1))[0]

    def resume(self) -> None:
        """Read where an earlier process has come to."""
        with self._log.pool.connection() as connection:
            rows = connection.execute("SELECT * FROM told").fetchall()
            self.ends = {TopicPartition(t, p): (at, o) for t, p, at, o in rows}
            row = connection.execute(
                "SELECT position FROM relayed WHERE source = %s", (self._source,)
            ).fetchone()
            self.position = self._noted = row[0] if row else 0

    def so_far(self) -> tuple[LiteralString, tuple[object, ...]]:
        """Return the statement that notes how far it has come, and what it says."""
        return _NOTE, (
            [part.topic for part in self.ends],
            [part.partition for part in self.ends],
            [position for position, _ in self.ends.values()],
            [offset for _, offset in self.ends.values()],
            self._source,
            self.position,
        )

    async def note(self, turn: Held) -> None:
        """Note how far it has come: what a death makes it forget is told twice."""
        position = self.position
        if position != self._noted:
            statement, said = self.so_far()
            await turn.write(statement, *said)
            self._noted = position

    async def forget(self, turn: Held) -> None:
        """Begin again from the first event: the broker has lost what it was told."""
        await turn.write(FORGET)
        self.ends, self.position, self._noted = {}, 0, 0
