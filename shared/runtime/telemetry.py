"""What a process says about itself: JSON log lines, counters, and its health."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import Counter, Gauge, Histogram, make_wsgi_app

from shared.runtime.health import Health

log: structlog.stdlib.BoundLogger = structlog.get_logger("tongban")

heard = Counter("tongban_heard", "Messages heard", ["listener", "topic"])
told = Counter("tongban_told", "Messages told", ["source"])
refused = Counter("tongban_unreadable", "Messages that can't be read", ["listener"])
set_aside = Gauge(
    "tongban_set_aside",
    "Cases (keys) with messages that are parked or wait",
    ["listener"],
)
parked = Gauge("tongban_parked", "Messages that wait for a person", ["listener"])
set_aside_seconds = Gauge(
    "tongban_set_aside_seconds",
    "Seconds since the oldest message that is set aside was",
    ["listener"],
)
lag = Gauge("tongban_lag", "Messages not yet heard", ["listener", "topic"])
lag_seconds = Gauge(
    "tongban_lag_seconds", "Seconds behind what was told", ["listener", "topic"]
)
relay_behind = Gauge("tongban_relay_behind", "Events not yet told", ["source"])
relay_oldest = Gauge(
    "tongban_relay_oldest_seconds",
    "Real seconds since the oldest event that is not yet told was committed",
    ["source"],
)
relay_delay = Histogram(
    "tongban_relay_delay_seconds",
    "Real seconds from an event's commit until it was told",
    ["source"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 600),
)
batch_size = Histogram(
    "tongban_batch_messages",
    "Messages in one transaction",
    ["listener"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
batch_seconds = Histogram(
    "tongban_batch_seconds", "Seconds one transaction took", ["listener"]
)
ready = Gauge("tongban_ready", "Whether this process can do its work now")
missing = Gauge("tongban_missing", "What keeps it from its work", ["what"])
loop_age = Gauge(
    "tongban_loop_age_seconds", "Seconds since a loop last came round", ["loop"]
)
disk_free = Gauge(
    "tongban_disk_free_ratio", "Part of the disk that is free where TONGBAN_DATA is"
)


def start_logging(service: str, level: int = logging.INFO) -> None:
    """Write one JSON object a line to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)


class _Quiet(WSGIRequestHandler):
    timeout = 10  # seconds; who connects and says nothing would keep a thread for ever

    def handle(self) -> None:
        with suppress(TimeoutError):
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is no news."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True  # who asks and does not listen keeps nobody else waiting


def note_set_aside(listener: str, keys: int, messages: int, oldest: float) -> None:
    """Show how many keys are stopped, and of the messages how many need a person."""
    set_aside.labels(listener).set(keys)
    parked.labels(listener).set(messages)
    set_aside_seconds.labels(listener).set(oldest)


def serve(host: str, port: int, health: Health, data: Path) -> Callable[[], None]:
    """Serve /metrics, /health and /ready; return how to stop.

    /health answers 200 while the loops turn, /ready when nothing is missing; else 503
    with the list.
    """
    metrics = make_wsgi_app()
    asked: dict[str, tuple[str, Callable[[], list[str]]]] = {
        "/health": ("stuck", health.stuck),
        "/ready": ("missing", lambda: _lacking(health)),
    }

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] not in asked:
            _look(health, data)
            page: Iterable[bytes] = metrics(environ, start)
            return page
        name, look = asked[environ["PATH_INFO"]]
        found = look()
        status = "503 Service Unavailable" if found else "200 OK"
        start(status, [("Content-Type", "application/json")])
        return [json.dumps({name: found}).encode()]

    server = make_server(host, port, answer, _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stop


_ever_missing: set[str] = set()


def _lacking(health: Health) -> list[str]:
    lacking = health.missing()
    _ever_missing.update(lacking)
    return lacking


def _look(health: Health, data: Path) -> None:
    lacking = _lacking(health)
    ready.set(not lacking)
    for what in _ever_missing:
        missing.labels(what).set(what in lacking)
    for pulse in health.pulses:
        loop_age.labels(pulse.name).set(pulse.age)
    disk = shutil.disk_usage(_there(data))
    disk_free.set(disk.free / disk.total)


def _there(path: Path) -> Path:
    """Return the nearest directory that exists: some services keep nothing."""
    return path if path.exists() else _there(path.resolve().parent)
