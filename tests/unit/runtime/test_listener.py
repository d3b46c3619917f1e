"""A listener reads again what was missed, and only that."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from shared.runtime.hearing import Channel, Gap, Poll
from shared.runtime.listener import Listener
from shared.runtime.settings import Settings

HEARD = TopicPartition("tongban.intake", 0)
MISSED = TopicPartition("tongban.intake", 1)


class Emptied:
    """Lacks one channel of ours, and one that another instance reads."""

    def hear(self, poll: Poll) -> None:
        raise NotImplementedError

    def retry_set_aside(self) -> int:
        return 0

    def gaps(self) -> set[Channel]:
        return {Channel("intake", "tongban.intake", part) for part in (1, 2)}


class Consumer:
    def __init__(self, at: int = 9, end: int = 9) -> None:
        self.at, self.end = at, end
        self.sought: list[TopicPartition] = []
        self.held: set[TopicPartition] = set()

    def assignment(self) -> set[TopicPartition]:
        return {HEARD, MISSED}

    def paused(self) -> set[TopicPartition]:
        return self.held

    def last_poll_timestamp(self, _: TopicPartition) -> int:
        return 1

    def highwater(self, _: TopicPartition) -> int:
        return self.end

    async def position(self, _: TopicPartition) -> int:
        return self.at

    async def seek_to_beginning(self, *parts: TopicPartition) -> None:
        self.sought += parts or self.assignment()

    def pause(self, part: TopicPartition) -> None:
        self.held.add(part)

    def resume(self, part: TopicPartition) -> None:
        self.held.remove(part)


async def test_only_what_was_missed_is_read_again():
    settings = Settings(kafka="unused:1", postgres="unused")
    consumer = Consumer()

    await Listener(settings, "gateway", [], Emptied())._tick(consumer)

    assert consumer.sought == [MISSED]


async def test_what_stays_missing_is_not_read_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
):
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    listener = Listener(Settings(kafka="unused:1", postgres="x"), "g", [], Emptied())
    consumer = Consumer()
    gap = Gap(Channel("review.x", HEARD.topic, HEARD.partition), 1, 5)

    for _ in range(3):
        await listener._begin_again(consumer, gap)
    assert consumer.sought == [HEARD]
    assert consumer.held == {HEARD}

    await listener._let_go(consumer)
    assert consumer.held == {HEARD}
    now += 60
    await listener._let_go(consumer)
    assert consumer.sought == [HEARD, HEARD]
    assert consumer.held == set()


async def test_a_partition_that_is_read_again_is_read_to_its_end():
    """What is lacking may follow, as after a broker has lost its log."""
    listener = Listener(Settings(kafka="unused:1", postgres="x"), "g", [], Emptied())
    consumer = Consumer()
    channel = Channel("intake", HEARD.topic, HEARD.partition)
    await listener._begin_again(consumer, Gap(channel, 1, 5))

    consumer.at = 4
    await listener._begin_again(consumer, Gap(channel, 2, 5))
    assert consumer.sought == [HEARD]

    consumer.at = consumer.end
    await listener._begin_again(consumer, Gap(channel, 2, 5))
    assert consumer.sought == [HEARD, HEARD]
    assert consumer.held == set()


async def test_another_gap_is_looked_for_at_once():
    listener = Listener(Settings(kafka="unused:1", postgres="x"), "g", [], Emptied())
    consumer = Consumer()

    for previous in (5, 7):
        channel = Channel("intake", HEARD.topic, HEARD.partition)
        await listener._begin_again(consumer, Gap(channel, 1, previous))

    assert consumer.sought == [HEARD, HEARD]


class Behind(Consumer):
    """One topic of three partitions: five messages wait on the first of them."""

    async def position(self, part: TopicPartition) -> int:
        return 5 if part.partition == 0 else 10

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition("tongban.wide", number) for number in range(3)}

    def highwater(self, _: TopicPartition) -> int:
        return 10


async def test_the_lag_of_a_topic_is_that_of_all_its_partitions():
    settings = Settings(kafka="unused:1", postgres="unused")

    await Listener(settings, "wide", [], Emptied())._tick(Behind())

    labels = {"listener": "wide", "topic": "tongban.wide"}
    assert REGISTRY.get_sample_value("tongban_lag", labels) == 5
