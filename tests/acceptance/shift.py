"""One who looks after a city by the book: runs what a page says, as it stands."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
from psutil import Process

from tests.acceptance.city import ROOT, Running, running
from tongban.embedded.postgres import programs

RUNBOOK, BACKUP = (
    (ROOT / "docs" / name).read_text(encoding="utf-8")
    for name in ("runbook.md", "backup.md")
)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STARTS = re.compile(r"python -m tongban up --workers (\d)\n")
PRINTS = re.compile(r"^# → (.+)$", re.MULTILINE)
WITHIN = 90.0
PROGRAMS = programs()
PARTITIONS = {"partitions": 2, "addressed_partitions": 1}


def sections(page: str) -> dict[str, list[str]]:
    """Return the commands under each heading, a string a block."""
    parts = re.split(r"^##? (?!→)(.+)$", page, flags=re.MULTILINE)[1:]
    return {
        heading.split()[-1]: BLOCK.findall(text)
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


class Shift:
    """One who looks after a city, and the city: started, stopped, and spoilt."""

    def __init__(self, place: Path, kafka: str = "", postgres: str = "") -> None:
        self.place = place
        self.data = place / "city"
        self.kafka, self.postgres = kafka, postgres
        self.settings: dict[str, Any] = dict(PARTITIONS) if kafka else {}
        if postgres:
            self.settings["postgres"] = postgres
        self.service, self.subject, self.later = "intake", "", ""
        self.workers = 1
        self.before: dict[str, int] = {}
        self.city: Running
        self._city = ExitStack()

    def start(self, workers: int | None = None) -> None:
        """Stop what runs, if any, and run `tongban up`."""
        self.stop()
        self.workers = workers or self.workers
        up = running(self.data, self.kafka, workers=self.workers, **self.settings)
        self.city = self._city.enter_context(up)

    def stop(self) -> None:
        self._city.close()

    def knows(self) -> dict[str, str]:
        """Return what the runbook's names stand for."""
        return {
            "TONGBAN_DATA": str(self.data),
            "TONGBAN_KAFKA": self.kafka,
            "TONGBAN_POSTGRES": self.postgres,
            "SERVER": self.postgres.rpartition("/")[0],
            "SERVICE": self.service,
            "SUBJECT": self.subject,
            "BACKUP": str(self.place / "backup"),
            "GATEWAY": self.city.url,
        }

    def runs(self, block: str) -> str:
        """Run a block as it stands; return what it prints."""
        if starts := STARTS.fullmatch(block):
            self.start(int(starts[1]))
            return ""
        done = self.tries(block)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def tries(self, block: str) -> subprocess.CompletedProcess[str]:
        path = f"{ROOT / '.venv' / 'bin'}:{PROGRAMS}:{os.environ['PATH']}"
        env = {k: v for k, v in os.environ.items() if not k.startswith("TONGBAN_")}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=ROOT,
            env=env | self.knows() | {"PATH": path, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )

    def pids(self) -> dict[str, int]:
        """Return the processes of the city, by the name of what each logs to."""
        found = {}
        for process in Process(self.city.process.pid).children():
            with suppress(OSError):  # it has just ended
                log = Path(f"/proc/{process.pid}/fd/1").readlink()
                found[log.stem] = process.pid
        return found

    def sql(self, database: str, statement: str) -> list[tuple[object, ...]]:
        server = self.postgres.rpartition("/")[0]
        with psycopg.connect(f"{server}/{database}", autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []
