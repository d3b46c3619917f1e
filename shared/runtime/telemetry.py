"""What a process says about itself: JSON log lines, counters, and its health."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import Counter, Gauge, Histogram, make_wsgi_app

log: structlog.stdlib.BoundLogger = structlog.get_logger("tongban")

heard = Counter("tongban_heard", "Messages heard", ["listener", "topic"])
told = Counter("tongban_told", "Messages told", ["source"])
refused = Counter("tongban_unreadable", "Messages that can't be read", ["listener"])
set_aside = Gauge(
    "tongban_set_aside",
    "Cases (keys) with messages that are parked or wait",
    ["listener"],
)
lag = Gauge("tongban_lag", "Messages not yet heard", ["listener", "topic"])
relay_behind = Gauge("tongban_relay_behind", "Events not yet told", ["source"])
batch_size = Histogram(
    "tongban_batch_messages",
    "Messages in one transaction",
    ["listener"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
batch_seconds = Histogram(
    "tongban_batch_seconds", "Seconds one transaction took", ["listener"]
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
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is no news."""


def serve(host: str, port: int, missing: Callable[[], list[str]]) -> Callable[[], None]:
    """Serve /metrics and /health; return how to stop.

    /health answers 200 when `missing` finds nothing missing, else 503 with the list.
    """
    metrics = make_wsgi_app()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/health":
            page: Iterable[bytes] = metrics(environ, start)
            return page
        lacking = missing()
        status = "503 Service Unavailable" if lacking else "200 OK"
        start(status, [("Content-Type", "application/json")])
        return [json.dumps({"missing": lacking}).encode()]

    server: WSGIServer = make_server(host, port, answer, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stop
