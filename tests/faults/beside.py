"""A process that somebody starts beside those of the city."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.acceptance.city import wait_until
from tests.faults.disturbed import READY_WITHIN, Disturbed
from tongban.embedded.ports import free_port
from tongban.processes import ready


@contextmanager
def beside(
    disturbed: Disturbed, like: psutil.Process, command: list[str], instance: str
) -> Iterator[Path]:
    """Run one in the environment of another until the block ends; hand out its log."""
    port = free_port()
    log = disturbed.people.data / "log" / f"beside-{port}.log"
    env = like.environ() | {
        "TONGBAN_METRICS_PORT": str(port),
        "TONGBAN_INSTANCE": instance,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=disturbed.release.folder, env=env, stdout=out, stderr=out
        )
    try:
        wait_until(lambda: ready(port)() or process.poll() is not None, READY_WITHIN)
        assert process.poll() is None, log.read_text()
        yield log
        assert process.poll() is None, log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(READY_WITHIN) == 0, log.read_text()
