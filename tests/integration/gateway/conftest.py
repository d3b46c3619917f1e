"""A gateway on a real PostgreSQL, with the other services in memory behind it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.gateway.app import create_app
from services.gateway.bootstrap import HEARS, Gateway, Stores, gateway, stores
from services.gateway.messages import tell
from services.gateway.pages import acting
from services.gateway.pages.site import Site
from shared.events.fact import Fact
from shared.runtime import clock
from shared.runtime.hearing import Channel
from shared.runtime.relay import news
from shared.runtime.settings import Settings
from tests import controls
from tests.city import City

NOWHERE = "127.0.0.1:1"  # Kafka is down throughout
_HEARS = re.compile("^(" + "|".join(HEARS) + ")$")


@dataclass
class Town:
    """What people ask the gateway reaches the city, and what it tells is shown."""

    made: Gateway
    app: FastAPI
    city: City = field(default_factory=City)
    _shown: int = 0
    _relayed: int = 0

    def settle(self) -> None:
        """Let the city hear what was asked, and the gateway what came of it."""
        log = self.made.parts.requests.log
        self._relayed, asked = news(log, "gateway", tell, self._relayed)
        for message in asked:
            self.city._deliver([message])
            self.city.settle()
        self.show()

    def tell(self, source: str, fact: Fact) -> None:
        self.city.say(source, fact)
        self.show()

    def show(self) -> None:
        for message in self.city.told[self._shown :]:
            if _HEARS.match(message.topic):
                channel = Channel(message.source, message.topic, 0)
                self.made.heard.hear({channel: [message]})
        self._shown = len(self.city.told)

    @asynccontextmanager
    async def visitor(self, persona: str | None = None) -> AsyncIterator[Visitor]:
        """Hand out a client that is signed in as somebody, with a bearer token."""
        writer = asyncio.create_task(self.made.parts.requests.run())
        transport = httpx.ASGITransport(app=self.app)
        async with Visitor(transport=transport, base_url="http://tongban") as client:
            if persona:
                await client.sign_in(persona)
            yield client
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer


class Visitor(httpx.AsyncClient):
    async def sign_in(self, persona: str) -> None:
        answer = await self.post("/api/v1/session", json={"persona": persona})
        assert answer.status_code == 201, answer.text
        self.cookies.clear()
        self.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    async def ask(self, path: str, **body: Any) -> httpx.Response:
        return await self.post(f"/api/v1{path}", json=body)

    async def see(self, path: str, **query: Any) -> Any:
        answer = await self.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def upload(self, content: bytes = b"%PDF-1.7\n%%EOF\n") -> str:
        answer = await self.post("/api/v1/uploads", content=content)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sha256"])

    async def apply(self, key: str = "once", **more: Any) -> httpx.Response:
        material = {
            "material": "application-form",
            "sha256": await self.upload(),
            "file_name": "申请书.pdf",
        }
        body = {"task_code": controls.GRAIN_TASK, "materials": [material]} | more
        return await self.post(
            "/api/v1/applications", json=body, headers={"Idempotency-Key": key}
        )


@pytest.fixture
def in_2016() -> Iterator[None]:
    """It is Monday, 4 January 2016, 09:00 in Zhengzhou."""
    start = controls.ACCEPTED_AT.timestamp()
    clock.set_clock(f"warp:{start},{clock.now().timestamp()},1")
    yield
    clock.set_clock("real")


@pytest.fixture
def receipts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers by themselves here: a test settles the town when it likes."""
    monkeypatch.setattr(acting, "WAIT", 0)


@pytest.fixture(scope="package")
def settings(server: str) -> Settings:
    return Settings(
        kafka=NOWHERE,
        postgres=server,
        secret="a secret of the tests",
        personas=True,
        burst=1_000,  # one who tries every route does not wait in between
    )


@pytest.fixture(scope="package")
def kept(settings: Settings) -> Iterator[Stores]:
    """One database for all these tests: each begins with empty tables."""
    with stores(settings) as kept:
        yield kept
    with psycopg.connect(settings.postgres, autocommit=True) as connection:
        connection.execute("DROP DATABASE tongban_gateway WITH (FORCE)")


@pytest.fixture
def town(settings: Settings, kept: Stores, in_2016: None) -> Town:
    with kept.log.pool.connection() as connection:
        tables = connection.execute(
            "SELECT string_agg(tablename, ', ') FROM pg_tables"
            " WHERE schemaname = 'public'"
        ).fetchone()
        assert tables is not None
        connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY".encode())
    made = gateway(settings, kept)
    town = Town(made, create_app(made.parts, Site()))
    town.show()
    return town
