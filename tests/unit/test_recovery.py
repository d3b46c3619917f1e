"""A recovery is measured only where something moved, and while the load goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from bench.city import City
from bench.faults import recovery
from bench.load import NotAsPlanned

CITY = cast(City, None)
WHERE = ("tongban_intake", "gateway", "tongban.gateway", 0)


class Struck:
    """A strike that is counted."""

    times = 0

    async def strike(self, _: City) -> None:
        self.times += 1


@pytest.fixture
def struck() -> Struck:
    return Struck()


@pytest.fixture
async def life() -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(asyncio.sleep(3600))
    yield task
    task.cancel()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "JUST_BEFORE", 0)
    monkeypatch.setattr(recovery, "LOOK_AGAIN", 0)
    monkeypatch.setattr(recovery, "GIVEN_UP", 0.05)


def hears(monkeypatch: pytest.MonkeyPatch, *positions: int) -> None:
    """Let one partition be heard so far at each look, and then no further."""
    left = list(positions)

    def heard(*_: Any) -> dict[Any, int]:
        return {WHERE: left.pop(0) if len(left) > 1 else left[0]}

    monkeypatch.setattr(recovery, "heard", heard)


def case(struck: Struck) -> recovery.Case:
    return recovery.Case("intake killed", struck.strike, ("intake",), 1)


async def fails_after(event: asyncio.Event) -> None:
    await event.wait()
    raise NotAsPlanned("409")


async def test_nobody_is_struck_while_nothing_moves(
    monkeypatch: pytest.MonkeyPatch, struck: Struck, life: asyncio.Task[None]
):
    hears(monkeypatch, 7)

    with pytest.raises(recovery.NothingMoves, match="intake killed"):
        await recovery.recovery(CITY, case(struck), life)
    assert struck.times == 0


async def test_what_has_ended_the_load_is_raised(
    monkeypatch: pytest.MonkeyPatch, struck: Struck
):
    hears(monkeypatch, 7)
    now = asyncio.Event()
    now.set()
    life = asyncio.create_task(fails_after(now))
    await asyncio.wait([life])

    with pytest.raises(NotAsPlanned):
        await recovery.recovery(CITY, case(struck), life)
    assert struck.times == 0


async def test_what_ends_the_load_after_a_strike_is_raised_too(
    monkeypatch: pytest.MonkeyPatch,
):
    hears(monkeypatch, 7, 8)
    now = asyncio.Event()
    life = asyncio.create_task(fails_after(now))

    async def strike(_: City) -> None:
        now.set()
        await asyncio.wait([life])

    one = recovery.Case("gateway killed", strike, ("gateway",), 1)

    with pytest.raises(NotAsPlanned):
        await recovery.recovery(CITY, one, life)


async def test_it_has_recovered_when_what_moved_moves_on(
    monkeypatch: pytest.MonkeyPatch, struck: Struck, life: asyncio.Task[None]
):
    hears(monkeypatch, 7, 8, 8, 8, 9)

    assert await recovery.recovery(CITY, case(struck), life) is not None
    assert struck.times == 1


async def test_it_has_not_while_it_stands_still(
    monkeypatch: pytest.MonkeyPatch, struck: Struck, life: asyncio.Task[None]
):
    hears(monkeypatch, 7, 8)

    assert await recovery.recovery(CITY, case(struck), life) is None


def test_all_have_recovered_only_if_each_time_is_known():
    known = {"a": {"all_s": [0.4, 1.0]}, "b": {"all_s": [2.0]}}

    assert recovery.all_recovered(known)
    assert not recovery.all_recovered(known | {"c": {"all_s": [0.4, None]}})
