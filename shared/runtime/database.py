"""A service's own database: made on first use, its tables once, whoever comes first."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

Pool = ConnectionPool[psycopg.Connection[TupleRow]]
Cursor = psycopg.Cursor[TupleRow]

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
    with psycopg.connect(conninfo, connect_timeout=10) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
        for statements in schema:
            connection.execute(statements.encode())
    return connected(conninfo, size)


def connected(conninfo: str, size: int, autocommit: bool = False) -> Pool:
    """Open a pool on a database that is there."""
    pool: Pool = ConnectionPool(
        conninfo,
        min_size=1,
        max_size=size,
        timeout=10.0,
        kwargs={**CONNECTED, "autocommit": autocommit},
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
    name = psycopg.conninfo.conninfo_to_dict(conninfo)["dbname"]
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
