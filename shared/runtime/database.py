"""A service's own database: made on first use, its tables once, whoever comes first."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

Cursor = psycopg.Cursor[TupleRow]

ANSWERED_WITHIN = 30.0  # seconds a server may take for one statement
LONGEST_SILENCE = 30_000  # ms of a client within a transaction: it holds locks
LIMITS = "54"  # the class of SQLSTATE: psycopg counts it among what may pass
LONGEST_TRANSACTION = 60_000  # ms, whatever the client does meanwhile
THERE_WITHIN = 30.0  # seconds a server may be away when a service starts
LOOK_AGAIN = 0.5  # seconds between tries
_SERVER: dict[str, Any] = {"dbname": "postgres", "connect_timeout": 10}

# Who has gone without a word is noticed within half a minute, not after two hours.
CONNECTED: dict[str, Any] = {
    "connect_timeout": 10,
    "application_name": "tongban",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


class TooMuch(Exception):
    """No server of ours can ever store this: too long for an index, say."""


class Connection(psycopg.Connection[TupleRow]):
    """Gives up on a server that takes what it is sent and never answers.

    Keep-alives tell nothing of that: it, or what is between, acknowledges them.
    """

    def wait(
        self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None
    ) -> RV:
        try:
            return super().wait(gen, interval, timeout or ANSWERED_WITHIN)
        except psycopg.OperationalError as away:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # what it may yet say is not for us
            if (away.sqlstate or "").startswith(LIMITS):
                raise TooMuch(away.diag.message_primary) from away
            raise


Pool = ConnectionPool[Connection]

MIGRATING = 7_301_001  # advisory lock: one process at a time lays the tables

# What can't be handled must at least be kept: json holds a NUL, jsonb does not.
POSITIONS = """
CREATE TABLE IF NOT EXISTS positions (
    listener text NOT NULL, source text NOT NULL, topic text NOT NULL,
    partition int NOT NULL, position bigint NOT NULL,
    PRIMARY KEY (listener, source, topic, partition));
CREATE TABLE IF NOT EXISTS stopped (
    listener text NOT NULL, source text NOT NULL, topic text NOT NULL,
    partition int NOT NULL, position bigint NOT NULL, subject uuid NOT NULL,
    message json NOT NULL, reason text NOT NULL, is_waiting boolean NOT NULL,
    replay_asked boolean NOT NULL DEFAULT false, tries int NOT NULL DEFAULT 1,
    stopped_at timestamptz NOT NULL DEFAULT now(),
    tried_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (listener, source, topic, partition, position));
"""


def open_pool(conninfo: str, schema: Iterable[str], size: int = 4) -> Pool:
    """Open a pool on a database that exists and has these tables.

    `schema` is idempotent SQL. Raises psycopg.OperationalError after THERE_WITHIN
    seconds without a server.
    """
    _wait_for_server(conninfo)
    _make_database(conninfo)
    # However long an index takes: but a client that is gone lets others lay them.
    with psycopg.connect(guarded(conninfo), **CONNECTED) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
        for statements in schema:
            connection.execute(statements.encode())
    return connected(conninfo, size)


def connected(conninfo: str, size: int, autocommit: bool = False) -> Pool:
    """Open a pool on a database that is there."""
    pool: Pool = ConnectionPool(
        guarded(conninfo),
        connection_class=Connection,
        min_size=1,
        max_size=size,
        timeout=10.0,
        # Its pauses grow with the outage: so it gives up, and tries anew when asked.
        reconnect_timeout=5.0,
        kwargs={**CONNECTED, "autocommit": autocommit},
        configure=_bounded,
        open=True,
    )
    pool.wait(timeout=30.0)
    return pool


@contextmanager
def written(pool: Pool) -> Iterator[Cursor]:
    """Yield a cursor for one transaction whose statements travel together.

    They are sent without waiting for each one's answer: a fetch waits for all so far,
    and the end for the rest, where the first error is raised.
    """
    with (
        pool.connection() as connection,
        connection.pipeline(),
        connection.cursor() as cursor,
    ):
        yield cursor


def guarded(conninfo: str) -> str:
    """Let the server end a session that falls silent within a transaction.

    Else the locks of a client whose machine is gone would be held for hours.
    """
    given = conninfo_to_dict(conninfo).get("options") or ""
    limit = f"-c idle_in_transaction_session_timeout={LONGEST_SILENCE}"
    return make_conninfo(conninfo, options=f"{given} {limit}".strip())


def _bounded(connection: Connection) -> None:
    """Let the server end a transaction that lasts too long: 17 and later can.

    Whoever falls silent amid statements that travel together is not idle to it.
    """
    if connection.info.server_version >= 170_000:
        limit = str(LONGEST_TRANSACTION)
        connection.execute(
            "SELECT set_config('transaction_timeout', %s, false)", [limit]
        )
        connection.commit()


def _wait_for_server(conninfo: str) -> None:
    """Whoever starts services need not start PostgreSQL first."""
    ends = time.monotonic() + THERE_WITHIN
    while True:
        try:
            psycopg.connect(conninfo, **_SERVER).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(LOOK_AGAIN)


def _make_database(conninfo: str) -> None:
    name = conninfo_to_dict(conninfo)["dbname"]
    with psycopg.connect(conninfo, autocommit=True, **_SERVER) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (name,)
        ).fetchone()
        if not known:
            try:
                connection.execute(
                    sql.SQL("CREATE DATABASE {}").format(sql.Identifier(str(name)))
                )
            except (
                psycopg.errors.DuplicateDatabase,
                psycopg.errors.UniqueViolation,
            ):
                return  # another process was faster
