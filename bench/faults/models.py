"""Read models, as they are and as a rebuild from nothing makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from services.gateway.views import views
from services.monitoring.projections import ClocksView
from services.monitoring.source import CLOCKS
from shared.events.fact import Message
from shared.runtime.database import POSITIONS, open_pool
from shared.runtime.hearing import Channel
from shared.runtime.settings import Settings
from shared.runtime.views import View, Views

REBUILT = "tongban_rebuilt"
AT_ONCE = 500  # messages of a channel heard at once
# Columns that say in which order rows came, and what monitoring decided by its clock.
NOT_HEARD = ("seq", "news", "decided_until", "next_due_at")

Tables = dict[str, list[str]]


def live(settings: Settings) -> Tables:
    """Return the rows of every table of all views, as text, sorted."""
    found: Tables = {}
    for service, own in _models(settings):
        found |= rows(settings, service, own)
    return found


def rows(settings: Settings, service: str, own: Sequence[View]) -> Tables:
    """Return the rows of every table of these views of a service, as text, sorted."""
    return _rows(settings.database(f"tongban_{service}"), service, own)


def rebuilt(settings: Settings, told: Mapping[Channel, Sequence[Message]]) -> Tables:
    """Return the same of databases that heard these messages only, once each."""
    found: Tables = {}
    clocks = {c: told[c] for c in told if c.topic == CLOCKS}
    for service, own in _models(settings):
        heard = clocks if service == "monitoring" else told
        found |= _rows(_rebuilt(settings, own, heard), service, own)
    return found


def _models(settings: Settings) -> Iterator[tuple[str, Sequence[View]]]:
    yield "gateway", views()
    yield "monitoring", [ClocksView(settings.partitions)]


def _rebuilt(
    settings: Settings,
    own: Sequence[View],
    told: Mapping[Channel, Sequence[Message]],
) -> str:
    """Let views hear everything in a new database; return where it is."""
    with psycopg.connect(settings.postgres, autocommit=True) as connection:
        name = sql.Identifier(REBUILT)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
    conninfo = settings.database(REBUILT)
    pool = open_pool(conninfo, [POSITIONS, *(view.SCHEMA for view in own)])
    try:
        heard = Views(pool, own)
        for channel, messages in told.items():
            unchained = [m.model_copy(update={"previous": 0}) for m in messages]
            for at in range(0, len(unchained), AT_ONCE):
                heard.hear({channel: unchained[at : at + AT_ONCE]})
        while heard.retry_set_aside():
            continue
    finally:
        pool.close()
    return conninfo


def _rows(conninfo: str, service: str, own: Sequence[View]) -> Tables:
    names = [table for view in own for table in view.TABLES]
    found: Tables = {}
    with psycopg.connect(conninfo) as connection:
        for name in names:
            query = sql.SQL("SELECT (to_jsonb(t) - %s::text[])::text FROM {} t")
            rows: list[tuple[Any, ...]] = connection.execute(
                query.format(sql.Identifier(name)), (list(NOT_HEARD),)
            ).fetchall()
            found[f"{service}.{name}"] = sorted(row[0] for row in rows)
    return found
