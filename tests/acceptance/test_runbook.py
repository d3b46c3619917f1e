"""The runbook, carried out: every command of it, in order, on a city that runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psutil import Process

from deploy.kafka import kafka as apache
from tests.acceptance.city import ROOT, WINDOW, Running, running, wait_until
from tests.left_out import JAVA, needs
from tongban.embedded.ports import free_port
from tongban.embedded.postgres import Postgres, programs

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STARTS = re.compile(r"python -m tongban up --workers (\d)\n")
PRINTS = re.compile(r"^# → (.+)$", re.MULTILINE)
WITHIN = 90.0
PROGRAMS = programs()
PARTITIONS: dict[str, Any] = {"partitions": 2, "addressed_partitions": 1}


def sections() -> dict[str, list[str]]:
    """Return the commands under each heading, a string a block."""
    parts = re.split(r"^##? (?!→)(.+)$", RUNBOOK, flags=re.MULTILINE)[1:]
    return {
        heading.split()[-1]: BLOCK.findall(text)
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


class Shift:
    """One who looks after a city, and the city: started, stopped, and spoilt."""

    def __init__(self, place: Path, kafka: Path, port: int, postgres: str) -> None:
        self.place = place
        self.data = place / "city"
        self.kafka, self.port = kafka, port
        self.postgres = postgres
        self.service, self.subject, self.later = "intake", "", ""
        self.workers = 1
        self.before: dict[str, int] = {}
        self.city: Running
        self._city = ExitStack()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, workers: int | None = None) -> None:
        """Stop what runs, if any, and run `tongban up`."""
        self.stop()
        self.workers = workers or self.workers
        up = running(
            self.data,
            self.address,
            workers=self.workers,
            postgres=self.postgres,
            **PARTITIONS,
        )
        self.city = self._city.enter_context(up)

    def stop(self) -> None:
        self._city.close()

    def knows(self) -> dict[str, str]:
        """Return what the runbook's names stand for."""
        return {
            "TONGBAN_DATA": str(self.data),
            "TONGBAN_KAFKA": self.address,
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


@pytest.fixture(scope="module")
def shift(place: Path) -> Iterator[Shift]:
    needs("java", JAVA)
    needs("mvn", JAVA)
    port, kafka = free_port(), place / "runbook-kafka"
    try:
        apache.start(kafka, port)
        with Postgres(place / "runbook-postgres") as postgres:
            shift = Shift(place / "runbook", kafka, port, postgres)
            shift.start()
            try:
                yield shift
            finally:
                shift.stop()
    finally:
        apache.stop(kafka)


def note_who_runs(shift: Shift) -> None:
    shift.before = shift.pids()


def only_it_has_begun_anew(shift: Shift) -> None:
    """Wait until another process has its name; everybody else is who they were."""
    old = shift.before[shift.service]
    wait_until(lambda: shift.pids().get(shift.service, old) != old)
    now = shift.pids()
    others = {name for name, pid in shift.before.items() if now.get(name) != pid}
    assert others == {shift.service}
    everything_is_in_order(shift)


def spoil_a_view(shift: Shift) -> None:
    """Take a table away: what the view is told then can't be handled."""
    shift.sql("tongban_gateway", "ALTER TABLE timeline RENAME TO timeline_away")
    submitted = shift.city.submit()
    assert submitted.status_code in (200, 202), submitted.text
    shift.subject = str(
        wait_until(
            lambda: shift.sql(
                "tongban_gateway",
                "SELECT subject FROM stopped WHERE NOT is_waiting ORDER BY position",
            )
        )[0][0]
    )


def mend_the_view(shift: Shift) -> None:
    shift.sql("tongban_gateway", "ALTER TABLE timeline_away RENAME TO timeline")


def nothing_is_set_aside(shift: Shift) -> None:
    wait_until(lambda: not shift.sql("tongban_gateway", "SELECT 1 FROM stopped"))


def a_case_goes_on(shift: Shift) -> None:
    """Carry on a case that was begun before, and one that begins now."""
    for case in (shift.subject, shift.city.submitted()):
        accepted = shift.city.act(WINDOW, case, "acceptance")
        assert accepted.status_code == 200, accepted.text
        shift.city.reaches(case, "reviewing", WITHIN)
    everything_is_in_order(shift)


def everything_is_in_order(shift: Shift) -> None:
    names = shift.sql(
        "postgres", r"SELECT datname FROM pg_database WHERE datname LIKE 'tongban\_%'"
    )
    for (name,) in names:
        assert shift.sql(str(name), "SELECT * FROM stopped") == []
    wait_until(lambda: not shift.tries("python -m tongban status").returncode, WITHIN)


def a_case_and_then_a_stop(shift: Shift) -> None:
    shift.subject = shift.city.submitted()
    shift.stop()


def go_on_past_the_backup(shift: Shift) -> None:
    """After the backup the city lives on; then all of it is lost, Kafka too."""
    shift.later = shift.city.accepted()
    shift.stop()
    apache.stop(shift.kafka)
    shutil.rmtree(shift.kafka)
    apache.start(shift.kafka, shift.port)


def only_what_was_backed_up_is_there(shift: Shift) -> None:
    shift.start()
    assert shift.city.case(shift.later).get("status") == 404
    shift.city.reaches(shift.subject, "submitted", WITHIN)
    a_case_goes_on(shift)


def start_and_go_on(shift: Shift) -> None:
    shift.start()
    a_case_goes_on(shift)


Step = Callable[[Shift], None]
BEFORE: dict[tuple[str, int], Step] = {
    ("LoopStuck", 1): note_who_runs,
    ("Parked", 0): spoil_a_view,
    ("Parked", 1): mend_the_view,
    ("Parked", 2): nothing_is_set_aside,
    ("up", 0): a_case_and_then_a_stop,
    ("everything", 0): go_on_past_the_backup,
}
AFTER: dict[str, Step] = {
    "LoopStuck": only_it_has_begun_anew,
    "service": start_and_go_on,
    "everything": only_what_was_backed_up_is_there,
}


@pytest.mark.parametrize("section", [name for name, of in sections().items() if of])
def test_what_it_says_can_be_done(shift: Shift, section: str):
    for number, block in enumerate(sections()[section]):
        BEFORE.get((section, number), lambda _: None)(shift)
        printed = shift.runs(block)
        for expected in PRINTS.findall(block):
            assert expected in printed, f"{block}\n{printed}"
    AFTER.get(section, lambda _: None)(shift)


@pytest.mark.parametrize("service", ["intake", "review.city", "intake-2"])
def test_only_the_process_that_is_stuck_is_ended(shift: Shift, service: str):
    if shift.workers < 2:
        shift.start(2)
    shift.service = service
    try:
        test_what_it_says_can_be_done(shift, "LoopStuck")
    finally:
        shift.service = "intake"


def test_every_name_in_a_command_is_explained():
    told = set(re.findall(r"^\| `\$(\w+)`", RUNBOOK, re.MULTILINE))
    told |= {"TONGBAN_DATA", "TONGBAN_KAFKA", "TONGBAN_POSTGRES", "PATH"}
    used, made = set(), set()
    for blocks in sections().values():
        for block in blocks:
            used |= set(re.findall(r"\$\{?([A-Za-z_]+)", block))
            made |= set(re.findall(r"^\s*(\w+)=|for (\w+) in", block, re.MULTILINE))
    own = {name for pair in made for name in pair}

    assert used - told - own == set()
    assert told - used <= {"PATH"}


def test_every_fenced_block_is_carried_out():
    """A fence that is none of the shell's would be run by nobody."""
    assert RUNBOOK.count("\n```sh\n") == len(re.findall("^```", RUNBOOK, re.M)) // 2
