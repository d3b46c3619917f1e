"""A trap of Faust: it acknowledges what its handler failed at; and ours beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import faust
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.intake.messages import clock_id
from shared.runtime import wire
from shared.runtime.settings import Settings
from tests import controls
from tests.acceptance.conftest import kafka_node
from tests.faults.ground import a_place
from tests.integration.monitoring.city import City
from tongban.embedded.postgres import Postgres
from tongban.topics import Topic, make_topics

COUNT = 10
POISON = 5
TRAP = "trap"
WITHIN = 60.0
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with a_place() as place, Postgres(place) as uri, kafka_node(place / "kafka") as at:
        yield Settings(
            kafka=at,
            postgres=uri,
            data=place / "data",
            partitions=2,
            addressed_partitions=1,
            session_timeout_ms=6_000,
        )


class Handler:
    """Takes what comes, but fails the first time that it meets the poison."""

    def __init__(self) -> None:
        self.met = 0
        self.taken: list[int] = []

    async def __call__(self, stream: Any) -> None:
        async for value in stream:
            if int(value) == POISON:
                self.met += 1
                raise ZeroDivisionError
            self.taken.append(int(value))


async def test_faust_never_tells_again_what_its_handler_failed_at(
    settings: Settings, tmp_path: Path
):
    await make_topics(settings, [Topic(TRAP, 1)])
    producer = AIOKafkaProducer(**wire.client(settings, TRAP))
    async with wire.running(producer):
        for number in range(1, COUNT + 1):
            await producer.send_and_wait(TRAP, str(number).encode())
    handler = Handler()
    app: Any = faust.App(
        TRAP,
        broker=f"kafka://{settings.kafka}",
        broker_commit_interval=0.5,
        consumer_auto_offset_reset="earliest",
        datadir=tmp_path,
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    topic = app.topic(TRAP, value_type=bytes, value_serializer="raw")
    app.agent(topic, name=TRAP)(handler.__call__)
    await app.start()
    try:
        async with asyncio.timeout(WITHIN):
            while await acknowledged(settings) < COUNT:
                await asyncio.sleep(0.2)
    finally:
        await app.stop()

    assert handler.met == 1
    assert handler.taken == [n for n in range(1, COUNT + 1) if n != POISON]


async def acknowledged(settings: Settings) -> int:
    """Return how many messages of the trap Kafka will not hand out again."""
    asker = AIOKafkaConsumer(
        **wire.client(settings, "asker"), group_id=TRAP, enable_auto_commit=False
    )
    async with wire.running(asker):
        return await asker.committed(TopicPartition(TRAP, 0)) or 0


# Ours: what can't be stored is kept, and tried again when it is asked for.

REFUSE = """
CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.clock_id = '{clock}' THEN
        RAISE 'poison' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_one BEFORE INSERT ON clocks
    FOR EACH ROW EXECUTE FUNCTION refuse_one();
"""


@pytest.fixture
async def city(settings: Settings) -> AsyncIterator[City]:
    city = City(settings)
    await city.open()
    yield city
    await city.close()


def case(number: int) -> UUID:
    return uuid5(controls.APPLICATION, str(number))


async def test_monitoring_keeps_what_it_could_not_store_and_stores_it_once_mended(
    city: City,
):
    await city.start_monitoring()
    now = datetime.now(UTC)
    where = city.settings.database("tongban_monitoring")
    with psycopg.connect(where, autocommit=True) as database:
        database.execute(REFUSE.format(clock=clock_id(case(POISON))).encode())
        for number in range(1, COUNT + 1):
            city.start_clock(case(number), warn=now, promise=now + HOUR)
        cards = await city.cards(COUNT - 1)
        [parked] = database.execute("SELECT subject, reason FROM stopped").fetchall()
        database.execute("DROP FUNCTION refuse_one CASCADE")
        database.execute("UPDATE stopped SET replay_asked = true")

    assert case(POISON) not in {card.application_id for card in cards}
    assert "poison" in parked[1]
    mended = await city.cards(COUNT)
    assert mended[-1].application_id == case(POISON)
