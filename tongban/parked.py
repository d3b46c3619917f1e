"""What is set aside: list it, show one message, ask for it to be tried again."""

from __future__ import annotations

from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from shared.runtime import positions
from shared.runtime.settings import Settings
from tongban import here

console = Console()


def parked(
    service: Annotated[
        str, typer.Argument(help="a database, e.g. intake or review_410185_grain")
    ] = "",
    show: Annotated[str, typer.Option(help="subject: print its messages whole")] = "",
    replay: Annotated[
        str, typer.Option(help="subject to try again, or 'all'", metavar="SUBJECT")
    ] = "",
) -> None:
    """List the messages that could not be handled, show one, or replay.

    A parked message keeps its key's later messages behind it. What can't even be
    read has no key: it is logged, and counted as tongban_unreadable_total.
    Replaying is done by the service itself, in order, within a second.
    """
    settings = here.settings()
    names = databases(settings)
    if service:
        if f"tongban_{service}" not in names:
            known = ", ".join(name.removeprefix("tongban_") for name in names)
            raise typer.BadParameter(f"没有 {service}。There is none; known: {known}")
        names = [f"tongban_{service}"]
    found = 0
    for name in names:
        with (
            psycopg.connect(settings.database(name), connect_timeout=10) as connection,
            connection.cursor() as cursor,
        ):
            if replay:
                subject = None if replay == "all" else replay
                count = positions.ask_replay(cursor, None, subject)
                console.print(f"{name}: {count} to be tried again")
                continue
            aside = positions.set_aside(cursor)
        found += len(aside)
        if show:
            _show([item for item in aside if str(item.message.subject) == show])
        elif aside:
            _list(name, aside)
    if not found and not replay:
        console.print("没有搁置的消息。Nothing is set aside.")


def databases(settings: Settings) -> list[str]:
    """Return the names of all databases of ours on the server."""
    with psycopg.connect(
        settings.database("postgres"), connect_timeout=10
    ) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'tongban\\_%'"
            " ORDER BY datname"
        )
        return [row[0] for row in rows.fetchall()]


def _list(name: str, aside: list[positions.SetAside]) -> None:
    table = Table(title=name)
    for heading in ("listener", "state", "type", "subject", "position", "tries", "why"):
        table.add_column(heading, overflow="fold")
    for item in aside:
        table.add_row(
            item.listener,
            "waiting" if item.is_waiting else "parked",
            item.message.type,
            str(item.message.subject),
            f"{item.channel.source}@{item.message.position}",
            str(item.tries),
            item.reason,
        )
    console.print(table)


def _show(aside: list[positions.SetAside]) -> None:
    for item in aside:
        console.print(f"[b]{item.listener}[/b] {item.reason}")
        console.print_json(item.message.model_dump_json())
