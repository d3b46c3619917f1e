"""Read models, as they are and as a rebuild from nothing makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from services.gateway.views import views
from shared.events.fact import Message
from shared.runtime.database import POSITIONS, open_pool
from shared.runtime.hearing import Channel
from shared.runtime.settings import Settings
from shared.runtime.views import Views

REBUILT = "tongban_rebuilt"
AT_ONCE = 500  # messages of a channel heard at once
GIVEN_ON_ARRIVAL = ("seq", "news")  # columns that say in which order rows came

Tables = dict[str, list[str]]


def live(settings: Settings) -> Tables:
    """Return the rows of every table of the gateway's views, as text, sorted."""
    return _rows(settings.database("tongban_gateway"))


def rebuilt(settings: Settings, told: Mapping[Channel, Sequence[Message]]) -> Tables:
    """Return the same of a database that heard these messages only, once each."""
    with psycopg.connect(settings.postgres, autocommit=True) as connection:
        name = sql.Identifier(REBUILT)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
    conninfo = settings.database(REBUILT)
    pool = open_pool(conninfo, [POSITIONS, *(view.SCHEMA for view in views())])
    try:
        heard = Views(pool, views())
        for channel, messages in told.items():
            unchained = [m.model_copy(update={"previous": 0}) for m in messages]
            for at in range(0, len(unchained), AT_ONCE):
                heard.hear({channel: unchained[at : at + AT_ONCE]})
        while heard.retry_set_aside():
            continue
    finally:
        pool.close()
    return _rows(conninfo)


def _rows(conninfo: str) -> Tables:
    names = [table for view in views() for table in view.TABLES]
    found: dict[str, list[str]] = {}
    with psycopg.connect(conninfo) as connection:
        for name in names:
            query = sql.SQL("SELECT (to_jsonb(t) - %s::text[])::text FROM {} t")
            rows: list[tuple[Any, ...]] = connection.execute(
                query.format(sql.Identifier(name)), (list(GIVEN_ON_ARRIVAL),)
            ).fetchall()
            found[name] = sorted(row[0] for row in rows)
    return found
