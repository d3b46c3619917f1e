"""The command: tongban up, run, status, topics, alerts, parked, rebuild, and so on."""

from __future__ import annotations

import runpy
import sys
from typing import Annotated

import typer

from tongban.alerts import alerts
from tongban.deadline import deadline
from tongban.demo import demo
from tongban.here import NothingRuns
from tongban.parked import parked
from tongban.rebuild import rebuild
from tongban.status import status
from tongban.topics import topics
from tongban.up import up

SERVICES = ("catalog", "intake", "review", "credentials", "monitoring", "gateway")

app = typer.Typer(
    help="通办 Tongban: a city's government services, under electronic supervision.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command()(up)
app.command()(demo)
app.command()(topics)
app.command()(status)
app.command()(alerts)
app.command()(parked)
app.command()(rebuild)
app.command()(deadline)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def run(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
) -> None:
    """Run one service in this process, e.g. tongban run review --agency 410185-grain.

    It needs TONGBAN_KAFKA and TONGBAN_POSTGRES; see docs/operations.
    """
    if service not in SERVICES:
        raise typer.BadParameter(f"one of {', '.join(SERVICES)}")
    sys.argv = [f"tongban run {service}", *context.args]
    runpy.run_module(f"services.{service}", run_name="__main__")


def main() -> None:
    try:
        app()
    except NothingRuns as nothing:
        typer.echo(str(nothing), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
