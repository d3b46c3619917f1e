"""What is read again from its beginning: no card meanwhile that a stop would keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from services.monitoring.heard import Heard
from services.monitoring.hearing import Hearing
from services.monitoring.watch import Watch
from shared.events.fact import Message
from shared.runtime import wire
from tests.integration.monitoring.brokerless import Monitoring
from tests.unit.monitoring.clocks import at, started, stopped


@dataclass
class Told:
    """A message as a broker gives it."""

    message: Message
    partition: int = 0

    @property
    def topic(self) -> str:
        return self.message.topic

    @property
    def value(self) -> bytes:
        return wire.value(self.message)

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        return wire.headers(self.message)


class Topic:
    """All that was ever told, one message at a time, with a pause after each."""

    def __init__(self, told: list[Message], pause: float = 0.0) -> None:
        self._told = told
        self._pause = pause

    async def everything(self, _: int) -> AsyncIterator[list[Any]]:
        for message in list(self._told):
            yield [Told(message)]
            await asyncio.sleep(self._pause)

    async def just_before(self, _: Iterable[int]) -> list[Any]:
        return [Told(message) for message in self._told[-1:]]

    async def ends(self, partitions: Iterable[int]) -> dict[int, int]:
        return dict.fromkeys(partitions, len(self._told))

    async def first_unheard(self, _: int) -> int:
        return len(self._told)


def hears(monitoring: Monitoring, topic: Topic) -> Hearing:
    heard = Heard(topic)
    heard.assigned([0])
    return Hearing(monitoring.views, monitoring.agenda, topic, heard)


async def test_what_is_forgotten_is_noticed_and_no_card_is_issued_twice(
    monitoring: Monitoring,
):
    monitoring.tell(started(), stopped(at(15)))
    hearing = hears(monitoring, Topic(monitoring.told))
    await hearing.begin(frozenset([0]))
    assert monitoring.look(at(30)) == 2

    monitoring.views.forget("clocks")
    await hearing.tick()

    assert monitoring.agenda.lacking([0]) == set()
    assert monitoring.look(at(30)) == 2


async def test_a_card_is_taken_back_though_its_clock_had_been_forgotten(
    monitoring: Monitoring,
):
    monitoring.tell(started())
    monitoring.hear()
    assert monitoring.look(at(20)) == 3

    monitoring.views.forget("clocks")
    monitoring.tell(stopped(at(13)))
    await hears(monitoring, Topic(monitoring.told)).begin(frozenset([0]))

    for _ in range(2):
        monitoring.look(at(20))
        assert monitoring.revoked() == ["yellow", "red"]
    assert monitoring.agenda.next_due_at([0]) is None


async def test_all_cards_of_a_forgotten_clock_are_taken_back(monitoring: Monitoring):
    monitoring.tell(started())
    monitoring.hear()
    monitoring.look(at(12))

    monitoring.views.forget("clocks")
    monitoring.tell(stopped(at(10)))
    await hears(monitoring, Topic(monitoring.told)).begin(frozenset([0]))

    monitoring.look(at(20))
    assert monitoring.revoked() == ["warning"]
    assert monitoring.agenda.next_due_at([0]) is None


async def test_what_was_passed_over_is_noticed_at_the_start(monitoring: Monitoring):
    """Somebody has moved Kafka's offset to the end."""
    monitoring.tell(started(), stopped(at(10)), stopped(at(10)))
    monitoring.hear(to=1)

    await hears(monitoring, Topic(monitoring.told)).begin(frozenset([0]))

    assert monitoring.agenda.running([0]) == {}


async def test_who_is_killed_while_it_reads_again_begins_anew(monitoring: Monitoring):
    monitoring.tell(started(), stopped(at(10)))
    slow = hears(monitoring, Topic(monitoring.told, pause=60))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slow.begin(frozenset([0])), 0.5)
    assert monitoring.agenda.running([0]) != {}

    await hears(monitoring, Topic(monitoring.told)).begin(frozenset([0]))

    assert monitoring.agenda.lacking([0]) == set()
    assert monitoring.agenda.running([0]) == {}


async def test_nothing_is_decided_upon_what_is_only_half_read(monitoring: Monitoring):
    monitoring.tell(started(), stopped(at(10)), stopped(at(10)))
    topic = Topic(monitoring.told, pause=0.3)
    heard = Heard(topic)
    heard.assigned([0])
    watch = Watch(monitoring.agenda, monitoring.cards, heard)
    watching = asyncio.create_task(watch.run())

    hearing = Hearing(monitoring.views, monitoring.agenda, topic, heard)
    await hearing.hear([Told(monitoring.told[-1])])
    await asyncio.sleep(0.5)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert monitoring.agenda.running([0]) == {}
    assert monitoring.look(at(30)) == 0
