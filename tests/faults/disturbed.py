"""A whole city on Apache Kafka that tests disturb, held against its history."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import psutil
from typer.testing import CliRunner

from bench.city import City
from bench.faults.checker import Verdict, check
from bench.faults.logs import database
from bench.faults.outage import at_work
from bench.faults.rest import at_rest
from bench.history import Acknowledged, Asked, History
from tests.acceptance.city import COMPANY, Running, wait_until
from tests.faults.release import Release
from tongban.__main__ import app
from tongban.processes import ready

RESTED_WITHIN = 120.0
READY_WITHIN = 90.0
# A part of the command line of each kind of process.
INTAKE = "services.intake"
REVIEWS = "services.review"
COUNTY_REVIEW = "services.review --agency 410185-grain"
CREDENTIALS = "services.credentials"
MONITORING = "services.monitoring"
CATALOG = "services.catalog"
GATEWAY = "services.gateway"


@dataclass
class Disturbed:
    """`expected` are the complaints of the checker that a test meant to cause."""

    city: City
    release: Release
    history: History = field(default_factory=History)
    expected: set[str] = field(default_factory=set)
    _names: Iterator[int] = field(default_factory=count)

    @property
    def people(self) -> Running:
        return self.city.running

    # What people do.

    @contextmanager
    def at_work(self, rate: float, seconds: float) -> Iterator[None]:
        """Let people lead lives of every kind meanwhile, and wait for their ends."""
        number = next(self._names)
        with at_work(self.city, self.history, f"life-{number}", rate, seconds, number):
            begun = len(self.history.acknowledged)
            wait_until(lambda: len(self.history.acknowledged) > begun + 2)
            yield

    def apply(self, wait: int = 0) -> Acknowledged:
        """Apply for the licence; the case may not be registered yet."""
        began = time.monotonic()
        answer = self.people.submit(wait=wait)
        took = time.monotonic() - began
        assert answer.status_code in (200, 202), answer.text
        receipt = answer.json()
        asked = Asked(receipt["request_id"], COMPANY, "submit", "granted")
        self.history.acknowledge(asked, receipt, took, to_see=wait > 0)
        return self.history.acknowledged[asked.key]

    # What becomes of processes.

    def processes(self, part: str) -> list[psutil.Process]:
        """Return those of a kind, the oldest first."""
        return self.city.processes(part)

    @contextmanager
    def stopped(self, *parts: str) -> Iterator[None]:
        """Stop every process of these kinds (SIGSTOP), and let them go on after."""
        held = [process for part in parts for process in self.processes(part)]
        for process in held:
            process.suspend()
        try:
            yield
        finally:
            for process in held:
                process.resume()

    def restart(self, processes: Iterable[psutil.Process]) -> None:
        """End these (SIGTERM), and wait until each has a successor that is ready."""
        known = list(processes)
        ports = [int(p.environ()["TONGBAN_METRICS_PORT"]) for p in known]
        for process in known:
            process.send_signal(signal.SIGTERM)
        psutil.wait_procs(known, timeout=READY_WITHIN)
        for port in ports:
            wait_until(ready(port), READY_WITHIN)
        wait_until(self.people.is_healthy, READY_WITHIN)

    # What is known afterwards.

    def events(self, source: str, kind: str) -> int:
        """Return how many events of a kind one log has."""
        with self.city.database(database(source)) as connection:
            row = connection.execute(
                "SELECT count(*) FROM events WHERE topic = %s", (kind,)
            ).fetchone()
        return int(str(row[0])) if row else 0

    def is_told(self, source: str) -> bool:
        """Return whether the relay has told, and noted, all of a log."""
        with self.city.database(database(source)) as connection:
            row = connection.execute(
                "SELECT (SELECT max(notification_id) FROM events)"
                " = (SELECT max(position) FROM relayed)"
            ).fetchone()
        return bool(row and row[0])

    def command(self, *words: str) -> str:
        """Return what an operator's command prints."""
        env = {"TONGBAN_DATA": str(self.people.data), "COLUMNS": "240"}
        result = CliRunner().invoke(app, list(words), env=env)
        assert result.exit_code == 0, result.output
        return result.output

    def come_to_rest(self) -> Verdict:
        """Wait until nothing moves, and hold everything against the history.

        Nothing may be lost or doubled, and only what was expected may be wrong.
        """
        at_rest(self.city, RESTED_WITHIN)
        verdict = check(self.city.settings(), self.history, datetime.now(UTC))
        assert verdict.lost == [], verdict.lost
        assert verdict.doubled == [], verdict.doubled
        assert set(verdict.wrong) == self.expected, set(verdict.wrong) ^ self.expected
        return verdict


def one_of_each(disturbed: Disturbed, parts: Sequence[str], which: int):
    """Return the first (0) or second (1) of the processes that are the same."""
    found = []
    for part in parts:
        by_command: dict[tuple[str, ...], list[psutil.Process]] = {}
        for process in disturbed.processes(part):
            by_command.setdefault(tuple(process.cmdline()), []).append(process)
        found += [same[which] for same in by_command.values() if which < len(same)]
    return found
