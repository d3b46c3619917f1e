"""One relay of a source tells; another takes over, even from one that was stopped."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from shared.runtime import turn
from shared.runtime.health import Pulse
from shared.runtime.turn import RELAYING, Turn


async def test_a_second_one_stands_by_until_the_first_has_ended(postgres: str):
    first, second = Turn(postgres, Pulse("telling")), Turn(postgres, Pulse("telling"))
    told: list[str] = []

    async def take(who: Turn, name: str, until: asyncio.Event) -> None:
        async with who.taken():
            told.append(name)
            await until.wait()

    end, never = asyncio.Event(), asyncio.Event()
    one = asyncio.create_task(take(first, "first", end))
    while not told:
        await asyncio.sleep(0.01)
    other = asyncio.create_task(take(second, "second", never))
    while not second.is_awaited:
        await asyncio.sleep(0.01)
    assert told == ["first"]

    end.set()
    await one
    async with asyncio.timeout(20):
        while told != ["first", "second"]:
            await asyncio.sleep(0.05)
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)


async def test_the_turn_is_taken_from_one_that_gives_no_sign_of_life(
    postgres: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(turn, "SILENT", 1.0)
    with psycopg.connect(postgres, autocommit=True) as stopped:
        stopped.execute("SELECT pg_advisory_lock(%s)", (RELAYING,))
        async with asyncio.timeout(20), Turn(postgres, Pulse("telling")).taken():
            with pytest.raises(psycopg.OperationalError):
                stopped.execute("SELECT 1")


async def test_one_that_lives_keeps_its_turn(
    postgres: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(turn, "BEAT", 0.2)
    monkeypatch.setattr(turn, "SILENT", 1.0)
    async with Turn(postgres, Pulse("telling")).taken() as beating:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3), Turn(postgres, Pulse("telling")).taken():
                pass
        assert not beating.done()
