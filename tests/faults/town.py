"""All services of a city as processes, and a database of its own for one of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from bench.faults.checker import Verdict, check
from bench.history import History
from bench.load import People
from shared.runtime import clock
from shared.runtime.settings import Settings
from tests.acceptance.city import wait_until
from tongban.child import Child
from tongban.embedded.ports import HOST, free_port
from tongban.embedded.postgres import Postgres
from tongban.processes import Processes
from tongban.topics import city_topics, make_topics
from tongban.up import services

SPACE = "192m"
RESTED_WITHIN = 90.0


class Divided(Settings):
    """Settings as one sees them who knows that some databases lie elsewhere."""

    elsewhere: Mapping[str, str] = {}

    def database(self, name: str) -> str:
        there = self.elsewhere.get(name)
        if there is None:
            return super().database(name)
        return Settings(kafka=self.kafka, postgres=there).database(name)


@dataclass
class Apart:
    """A PostgreSQL that one service has for itself, on a disk that can be full."""

    folder: Path
    is_small: bool  # the folder is a file system of its own
    server: Postgres = field(init=False)

    def __post_init__(self) -> None:
        self.server = Postgres(self.folder)

    def crash(self) -> None:
        """End it at once, as if the power had failed."""
        pid_file = self.folder / "postgres" / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGQUIT)

    def start_again(self) -> None:
        self.server.stop()
        self.server.start()

    @contextmanager
    def full(self) -> Iterator[None]:
        """There is no room left while the block runs."""
        if self.is_small:
            with self._filled():
                yield
        else:
            with self._as_if_filled():
                yield

    @contextmanager
    def _filled(self) -> Iterator[None]:
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * 65_536)
        except OSError:
            assert ballast.stat().st_size
        yield
        ballast.unlink()

    @contextmanager
    def _as_if_filled(self) -> Iterator[None]:
        """Where nobody may mount: PostgreSQL answers what it answers on a full disk."""
        ours = f"{self.server.uri.rpartition('/')[0]}/tongban_credentials"
        with psycopg.connect(ours, autocommit=True) as connection:
            connection.execute(
                "CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE 'No space left on device' USING ERRCODE = '53100'; END $$"
            )
            connection.execute(
                "CREATE TRIGGER is_full BEFORE INSERT ON events"
                " EXECUTE FUNCTION is_full()"
            )
            yield
            connection.execute("DROP FUNCTION is_full CASCADE")


@contextmanager
def apart(folder: Path) -> Iterator[Apart]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SPACE},mode=711", "tmpfs"]
    mounted = subprocess.run([*mount, folder], check=False, capture_output=True)
    is_small = mounted.returncode == 0
    made = Apart(folder, is_small)
    try:
        made.server.start()
        yield made
    finally:
        made.server.stop()
        if is_small:
            subprocess.run(["umount", folder], check=True, timeout=30)


@dataclass
class Whole:
    """The city, and what people were answered."""

    settings: Settings
    processes: Processes
    history: History = field(default_factory=History)

    @property
    def children(self) -> dict[str, Child]:
        return {c.name: c for stage in self.processes.stages for c in stage.children}

    def people(self) -> People:
        return People(self.settings.host, self.settings.port, self.history)

    def missing(self, service: str) -> list[str]:
        """Return what a service says that it misses."""
        port = self.children[service].env["TONGBAN_METRICS_PORT"]
        answer = httpx.get(f"http://{HOST}:{port}/ready", timeout=30)
        found: list[str] = answer.json()["missing"]
        assert (answer.status_code == 200) == (not found)
        return found

    def said(self, service: str) -> str:
        return self.children[service].log.read_text()

    def ended(self) -> list[str]:
        return [name for name, c in self.children.items() if c.exit_code is not None]

    def comes_to_rest(self) -> Verdict:
        """Return what was wrong once nothing is, or at the latest after a while."""
        verdict = Verdict()

        def is_clean() -> bool:
            nonlocal verdict
            verdict = check(self.settings, self.history, clock.now())
            return verdict.is_clean

        try:
            wait_until(is_clean, RESTED_WITHIN)
        except TimeoutError:
            raise AssertionError(verdict.figures()) from None
        return verdict


@contextmanager
def whole(settings: Settings, elsewhere: Mapping[str, str]) -> Iterator[Whole]:
    """Start every service; `elsewhere` holds the servers that some have alone."""
    asyncio.run(make_topics(settings, city_topics(settings)))
    stages = services(settings)
    for child in (child for stage in stages for child in stage.children):
        if child.name in elsewhere:
            own = {"TONGBAN_POSTGRES": elsewhere[child.name]}
            child.env = {**child.env, **own}
    databases = {f"tongban_{name}": uri for name, uri in elsewhere.items()}
    divided = Divided(**settings.model_dump(), elsewhere=databases)
    processes = Processes(stages, say=lambda _: None)
    try:
        processes.start()
        yield Whole(divided, processes)
    finally:
        processes.stop()


def settings_of(kafka: str, postgres: str, data: Path) -> Settings:
    return Settings(
        kafka=kafka,
        postgres=postgres,
        data=data,
        partitions=2,
        addressed_partitions=1,
        secret="a secret of the tests",
        personas=True,
        rate=1_000_000,
        burst=1_000_000,
        port=free_port(),
    )
