from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest

from services.monitoring.heard import Heard
from shared.runtime import clock


class Broker:
    """Two partitions; what the stream has noted lies in `noted`."""

    def __init__(self, ends: dict[int, int], noted: dict[int, int]) -> None:
        self.at = ends
        self.noted = noted

    async def ends(self, partitions: Iterable[int]) -> dict[int, int]:
        return {partition: self.at[partition] for partition in partitions}

    async def first_unheard(self, partition: int) -> int:
        return self.noted[partition]


async def test_nothing_is_decided_before_everything_told_is_heard():
    heard = Heard(Broker({0: 7, 1: 3}, noted={0: 5, 1: 3}))
    heard.assigned([0, 1])

    assert (await heard.until()).keys() == {1}
    heard.note(0, 5)
    assert (await heard.until()).keys() == {1}
    heard.note(0, 6)
    assert (await heard.until()).keys() == {0, 1}


async def test_what_is_told_meanwhile_does_not_put_it_off_for_ever():
    broker = Broker({0: 1}, noted={0: 0})
    heard = Heard(broker)
    heard.assigned([0])
    await heard.until()

    broker.at[0] = 10
    heard.note(0, 0)

    assert (await heard.until()).keys() == {0}


async def test_what_was_noted_by_a_clock_that_ran_ahead_is_not_vouched_for(
    monkeypatch: pytest.MonkeyPatch,
):
    broker = Broker({0: 1}, noted={0: 1})
    heard = Heard(broker)
    heard.assigned([0])
    right = clock.now()
    monkeypatch.setattr(clock, "now", lambda: right + timedelta(days=10))
    await heard.until()

    monkeypatch.setattr(clock, "now", lambda: right)
    broker.at[0] = 2  # a stop, perhaps, that has not been heard

    assert await heard.until() == {0: right}


async def test_what_was_heard_before_a_rebalance_counts_no_more():
    broker = Broker({0: 5}, noted={0: 5})
    heard = Heard(broker)
    heard.assigned([0])
    assert (await heard.until()).keys() == {0}

    heard.revoked()
    assert await heard.until() == {}
    heard.note(0, 8)
    broker.noted[0] = 0
    heard.assigned([0])

    assert await heard.until() == {}


async def test_a_partition_that_is_read_again_is_not_vouched_for_meanwhile():
    heard = Heard(Broker({0: 5, 1: 3}, noted={0: 5, 1: 3}))
    heard.assigned([0, 1])

    async with heard.doubting(0), heard.vouching() as until:
        assert until.keys() == {1}
    async with heard.vouching() as until:
        assert until.keys() == {0, 1}


async def test_what_was_vouched_for_is_decided_before_it_is_doubted():
    heard = Heard(Broker({0: 5}, noted={0: 5}))
    heard.assigned([0])
    happened = []

    async def read_again() -> None:
        async with heard.doubting(0):
            happened.append("read again")

    async with heard.vouching():
        reading = asyncio.create_task(read_again())
        await asyncio.sleep(0)
        happened.append("decided")
    await reading

    assert happened == ["decided", "read again"]


async def test_a_partition_that_is_read_again_is_behind_though_nothing_new_comes(
    monkeypatch: pytest.MonkeyPatch,
):
    began = clock.now()
    heard = Heard(Broker({0: 5, 1: 3}, noted={0: 5, 1: 3}))
    heard.assigned([0, 1])
    monkeypatch.setattr(clock, "now", lambda: began)
    await heard.until()

    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=60))
    async with heard.doubting(0):
        await heard.until()
        assert heard.delay() == 60

    await heard.until()
    assert heard.delay() == 0
