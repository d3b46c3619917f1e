"""A listener reads again what was missed, and only that."""

from __future__ import annotations

from aiokafka import TopicPartition

from shared.runtime.hearing import Channel, Poll
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
    def __init__(self) -> None:
        self.sought: list[TopicPartition] = []

    def assignment(self) -> set[TopicPartition]:
        return {HEARD, MISSED}

    def highwater(self, _: TopicPartition) -> None:
        return None

    async def seek_to_beginning(self, *parts: TopicPartition) -> None:
        self.sought += parts or self.assignment()


async def test_only_what_was_missed_is_read_again():
    settings = Settings(kafka="unused:1", postgres="unused")
    consumer = Consumer()

    await Listener(settings, "gateway", [], Emptied())._tick(consumer)

    assert consumer.sought == [MISSED]
