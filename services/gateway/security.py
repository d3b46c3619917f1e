"""What every request meets first: how much, how often, from where; and safe headers."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.blobs import LARGEST_FILE
from services.gateway.problems import Page, Problem, wants_page
from services.gateway.room import Room, Visit, begin, come_back_after
from services.gateway.saying import MANY
from services.gateway.sessions import COOKIE

ALWAYS_ANSWERED = frozenset({"/health", "/ready"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self';"
    " style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " object-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
ALWAYS = {**HEADERS, "Cache-Control": "no-store"}  # but what is static is kept


@dataclass(frozen=True)
class Limits:
    body: int = 1024**2  # bytes
    upload: int = LARGEST_FILE + 64 * 1024  # bytes, with its wrapping
    form: int = 4 * LARGEST_FILE  # bytes: a form with several files
    rate: float = 50.0  # requests a second, of one person or address
    burst: int = 200
    callers: int = 10_000  # remembered at a time
    acting: int = 100  # requests that change something, worked on at once
    looking: int = 100  # and those that do not


class Buckets:
    """Token buckets, one a caller; who was not seen for longest is forgotten first."""

    def __init__(
        self, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Take one token; return 0, or the seconds until there is one."""
        now = self._clock()
        left, at = self._left.pop(caller, (float(self._limits.burst), now))
        left = min(self._limits.burst, left + (now - at) * self._limits.rate)
        is_allowed = left >= 1
        self._left[caller] = (left - 1 if is_allowed else left, now)
        if len(self._left) > self._limits.callers:
            self._left.popitem(last=False)
        return 0.0 if is_allowed else (1 - left) / self._limits.rate


class Security:
    """ASGI middleware around everything."""

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        who: Callable[[str | None], str | None],
        is_tls: bool,
        page: Page | None = None,
    ) -> None:
        """`who` returns the person a session token names, or None.

        `page` shows a problem to people.
        """
        self._app = app
        self._page = page
        self._limits = limits
        self.acting = Room(limits.acting)
        self.looking = Room(limits.looking)
        self._buckets = Buckets(limits)
        self._who = who
        self._headers = dict(HEADERS)
        if is_tls:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        room = self.looking if scope["method"] in SAFE_METHODS else self.acting
        visit = Visit(room)
        guarded = self._guarded(scope, send, visit)
        problem = self._refused(scope, headers, room)
        if problem is not None:
            await self._answer(scope, problem)(scope, receive, guarded)
            return
        begin(visit)
        limit = self._limit(scope, headers)
        body = Body(receive, limit, visit, is_whole=not has_body(headers))
        try:
            await self._app(scope, body.receive, guarded)
        except asyncio.CancelledError:
            if visit.is_answered:
                raise
            # We are stopping, and this took too long: whoever asked is to ask again.
            stopping = Problem(503, "Unavailable", retry_after=come_back_after())
            await self._answer(scope, stopping)(scope, receive, guarded)
        finally:
            visit.leave()

    def _answer(self, scope: Scope, problem: Problem) -> Response:
        request = Request(scope)
        if self._page and wants_page(request):
            return self._page(request, problem)
        return problem.response()

    def _refused(self, scope: Scope, headers: Headers, room: Room) -> Problem | None:
        if room.is_full and scope["path"] not in ALWAYS_ANSWERED:
            return many_at_once()
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length[:18]) > self._limit(scope, headers):
            return Problem(413, "TooLarge")
        if scope["method"] not in SAFE_METHODS and is_from_elsewhere(headers):
            return Problem(403, "FromAnotherSite")
        wait = self._buckets.wait(self._caller(scope, headers))
        if wait:
            return Problem(429, "TooOften", retry_after=max(1, round(wait)))
        return None

    def _caller(self, scope: Scope, headers: Headers) -> str:
        address: tuple[str, int] | None = scope.get("client")
        return self._who(token_of(headers)) or (address[0] if address else "unknown")

    def _limit(self, scope: Scope, headers: Headers) -> int:
        if headers.get("content-type", "").startswith("multipart/form-data"):
            return self._limits.form
        is_upload = scope["path"].endswith("/uploads")
        return self._limits.upload if is_upload else self._limits.body

    def _guarded(self, scope: Scope, send: Send, visit: Visit) -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.is_answered = True
                visit.leave()
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return guarded


class Body:
    """A body that ends with a problem where it grows beyond its limit."""

    def __init__(
        self, receive: Receive, limit: int, visit: Visit, is_whole: bool
    ) -> None:
        """`visit` is interrupted until the body is there to its end, or `is_whole`."""
        self._receive = receive
        self._left = limit
        self._visit = visit
        self._is_whole = is_whole

    async def receive(self) -> Message:
        message = await self._next()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise Problem(413, "TooLarge")
        return message

    async def _next(self) -> Message:
        if self._is_whole or not self._visit.is_inside:
            return await self._receive()
        with self._visit.outside():
            message = await self._receive()
            self._is_whole = not message.get("more_body", False)
            if self._is_whole and self._visit.room.is_full:
                raise many_at_once()
        return message


def many_at_once() -> Problem:
    return Problem(429, "ManyAtOnce", MANY, retry_after=come_back_after())


def has_body(headers: Headers) -> bool:
    length = headers.get("content-length", "0")
    return length != "0" or "transfer-encoding" in headers


def is_from_elsewhere(headers: Headers) -> bool:
    """Return whether a browser says that another site makes it send this."""
    if bearer_of(headers) is not None:
        return False
    origin = headers.get("origin")
    if origin and _host_in(origin) != headers.get("host"):
        return True
    return headers.get("sec-fetch-site") == "cross-site"


def _host_in(address: str) -> str | None:
    try:
        return urlsplit(address).netloc
    except ValueError:  # no address at all
        return None


def token_of(headers: Headers) -> str | None:
    """Return the session token of a request: the bearer's, else the cookie's."""
    bearer = bearer_of(headers)
    if bearer is not None:
        return bearer
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None


def bearer_of(headers: Headers) -> str | None:
    """Return the token of a caller that is no browser: those send a cookie."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else None
