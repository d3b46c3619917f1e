"""The only place that chooses what the gateway stands on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket

import uvicorn
from psycopg.conninfo import make_conninfo
from starlette.types import ASGIApp

from services.gateway import blobs, drafts, people
from services.gateway.api import PREFIX
from services.gateway.app import create_app
from services.gateway.asking import Asking
from services.gateway.awaiting import Awaiting
from services.gateway.blobs import Blobs
from services.gateway.drafts import Drafts
from services.gateway.live import Live
from services.gateway.looking import Looking
from services.gateway.measured import Measured
from services.gateway.messages import tell
from services.gateway.oidc import Provider
from services.gateway.pages.site import Site
from services.gateway.parts import Parts
from services.gateway.people import People, Personas, SignedIn
from services.gateway.requests import RequestLog, Requests
from services.gateway.security import Limits
from services.gateway.sessions import SHORTEST_SECRET, SecretMissing, Sessions
from services.gateway.views import screens, views
from shared.runtime.database import Pool, connected
from shared.runtime.health import Health
from shared.runtime.listener import Listener
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Relay
from shared.runtime.service import settle, show
from shared.runtime.settings import Settings
from shared.runtime.views import Views

SOURCE = "gateway"
HEARS = (
    r"tongban\.(catalog|intake|review|credentials)(\.[^.]+)?",
    r"tongban\.(intake|review|credentials)(\.[^.]+)?\.for\.gateway",
    r"tongban\.clocks",
    r"tongban\.alerts\.[^.]+",
)
WORKERS = 24  # threads that wait for PostgreSQL, beside those of the routes
READERS = 12  # connections for people who look
LONGEST_QUERY = 5_000  # ms
LONGEST_GOODBYE = 5  # seconds for requests under way when told to stop


class NobodyMaySignIn(RuntimeError):
    """How people sign in must be set, in one way only."""


def must_be_complete(settings: Settings) -> None:
    """Raise, by its name, for a setting without which nobody can be served."""
    if len(settings.secret) < SHORTEST_SECRET:
        raise SecretMissing(SecretMissing.__doc__)
    if settings.personas == bool(settings.oidc_issuer):
        raise NobodyMaySignIn(
            "请设置 TONGBAN_OIDC_ISSUER，或仅供试用的 TONGBAN_PERSONAS=true，只能选一。"
            " Set TONGBAN_OIDC_ISSUER or, for trying out only, TONGBAN_PERSONAS=true;"
            " not both."
        )


@dataclass(frozen=True)
class Gateway:
    parts: Parts
    heard: Views
    listener: Listener
    relay: Relay
    looking: Looking


@dataclass(frozen=True)
class Stores:
    """The gateway's database: its log with the writers' pool, and one for readers."""

    log: PostgresLog
    readers: Pool


@contextmanager
def stores(settings: Settings) -> Iterator[Stores]:
    conninfo = settings.database("tongban_gateway")
    schema = [view.SCHEMA for view in views()]
    log = PostgresLog(conninfo, [*schema, blobs.SCHEMA, drafts.SCHEMA, people.SCHEMA])
    limited = make_conninfo(conninfo, options=f"-c statement_timeout={LONGEST_QUERY}")
    # One query is one transaction: no round trips to begin and end it.
    readers: Pool = connected(limited, READERS, autocommit=True)
    try:
        yield Stores(log, readers)
    finally:
        readers.close()
        log.close()


def gateway(settings: Settings, kept: Stores) -> Gateway:
    """Put the gateway together; nothing runs yet."""
    pool = kept.readers
    heard = Views(kept.log.pool, views())
    request_log = RequestLog(kept.log)
    requests = Requests(request_log)
    live = Live()
    heard.committed = live.told
    seen = screens(pool)
    files = Blobs(pool)
    personas = Personas.load() if settings.personas else None
    signed_in = SignedIn(pool)
    known: People = personas or signed_in
    limits = Limits(rate=settings.rate, burst=settings.burst)
    listener = Listener(settings, SOURCE, HEARS, heard)
    relay = Relay(settings, request_log, SOURCE, tell)

    looking = Looking(seen.catalogue.is_heard)

    def lacking() -> list[str]:
        ready = {
            "catalogue": looking.has_found,
            "listening": listener.is_listening,
            "storing": listener.is_storing,
            "telling": relay.is_ready,
        }
        return [what for what, is_there in ready.items() if not is_there]

    health = Health([listener.pulse, relay.pulse, looking.pulse], lacking)
    parts = Parts(
        screens=seen,
        requests=requests,
        asking=Asking(requests, seen, files, known, Awaiting(seen.outcomes, live)),
        blobs=files,
        drafts=Drafts(pool),
        live=live,
        people=known,
        personas=personas,
        provider=_provider(settings, signed_in) if personas is None else None,
        sessions=Sessions(settings.secret, known),
        health=health,
        limits=limits,
        is_tls=settings.tls,
    )
    return Gateway(parts, heard, listener, relay, looking)


def _provider(settings: Settings, signed_in: SignedIn) -> Provider:
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        signed_in,
    )


class Server(uvicorn.Server):
    """Ends the streams before it waits for requests to end, and lets us end after."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    def stop(self) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Its own way raises the signal again, and so leaves no time to clean up.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        yield

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._live.close()
        await super().shutdown(sockets)


async def run(settings: Settings) -> None:
    """Serve people, listen and tell, until SIGTERM; raises what made a part fail."""
    must_be_complete(settings)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(WORKERS))
    with stores(settings) as kept:
        made = gateway(settings, kept)
        app = Measured(create_app(made.parts, Site()), PREFIX)
        server = Server(_config(settings, app), made.parts.live)
        tasks = [
            asyncio.create_task(made.parts.requests.run()),
            asyncio.create_task(made.listener.run()),
            asyncio.create_task(made.relay.run()),
            asyncio.create_task(made.looking.run()),
        ]
        for task in tasks:
            task.add_done_callback(lambda _: server.stop())
        stop = show(settings, made.parts.health)
        settle()
        try:
            await server.serve()
        finally:
            stop()
            failed = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in failed:
            task.result()


def _config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=LONGEST_GOODBYE,
        limit_concurrency=2_000,
    )
