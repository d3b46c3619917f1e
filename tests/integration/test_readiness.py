"""Alive and ready, said by a real process while what it needs is stopped or gone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from prometheus_client import REGISTRY

from deploy.kafka import kafka as apache
from shared.runtime import health, telemetry
from shared.runtime.health import SILENT_AFTER, Health, Pulse
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Relay
from shared.runtime.settings import Settings
from tests.contract.examples import read
from tests.integration.children import ROOT, wait_until
from tests.integration.conftest import Place
from tests.system import wait_until as until_true
from tests.teller import Teller, tell
from tongban.embedded.ports import free_port
from tongban.topics import all_topics, make_topics

SOON = 60.0


@pytest.fixture
def broker(apache_kafka: str) -> Place:
    return Place("apache", apache_kafka)


class Intake:
    """A process of intake, and what it answers."""

    def __init__(self, settings: Settings) -> None:
        self.port = free_port()
        said = dict(settings) | {"metrics_port": self.port}
        env = {f"TONGBAN_{name.upper()}": str(value) for name, value in said.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.intake"],
            cwd=ROOT,
            env=os.environ | env,
            stderr=subprocess.DEVNULL,
        )

    def says(self, path: str) -> tuple[int, list[str]]:
        """Return the status and what is stuck, or missing."""
        [(status, said)] = [ask(self.port, path)]
        [found] = json.loads(said).values()
        return status, found

    def is_ready(self) -> bool:
        try:
            return self.says("/ready") == (200, [])
        except OSError:
            return False

    def lacks(self, what: str) -> bool:
        status, missing = self.says("/ready")
        return status == 503 and what in missing

    def metric(self, name: str) -> float:
        _, page = ask(self.port, "/metrics")
        found = [line for line in page.splitlines() if line.startswith(f"{name} ")]
        return float(found[0].split()[1]) if found else 0.0


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        url = f"http://127.0.0.1:{port}{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def intake(settings: Settings) -> Iterator[Intake]:
    topics = all_topics(settings, ["410185-grain"], ["410185"], ["review.x"])
    asyncio.run(make_topics(settings, topics))
    intake = Intake(settings)
    try:
        wait_until(intake.is_ready, SOON)
        yield intake
    finally:
        intake.process.terminate()
        intake.process.wait(30)


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Stop processes in the middle of whatever they do, and let them go on."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_silent_kafka_makes_it_not_ready_and_leaves_it_alive(
    intake: Intake, data: Path
):
    pid = apache.running(data / "apache")
    assert pid

    with stopped(pid):
        began = time.monotonic()
        wait_until(lambda: intake.lacks("kafka"), SOON)
        assert time.monotonic() - began >= SILENT_AFTER - 5
        assert intake.says("/health") == (200, [])
        assert intake.metric('tongban_missing{what="kafka"}') == 1
        assert intake.metric("tongban_ready") == 0

    wait_until(intake.is_ready, SOON)
    assert intake.metric('tongban_missing{what="kafka"}') == 0
    assert intake.metric("tongban_ready") == 1


def backends(postgres: str) -> list[int]:
    """Return the processes of PostgreSQL that serve intake."""
    with psycopg.connect(postgres) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = 'tongban_intake'"
        )
        return [row[0] for row in rows.fetchall()]


def test_a_silent_postgres_makes_it_not_ready_and_leaves_it_alive(
    intake: Intake, postgres: str
):
    with stopped(*backends(postgres)):
        wait_until(lambda: intake.lacks("postgres"), SOON)
        assert intake.says("/health") == (200, [])

    wait_until(intake.is_ready, SOON)


async def test_what_is_not_told_is_counted_even_while_kafka_was_never_there(
    postgres: str,
):
    settings = Settings(kafka="127.0.0.1:1", postgres=postgres)
    teller = Teller(PostgresLog(settings.database("tongban_intake")))
    relay = Relay(settings, teller, "nobody hears", tell)
    labels = {"source": "nobody hears"}

    def shown(metric: str) -> float:
        return REGISTRY.get_sample_value(metric, labels) or 0

    teller.say(read("clocks.clock_started.v1"), read("intake.application_completed.v1"))
    running = asyncio.create_task(relay.run())
    try:
        await until_true(lambda: shown("tongban_relay_behind") == 2, SOON)
        first = shown("tongban_relay_oldest_seconds")
        await until_true(
            lambda: shown("tongban_relay_oldest_seconds") > first + 0.5, SOON
        )
        assert not relay.is_ready
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        teller.log.close()


def test_an_event_loop_that_is_held_up_is_not_alive(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "STUCK_AFTER", 0.5)
    pulse, port, may_go_on = Pulse("listening"), free_port(), threading.Event()
    stop = telemetry.serve("127.0.0.1", port, Health([pulse]), Path())

    async def loop() -> None:
        for turn in range(100):
            pulse.turn()
            if turn == 5:
                may_go_on.wait(30)  # what should never be done in a loop
            await asyncio.sleep(0.05)

    thread = threading.Thread(target=lambda: asyncio.run(loop()))
    try:
        thread.start()
        assert ask(port, "/health") == (200, '{"stuck": []}')
        wait_until(lambda: ask(port, "/health") == (503, '{"stuck": ["listening"]}'))
        may_go_on.set()
        wait_until(lambda: ask(port, "/health") == (200, '{"stuck": []}'))
    finally:
        may_go_on.set()
        thread.join(30)
        stop()


def test_who_connects_and_says_nothing_is_sent_away(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(telemetry._Quiet, "timeout", 0.2)
    port = free_port()
    stop = telemetry.serve("127.0.0.1", port, Health(), Path())
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as silent:
            assert silent.recv(1) == b""
        assert ask(port, "/health") == (200, '{"stuck": []}')
    finally:
        stop()
    assert capfd.readouterr().err == ""
