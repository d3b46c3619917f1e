from __future__ import annotations

from collections.abc import Iterable

from services.monitoring.heard import Heard


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
