"""From the start of each process to its first word that it is at work."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psutil

from tongban.here import METRICS

LOOK_AGAIN = 0.05  # seconds
GIVEN_UP = 600.0


@contextmanager
def start_up_times(data: Path) -> Iterator[dict[str, float]]:
    """Fill in, while a city starts inside the block, the seconds of each service."""
    found: dict[str, float] = {}
    over = Event()
    watching = Thread(target=_watch, args=(data / METRICS, found, over), daemon=True)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join(LOOK_AGAIN + 10)


def _watch(metrics: Path, found: dict[str, float], over: Event) -> None:
    began = time.time()
    with httpx.Client(timeout=2) as client:
        while not over.is_set() and time.time() - began < GIVEN_UP:
            for service, port in _targets(metrics, began):
                if service not in found and _is_healthy(client, port):
                    found[service] = round(time.time() - _started(port), 2)
            time.sleep(LOOK_AGAIN)


def _targets(metrics: Path, began: float) -> list[tuple[str, int]]:
    if not metrics.exists() or metrics.stat().st_mtime < began - 1:
        return []
    try:
        written: list[dict[str, Any]] = json.loads(metrics.read_text())
    except ValueError:
        return []  # it is just being written
    return [
        (each["labels"]["service"], int(each["targets"][0].rpartition(":")[2]))
        for each in written
    ]


def _is_healthy(client: httpx.Client, port: int) -> bool:
    try:
        return client.get(f"http://127.0.0.1:{port}/ready").status_code == 200
    except httpx.HTTPError:
        return False


def _started(port: int) -> float:
    """Return when the process began that was given this port."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("TONGBAN_METRICS_PORT") == str(port):
                return float(process.create_time())
        except psutil.Error:
            continue
    raise LookupError(port)
