"""The whole system under load: started on Apache Kafka, and what each part of it costs.

It is `tongban up` on a bundled PostgreSQL (fsync on) and one node of Apache Kafka.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg

from deploy.kafka import kafka as apache
from shared.runtime.settings import Settings
from tests.acceptance.city import Running, running
from tongban import here
from tongban.embedded.ports import free_port

PARTITIONS: dict[str, Any] = {"partitions": 4, "addressed_partitions": 2}
# People who load are few and fast; the limits on one person are tested elsewhere.
ENDS_WITHIN = 30.0  # seconds
UNLIMITED: dict[str, Any] = {"rate": 1_000_000, "burst": 1_000_000}


@dataclass
class City:
    """`place` holds the system's data in `city` and the broker's in `kafka`."""

    running: Running
    place: Path
    kafka: str

    @property
    def address(self) -> tuple[str, int]:
        split = urlsplit(self.running.url)
        return str(split.hostname), int(split.port or 80)

    @property
    def postgres(self) -> str:
        return (self.running.data / "postgres.uri").read_text().strip()

    def settings(self) -> Settings:
        """Return where everything is, as the system itself says."""
        return here.settings(self.running.data)

    @property
    def kafka_data(self) -> Path | None:
        folder = self.place / "kafka"
        return folder if folder.exists() else None

    def database(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.settings().database(name), autocommit=True)

    def completed(self) -> int:
        """Return how many cases are complete, as people can see it."""
        with self.database("tongban_gateway") as connection:
            row = connection.execute("SELECT sum(cases) FROM completions").fetchone()
        return int(str(row[0])) if row and row[0] else 0

    def processes(self, part: str) -> list[psutil.Process]:
        """Return those it runs with this in their command lines, the oldest first."""
        found = []
        for process in psutil.Process(self.running.process.pid).children():
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if part in " ".join(process.cmdline()):
                    found.append(process)
        return sorted(found, key=lambda process: (process.create_time(), process.pid))

    def crash_kafka(self) -> None:
        """Kill it, and start it again where it was."""
        assert self.kafka_data is not None, "the bundled broker is one of its processes"
        port = int(self.kafka.rpartition(":")[2])
        apache.stop(self.kafka_data, signal.SIGKILL)
        apache.start(self.kafka_data, port)

    def stages(self) -> dict[str, float]:
        """Return the CPU seconds used so far by each part, the load included."""
        used: dict[str, float] = {"load": _seconds(psutil.Process())}
        for process in self.running.processes():
            stage = _stage(process)
            used[stage] = used.get(stage, 0.0) + _seconds(process)
        if self.kafka_data and (pid := apache.running(self.kafka_data)):
            used["kafka"] = _seconds(psutil.Process(pid))
        return used

    def memory_mb(self) -> int:
        """Return what all processes but Kafka hold for themselves (PSS)."""
        whole = 0
        for process in self.running.processes():
            try:
                whole += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        return round(whole / 2**20)


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    # Connections of PostgreSQL come and go: their parent remembers those that went.
    return float(
        times.user + times.system + times.children_user + times.children_system
        if process.name() == "postgres"
        else times.user + times.system
    )


def _stage(process: psutil.Process) -> str:
    try:
        command = process.cmdline()
    except psutil.NoSuchProcess:
        return "gone"
    for part in map(str, command):
        if part.startswith("services."):
            return part.removeprefix("services.")
    return "postgres" if "postgres" in command[0] else "up"


@contextmanager
def city(
    place: Path | None = None,
    clock: str = "real",
    embedded: bool = False,
    workers: int = 1,
) -> Iterator[City]:
    """Start everything in a new folder, or an earlier one, and stop it at the end."""
    folder = place or Path(tempfile.mkdtemp(prefix="tongban-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # PostgreSQL runs as another user where we are root
    kafka = "" if embedded else apache.start(folder / "kafka", free_port())
    try:
        given = UNLIMITED if embedded else PARTITIONS | UNLIMITED
        with running(folder / "city", kafka, clock, workers, **given) as up:
            yield City(up, folder, kafka)
    finally:
        if kafka:
            apache.stop(folder / "kafka")
        if place is None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def second_gateway(city: City) -> Iterator[None]:
    """Let another gateway hear half of what is told; nobody starts it again.

    Raises RuntimeError if it ends by itself.
    """
    [first] = city.processes("services.gateway")
    own = {"PORT": free_port(), "METRICS_PORT": free_port(), "INSTANCE": "gateway-2"}
    env = first.environ() | {f"TONGBAN_{key}": str(said) for key, said in own.items()}
    log = city.running.data / "log" / "gateway-2.log"
    with log.open("ab") as out:
        process = subprocess.Popen(first.cmdline(), env=env, stdout=out, stderr=out)
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError(
                f"the second gateway has ended: {log.read_text()[-2000:]}"
            )
    finally:
        process.terminate()
        process.wait(ENDS_WITHIN)


def machine() -> dict[str, object]:
    """Return what a reader of figures needs to know of the machine."""
    with Path("/proc/cpuinfo").open() as info:
        [model, *_] = [
            line.split(":")[1].strip() for line in info if "model name" in line
        ]
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "date": time.strftime("%Y-%m-%d"),
    }
