"""The same lives by the library as it comes, and by raw SQL and raw Kafka."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bench.peers.life import Life, instant
from shared.runtime import wire
from shared.runtime.settings import Settings

DATABASE = "bench_peers"
TOPIC = "bench.peers"
COPIED = 500  # rows of one COPY


def lives_per_second(settings: Settings, seconds: float) -> dict[str, float]:
    """Return how many lives a second each of them can record, one after the other.

    `library`: eventsourcing's own recorder, one transaction an event. `copy`: COPY of
    the same rows. `produce`, `consume`: the same messages through one partition.
    """
    life = instant()
    with database(settings, DATABASE) as conninfo:
        found = {
            "library_per_s": _rate(_library(conninfo, life), seconds),
            "copy_per_s": _rate(_copy(conninfo, life), seconds),
        }
    return found | asyncio.run(_kafka(settings, life, seconds))


def _rate(record: Callable[[], int], seconds: float) -> float:
    record()
    began, lives = time.perf_counter(), 0
    while (took := time.perf_counter() - began) < seconds:
        lives += record()
    return round(lives / took, 1)


def _library(conninfo: str, life: Life) -> Callable[[], int]:
    said = conninfo_to_dict(conninfo)
    recorder = PostgresApplicationRecorder(
        PostgresDatastore(
            str(said["dbname"]),
            str(said["host"]),
            str(said["port"]),
            str(said["user"]),
            str(said["password"]),
        ),
        events_table_name="stock_events",
    )
    recorder.create_table()

    def record() -> int:
        for event in life.again():
            recorder.insert_events([event])
        return 1

    return record


def _copy(conninfo: str, life: Life) -> Callable[[], int]:
    connection = psycopg.connect(conninfo)
    connection.execute(
        "CREATE TABLE copied (originator_id uuid, originator_version bigint,"
        " topic text, state bytea, PRIMARY KEY (originator_id, originator_version))"
    )
    connection.commit()
    lives = max(1, COPIED // len(life.events))

    def record() -> int:
        with connection.cursor().copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["uuid", "int8", "text", "bytea"])
            for _ in range(lives):
                for e in life.again():
                    row = (e.originator_id, e.originator_version, e.topic, e.state)
                    copy.write_row(row)
        connection.commit()
        return lives

    return record


async def _kafka(settings: Settings, life: Life, seconds: float) -> dict[str, float]:
    admin = AIOKafkaAdminClient(**wire.client(settings, "peers"))
    await admin.start()
    topic = f"{TOPIC}.{time.time():.0f}"  # a kept broker holds those of earlier runs
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    records = life.records()
    producer = AIOKafkaProducer(
        **wire.client(settings, "peers"),
        acks="all",
        enable_idempotence=settings.broker == "apache",
        linger_ms=2,
    )
    async with wire.running(producer):
        began, lives = time.perf_counter(), 0
        while (took := time.perf_counter() - began) < seconds:
            sent = [
                await producer.send(topic, value, key, headers=headers, partition=0)
                for _ in range(50)
                for _, key, value, headers in records
            ]
            await asyncio.gather(*sent)
            lives += 50
    produced = round(lives / took, 1)
    consumer = AIOKafkaConsumer(
        **wire.client(settings, "peers"),
        auto_offset_reset="earliest",
        max_poll_records=500,
    )
    consumer.assign([TopicPartition(topic, 0)])
    async with wire.running(consumer):
        began, heard = time.perf_counter(), 0
        while heard < lives * len(records):
            polled = await consumer.getmany(timeout_ms=500)
            heard += sum(map(len, polled.values()))
        took = time.perf_counter() - began
    consumed = round(lives / took, 1)
    return {"produce_per_s": produced, "consume_per_s": consumed}


@contextmanager
def database(settings: Settings, named: str) -> Iterator[str]:
    """Make a database of one's own on the city's server; drop it at the end."""
    name = sql.Identifier(named)
    with psycopg.connect(settings.postgres, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield settings.database(named)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
