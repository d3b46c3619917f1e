"""Rebuild a read model: it forgets, and its service is told everything again."""

from __future__ import annotations

import time
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress

from services.gateway.views import views
from services.monitoring.projections import ClocksView
from shared.runtime.database import Pool, connected
from shared.runtime.views import View, Views
from tongban import here

LOOK_AGAIN = 0.2  # seconds
PATIENCE = 30.0  # seconds without any progress until we stop waiting


class Model(NamedTuple):
    """A read model, and the service that keeps it."""

    service: str
    view: View


def models() -> dict[str, Model]:
    """Return every read model under its name here."""
    # To forget, a view of clocks need not know how wide their topic is.
    clocks = ClocksView(partitions=0)
    return {
        f"monitoring.{clocks.NAME}": Model("monitoring", clocks),
        **{view.NAME: Model("gateway", view) for view in views()},
    }


def rebuild(
    name: Annotated[
        str, typer.Argument(metavar="VIEW", help="which one; none lists them")
    ] = "",
) -> None:
    """Empty a read model and wait until it has been told all again.

    Its service goes on; what this view shows is incomplete meanwhile. Monitoring
    issues no card until it has heard every clock again, and none a second time.
    """
    known = models()
    if name and name not in known:
        listed = ", ".join(sorted(known))
        raise typer.BadParameter(f"没有 {name}。There is none; known: {listed}")
    if not name:
        typer.echo("\n".join(sorted(known)))
        return
    model = known[name]
    conninfo = here.settings().database(f"tongban_{model.service}")
    with connected(conninfo, 2) as pool:
        goal = heard(pool, model.view.NAME)
        Views(pool, [model.view]).forget(model.view.NAME)
        _wait(pool, model, goal)


def heard(pool: Pool, view: str) -> int:
    """Return how far a view has heard: the positions of all channels, added up."""
    with pool.connection() as connection:
        row = connection.execute(
            "SELECT coalesce(sum(position), 0)::bigint FROM positions"
            " WHERE listener = %s",
            (view,),
        ).fetchone()
        return row[0] if row else 0


def _wait(pool: Pool, model: Model, goal: int) -> None:
    moved = time.monotonic()
    with Progress(console=Console()) as progress:
        bar = progress.add_task(model.view.NAME, total=goal or 1)
        before = -1
        while (now := heard(pool, model.view.NAME)) < goal:
            progress.update(bar, completed=now)
            if now != before:
                before, moved = now, time.monotonic()
            elif time.monotonic() - moved > PATIENCE:
                who = model.service
                typer.echo(f"{who} 没有在运行？ Is {who} running?", err=True)
                raise typer.Exit(1)
            time.sleep(LOOK_AGAIN)
        progress.update(bar, completed=goal or 1)
