"""Fills a city's stores and read models with lives that lie years back, and open ones.

Nothing of it is on Kafka; every listener stands past it, so that the city runs on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench.city import PARTITIONS as WIDTHS
from bench.faults.logs import named
from bench.growing.lives import Life, Town
from bench.growing.pipe import Pipe, pipe
from services.catalog.application import Catalog
from services.catalog.bootstrap import publish
from services.catalog.loader import load_catalogue
from services.gateway.blobs import Blobs
from services.gateway.requests import request_of
from shared.events.people import HandedIn
from shared.runtime import clock
from shared.runtime.settings import Settings
from tests.acceptance.city import PAPER
from tongban.embedded.postgres import Postgres

YEARS = 3  # that the lives lie back
RECENT = timedelta(days=3)  # the open ones were begun in
OPEN = 0.02  # of all that is added
CHUNK = 1_000  # lives led together
ACTS = 6  # at most, of one life
PAUSE = timedelta(hours=3)  # between two acts of a life


@dataclass(frozen=True)
class Filled:
    """`cases` are stored now, of which so many were added in so many seconds."""

    cases: int
    added: int
    seconds: float

    @property
    def per_second(self) -> float:
        return round(self.added / self.seconds, 1) if self.seconds else 0.0


def fill(
    place: Path,
    cases: int,
    console: Console,
    seed: int = 2016,
    open_share: float = OPEN,
    widths: Mapping[str, int] = WIDTHS,
) -> Filled:
    """Add cases to what is in a folder until it holds so many; the city is stopped.

    `widths` are its settings of partitions.
    """
    data = place / "city"
    data.mkdir(parents=True, exist_ok=True)
    place.chmod(0o711)  # PostgreSQL runs as another user where we are root
    with Postgres(data) as uri:
        settings = Settings(kafka="unused:1", postgres=uri, data=data).model_copy(
            update=widths
        )
        with pipe(settings) as through:
            _publish(through)  # also what a fill that was killed has left
            stored = _stored(settings)
            town = Town(load_catalogue(), _paper(through), seed + stored)
            added = max(0, cases - stored)
            began = time.monotonic()
            _lead(through, town, stored, added, open_share, console)
            filled = Filled(stored + added, added, time.monotonic() - began)
        if added:
            _tidy(settings, console)
    return filled


def _lead(
    through: Pipe,
    town: Town,
    stored: int,
    added: int,
    open_share: float,
    console: Console,
) -> None:
    with Progress(
        TextColumn("{task.fields[day]}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} 件 cases"),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        bar = progress.add_task("", total=added, day="")
        for at, first, count, is_open in _chunks(added, open_share):
            names = (f"growth-{stored + first + n}" for n in range(count))
            lead(through, [town.life(name, is_open) for name in names], at)
            progress.update(bar, advance=count, day=at.date().isoformat())
    clock.set_clock("real")


def _chunks(added: int, open_share: float) -> Iterator[tuple[datetime, int, int, bool]]:
    """Yield when each chunk is led, its first life, how many, and if they stay open."""
    now = clock.now()
    opened = round(added * open_share)
    spans = (
        (0, added - opened, now - timedelta(days=365 * YEARS), now - RECENT, False),
        (added - opened, added, now - RECENT, now - PAUSE * ACTS, True),
    )
    for first, last, begins, ends, is_open in spans:
        for number in range(first, last, CHUNK):
            share = (number - first) / (last - first)
            count = min(CHUNK, last - number)
            yield begins + (ends - begins) * share, number, count, is_open


def lead(through: Pipe, lives: Sequence[Life], at: datetime) -> None:
    """Lead some lives together: one act of each of them, and what comes of it."""
    for number in range(ACTS):
        asked = [act for life in lives if (act := life.asked(number))]
        if not asked:
            break
        clock.set_clock(f"warp:{at.timestamp()},{time.time()},1")
        requests = [request_of(fact, person) for fact, person in asked]
        through.requests.store([e for r in requests for e in r.collect_events()])
        through.settle()
        at += PAUSE
    through.finish()


def _publish(through: Pipe) -> None:
    catalog = named(through.sources, "catalog").application
    assert isinstance(catalog, Catalog)
    publish(catalog, load_catalogue())
    through.settle()
    through.finish()


def _paper(through: Pipe) -> HandedIn:
    stored = Blobs(through.readers).put(PAPER, "person:fengshou")
    return HandedIn(
        material="",
        file_name="申请书.pdf",
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
    )


def _stored(settings: Settings) -> int:
    with psycopg.connect(settings.database("tongban_gateway")) as connection:
        row = connection.execute("SELECT count(*) FROM cases").fetchone()
        return int(row[0]) if row else 0


def _tidy(settings: Settings, console: Console) -> None:
    """Do what the server would have done by itself in years."""
    with psycopg.connect(settings.postgres) as server:
        names = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'tongban\\_%'"
        ).fetchall()
    for (name,) in names:
        with console.status(f"VACUUM ANALYZE {name}"):
            conninfo = settings.database(name)
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")
