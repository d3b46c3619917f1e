"""Rebuild a read model: it forgets, and the gateway is told everything again."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from psycopg_pool import ConnectionPool
from rich.console import Console
from rich.progress import Progress

from services.gateway.views import views
from shared.runtime.database import Pool
from shared.runtime.views import View, Views
from tongban import here

LOOK_AGAIN = 0.2  # seconds
PATIENCE = 30.0  # seconds without any progress until we stop waiting


def rebuild(
    view: Annotated[str, typer.Argument(help="which one; none lists them")] = "",
) -> None:
    """Empty a read model of the gateway and wait until it has been told all again.

    The gateway goes on serving; what this view shows is incomplete meanwhile.
    """
    known = {each.NAME: each for each in views()}
    if view not in known:
        typer.echo("\n".join(sorted(known)))
        raise typer.Exit(2 if view else 0)
    conninfo = here.settings().database("tongban_gateway")
    with ConnectionPool(conninfo, min_size=1, max_size=2, open=True) as pool:
        pool.wait(timeout=10)
        goal = heard(pool, view)
        Views(pool, list(known.values())).forget(view)
        _wait(pool, known[view], goal)


def heard(pool: Pool, view: str) -> int:
    """Return how far a view has heard: the positions of all channels, added up."""
    with pool.connection() as connection:
        row = connection.execute(
            "SELECT coalesce(sum(position), 0)::bigint FROM positions"
            " WHERE listener = %s",
            (view,),
        ).fetchone()
        return row[0] if row else 0


def _wait(pool: Pool, view: View, goal: int) -> None:
    moved = time.monotonic()
    with Progress(console=Console()) as progress:
        bar = progress.add_task(view.NAME, total=goal or 1)
        before = -1
        while (now := heard(pool, view.NAME)) < goal:
            progress.update(bar, completed=now)
            if now != before:
                before, moved = now, time.monotonic()
            elif time.monotonic() - moved > PATIENCE:
                typer.echo("网关没有在运行？ Is the gateway running?", err=True)
                raise typer.Exit(1)
            time.sleep(LOOK_AGAIN)
        progress.update(bar, completed=goal or 1)
