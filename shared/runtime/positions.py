"""Positions and stopped messages, written in the transaction of what they caused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from psycopg.types.json import Json

from shared.events.fact import Message
from shared.runtime.aggregate import NotYetKnown
from shared.runtime.database import Cursor
from shared.runtime.hearing import BEHIND, Channel, Ledger, Move, Overtaken, Stopped


def read(cursor: Cursor, listener: str) -> Ledger:
    """Return how far this listener has come."""
    cursor.execute(
        "SELECT source, topic, partition, position FROM positions WHERE listener = %s",
        (listener,),
    )
    heard = {Channel(*row[:3]): row[3] for row in cursor.fetchall()}
    cursor.execute(
        "SELECT DISTINCT source, topic, partition, subject FROM stopped"
        " WHERE listener = %s",
        (listener,),
    )
    return Ledger(heard, {(Channel(*row[:3]), row[3]) for row in cursor.fetchall()})


def move(cursor: Cursor, moves: Mapping[str, Sequence[Move]]) -> None:
    """Move each listener's positions, each only from where it was read.

    Raises Overtaken, so that a listener that slept through a rebalance stores nothing.
    """
    flat = [(listener, m) for listener, each in moves.items() for m in each]
    if not flat:
        return
    cursor.execute(
        """
        WITH moves AS (
            SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[],
                                 %s::bigint[], %s::bigint[])
                     AS m(listener, source, topic, part, old, new)),
        begun AS (
            INSERT INTO positions
            SELECT listener, source, topic, part, new FROM moves WHERE old = 0
            ON CONFLICT DO NOTHING RETURNING 1),
        moved AS (
            UPDATE positions p SET position = new FROM moves m
            WHERE p.listener = m.listener AND p.source = m.source
              AND p.topic = m.topic AND p.partition = m.part
              AND p.position = m.old AND m.old > 0
            RETURNING 1)
        SELECT (SELECT count(*) FROM begun) + (SELECT count(*) FROM moved)
        """,
        (
            [listener for listener, _ in flat],
            [m.channel.source for _, m in flat],
            [m.channel.topic for _, m in flat],
            [m.channel.partition for _, m in flat],
            [m.old for _, m in flat],
            [m.new for _, m in flat],
        ),
    )
    row = cursor.fetchone()
    if row is None or row[0] != len(flat):
        raise Overtaken(", ".join(moves))


def stop(cursor: Cursor, listener: str, stopped: Sequence[Stopped]) -> None:
    """Set messages aside; nothing is skipped in silence.

    Raises Overtaken if what one of them is behind has been handled meanwhile.
    """
    for s in stopped:
        if s.reason == BEHIND:
            cursor.execute(
                "SELECT 1 FROM stopped WHERE listener = %s AND source = %s"
                " AND topic = %s AND partition = %s AND subject = %s FOR UPDATE",
                (listener, *s.channel, s.message.subject),
            )
            if cursor.fetchone() is None:
                raise Overtaken(listener)
    cursor.executemany(
        "INSERT INTO stopped (listener, source, topic, partition, position, subject,"
        " message, reason, is_waiting) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [
            (
                listener,
                *s.channel,
                s.message.position,
                s.message.subject,
                Json(s.message.model_dump(mode="json")),
                s.reason,
                s.is_waiting,
            )
            for s in stopped
        ],
    )


# Half a second after the first try, then longer and longer, up to a minute; and at
# once if the server's clock has been set back since.
_IS_DUE = (
    "(d.tried_at > clock_timestamp() OR d.tried_at + make_interval(secs =>"
    " least(0.5 * power(2, least(d.tries, 8) - 1), 60)) <= clock_timestamp())"
)


class SetAside(NamedTuple):
    """A message that was set aside, as an operator sees it."""

    listener: str
    channel: Channel
    message: Message
    reason: str
    is_waiting: bool
    tries: int
    stopped_at: object


def set_aside(
    cursor: Cursor,
    listener: str | None = None,
    due_only: bool = False,
    limit: int = 5_000,
) -> list[SetAside]:
    """Return what is set aside, in the order in which it must be tried again."""
    cursor.execute(
        "SELECT listener, source, topic, partition, message, reason, is_waiting, tries,"
        " stopped_at FROM stopped s WHERE (%s::text IS NULL OR listener = %s)"
        " AND (NOT %s OR EXISTS (SELECT 1 FROM stopped d"
        "   WHERE (d.listener, d.source, d.topic, d.partition, d.subject)"
        "       = (s.listener, s.source, s.topic, s.partition, s.subject)"
        f"   AND (d.replay_asked OR d.is_waiting AND {_IS_DUE})))"
        " ORDER BY listener, source, topic, partition, position LIMIT %s",
        (listener, listener, due_only, limit),
    )
    return [
        SetAside(
            row[0],
            Channel(*row[1:4]),
            Message.model_validate(row[4]),
            *row[5:],
        )
        for row in cursor.fetchall()
    ]


class Parked(NamedTuple):
    """How many messages need a person, and how long the oldest set aside has been."""

    messages: int = 0
    seconds: float = 0.0


def parked(cursor: Cursor, listener: str) -> Parked:
    cursor.execute(
        "SELECT count(*) FILTER (WHERE NOT is_waiting AND reason <> %s),"
        " coalesce(extract(epoch FROM clock_timestamp() - min(stopped_at)), 0)::float8"
        " FROM stopped WHERE listener = %s",
        (BEHIND, listener),
    )
    return Parked(*(cursor.fetchone() or ()))


def release(cursor: Cursor, listener: str, channel: Channel, position: int) -> None:
    """Forget that a message was set aside, as it has now been handled.

    What has waited behind it is tried next. Raises Overtaken if another was faster.
    """
    cursor.execute(
        "DELETE FROM stopped WHERE listener = %s AND source = %s AND topic = %s"
        " AND partition = %s AND position = %s RETURNING subject",
        (listener, *channel, position),
    )
    handled = cursor.fetchone()
    if handled is None:
        raise Overtaken(listener)
    cursor.execute(
        "UPDATE stopped SET is_waiting = true WHERE listener = %s AND source = %s"
        " AND topic = %s AND partition = %s AND subject = %s AND reason = %s",
        (listener, *channel, handled[0], BEHIND),
    )


def tried(cursor: Cursor, item: SetAside, why: Exception) -> None:
    """Note that a message still can't be handled."""
    cursor.execute(
        "UPDATE stopped SET tries = tries + 1, reason = %s, is_waiting = %s,"
        " replay_asked = false, tried_at = clock_timestamp()"
        " WHERE listener = %s AND source = %s AND topic = %s AND partition = %s"
        " AND position = %s",
        (
            repr(why),
            isinstance(why, NotYetKnown),
            item.listener,
            *item.channel,
            item.message.position,
        ),
    )


def ask_replay(cursor: Cursor, listener: str | None, subject: str | None) -> int:
    """Ask the service to try again what is set aside; return how many messages."""
    cursor.execute(
        "UPDATE stopped SET replay_asked = true WHERE (%s::text IS NULL OR"
        " listener = %s) AND (%s::uuid IS NULL OR subject = %s::uuid)",
        (listener, listener, subject, subject),
    )
    return cursor.rowcount
