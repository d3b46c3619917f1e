"""Plays planned lives through the gateway's API, as the people in them would."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import httpx

from services.gateway.filing import must_bring
from shared.runtime import clock
from tongban.demo.plan import Life, Move

PATIENCE = 60.0  # seconds until what was asked must have been answered
AT_ONCE = 24  # moves under way at the same time
PAPER = (
    b"%PDF-1.4\n%demo\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class NotDone(RuntimeError):
    """The system did not do what the plan expects."""


class Player:
    """Plays until a moment of the shown clock; what was to come later stays open."""

    def __init__(self, gateway: str, seed: int, until: datetime) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{gateway}/api/v1",
            timeout=30,
            limits=httpx.Limits(max_connections=AT_ONCE),
        )
        self._seed = seed
        self._until = until
        self._tokens: dict[str, str] = {}
        self._papers: dict[str, str] = {}
        self._free = asyncio.Semaphore(AT_ONCE)
        self.done: Counter[str] = Counter()

    async def play(self, lives: Sequence[Life], tell: Callable[[], None]) -> None:
        """Play all lives; `tell` is called after each move. Raises NotDone."""
        async with self._http:
            await self._sign_in(lives)
            async with asyncio.TaskGroup() as group:
                for life in lives:
                    group.create_task(self._live(life, tell))

    async def _sign_in(self, lives: Sequence[Life]) -> None:
        for person in {move.who for life in lives for move in life.moves}:
            answer = await self._http.post("/session", json={"persona": person})
            answer.raise_for_status()
            self._tokens[person] = answer.json()["token"]
            self._http.cookies.clear()  # each person has a token, none a cookie

    async def _live(self, life: Life, tell: Callable[[], None]) -> None:
        case = ""
        for number, move in enumerate(life.moves):
            if move.at > self._until:
                return
            while (wait := clock.seconds_until(move.at)) > 0:
                await asyncio.sleep(min(wait, 1.0))
            async with self._free:
                said = dict(move.said)
                if "task_code" in said:
                    said["materials"] = await self._materials(life, move.who)
                route = move.route if number == 0 else f"/cases/{case}/{move.route}"
                key = f"demo-{self._seed}-{life.number}-{number}"
                receipt = await self._ask(life, move, route, said, key)
            case = receipt["application_id"]
            self.done[life.fate if number == 0 else "act"] += 1
            tell()

    async def _ask(
        self, life: Life, move: Move, route: str, said: dict[str, Any], key: str
    ) -> dict[str, Any]:
        refusals = 0
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self._http.post(
                    route,
                    json=said or None,
                    headers=self._as(move.who)
                    | {"Idempotency-Key": f"{key}-{refusals}", "Prefer": "wait=5"},
                )
                if answer.status_code == 200:
                    receipt: dict[str, Any] = answer.json()
                    return receipt
                # Not visible yet (202), a step not opened yet (404), or too busy.
                if answer.status_code not in (202, 404, 429, 503):
                    if answer.json().get("rule") != "NotYetDecided":
                        raise NotDone(f"{life.fate} {route}: {answer.text}")
                    refusals += 1  # the certificate is still being made
                await asyncio.sleep(0.3)

    async def _materials(self, life: Life, who: str) -> list[dict[str, str]]:
        if who not in self._papers:
            answer = await self._http.post(
                "/uploads",
                content=PAPER + who.encode(),
                headers=self._as(who) | {"Content-Type": "application/pdf"},
            )
            answer.raise_for_status()
            self._papers[who] = answer.json()["sha256"]
        return [
            {
                "material": material.code,
                "sha256": self._papers[who],
                "file_name": f"{material.name.zh}.pdf",
            }
            for material in life.item.materials
            if must_bring(material)
        ]

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[who]}"}
