"""When has a city come to rest: all is told, all is heard, nothing moves any more."""

from __future__ import annotations

import time

import psycopg
from psycopg.conninfo import make_conninfo

from bench.city import City

LOOK_AGAIN = 1.0  # seconds
QUIET = 4  # looks in a row that must be alike


class NoRest(RuntimeError):
    """Something still moves, or is away."""


def at_rest(city: City, within: float) -> None:
    """Wait until it is at rest; raises NoRest."""
    ends = time.monotonic() + within
    before, alike = "", 0
    while alike < QUIET:
        if time.monotonic() > ends:
            raise NoRest(before)
        time.sleep(LOOK_AGAIN)
        try:
            now = _state(city) if city.running.is_healthy() else ""
        except psycopg.OperationalError:
            now = ""
        alike = alike + 1 if now and now == before else 0
        before = now


def _state(city: City) -> str:
    """Return how far every log and every listener is; "" if a relay is behind."""
    found = []
    with psycopg.connect(city.postgres) as server:
        names = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'tongban\\_%'"
            " AND datname <> 'tongban_rebuilt' ORDER BY 1"
        ).fetchall()
    for (name,) in names:
        with psycopg.connect(make_conninfo(city.postgres, dbname=name)) as connection:
            row = connection.execute(
                "SELECT (SELECT coalesce(max(notification_id), 0) FROM events),"
                " (SELECT coalesce(max(position), 0) FROM relayed),"
                " (SELECT coalesce(sum(position), 0) FROM positions),"
                " (SELECT count(*) FROM stopped)"
            ).fetchone()
        if row is None or row[0] != row[1]:
            return ""
        found.append((name, *row))
    return repr(found)
