"""How long people wait for an answer, by what they asked: for operators."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = "/static"
NOWHERE = "none"  # refused at the door, or no such page

seconds = Histogram(
    "tongban_request_seconds",
    "Seconds from a request until its answer began",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
under_way = Gauge("tongban_requests_under_way", "Requests, streams among them")


class Measured:
    """ASGI around everything; costs a few microseconds a request."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """`prefix` stands before what is included under it, which does not know it."""
        self._app = app
        self._prefix = prefix
        self._under_way = 0
        self._of: dict[tuple[str, str, int], Any] = {}
        under_way.set_function(lambda: self._under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._note(scope, status, time.perf_counter() - began)
            await send(message)

        self._under_way += 1
        try:
            await self._app(scope, receive, noting)
        finally:
            self._under_way -= 1

    def _note(self, scope: Scope, status: int, took: float) -> None:
        key = str(scope["method"]), self._template(scope), status
        if key not in self._of:
            self._of[key] = seconds.labels(*key)
        self._of[key].observe(took)

    def _template(self, scope: Scope) -> str:
        """Return the path as it is written in the route: no ids, few of them."""
        path, route = str(scope["path"]), getattr(scope.get("route"), "path", None)
        if route is None:
            return STATIC if path.startswith(f"{STATIC}/") else NOWHERE
        return f"{self._prefix}{route}" if path.startswith(self._prefix) else str(route)
