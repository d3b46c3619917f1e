"""What Kafka holds: every message on every topic of ours, in the order it came."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.fact import Message
from shared.runtime import wire
from shared.runtime.hearing import Channel
from shared.runtime.settings import Settings

OURS = "tongban."


async def everything(settings: Settings) -> dict[Channel, list[Message]]:
    """Return all messages by channel, those told twice included."""
    consumer = AIOKafkaConsumer(
        **wire.client(settings, "checker"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=5_000,
    )
    found: dict[Channel, list[Message]] = {}
    async with wire.running(consumer):
        cluster = await consumer._client.fetch_all_metadata()
        parts = [
            TopicPartition(topic, number)
            for topic in sorted(t for t in cluster.topics() if t.startswith(OURS))
            for number in cluster.partitions_for_topic(topic) or ()
        ]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        left = {part for part, end in ends.items() if end}
        while left:
            for part, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    message = wire.read(record)
                    channel = Channel(message.source, part.topic, part.partition)
                    found.setdefault(channel, []).append(message)
            for part in list(left):
                if await consumer.position(part) >= ends[part]:
                    left.discard(part)
    return found
