"""Somebody moves Kafka's offsets while monitoring is stopped; nothing is missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.monitoring.source import CLOCKS, GROUP
from shared.runtime import wire
from tests import controls
from tests.integration.monitoring.city import City

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def case(name: str) -> UUID:
    return uuid5(controls.APPLICATION, name)


@pytest.mark.parametrize("broker", ["apache"], indirect=True)
async def test_a_clock_passed_over_by_an_offset_at_the_end_gets_its_card(city: City):
    await city.start_monitoring()
    now = datetime.now(UTC)
    known = [case(str(n)) for n in range(8)]  # on both partitions
    for each in known:
        city.start_clock(each, warn=now, promise=now + HOUR)
    await city.cards(len(known))
    await city.workers[-1].stop()

    soon = datetime.now(UTC) + SECOND
    missed = [case(f"missed {n}") for n in range(8)]
    for each in missed:
        city.start_clock(each, warn=soon, promise=soon + HOUR)
    await move_to_the_end(city, at_least=len(known) + len(missed))
    await city.start_monitoring()

    cards = await city.cards(len(known) + len(missed))
    assert {card.application_id for card in cards} == {*known, *missed}


async def move_to_the_end(city: City, at_least: int) -> None:
    """Say that all has been heard, once so much has been told."""
    consumer = AIOKafkaConsumer(
        **wire.client(city.settings, "tests"), group_id=GROUP, enable_auto_commit=False
    )
    async with wire.running(consumer), asyncio.timeout(30):
        parts = [TopicPartition(CLOCKS, number) for number in range(2)]
        consumer.assign(parts)
        while sum((ends := await consumer.end_offsets(parts)).values()) < at_least:
            await asyncio.sleep(0.1)
        await consumer.commit(ends)
