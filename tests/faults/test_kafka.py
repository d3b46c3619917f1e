"""Kafka is away, forgets everything, or who has heard what; two tell it the same."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from typing import Literal

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from bench.faults.logs import Source, named, sources
from bench.faults.outage import outage
from bench.faults.topics import everything
from deploy.kafka import kafka as apache
from shared.runtime import wire
from shared.runtime.relay import Relay
from shared.runtime.settings import Settings
from shared.runtime.told import Told
from shared.runtime.turn import RELAYING, Held, Turn
from tests.acceptance.city import COMPANY, COUNTY, WINDOW, wait_until
from tests.faults.disturbed import (
    CREDENTIALS,
    GATEWAY,
    INTAKE,
    MONITORING,
    REVIEWS,
    Disturbed,
)
from tests.system import until
from tongban.instances import instances
from tongban.topics import city_topics

AWAY = 20.0  # seconds; `python -m bench.faults.outage` takes five minutes
WITHIN = 90.0
GROUPS = ["intake", "credentials", "monitoring", *(i.source for i in instances())]

Where = Literal["beginning", "end"]


def test_kafka_is_away_for_long_and_people_go_on_applying(disturbed: Disturbed):
    shown: dict[str, str] = {}

    def look() -> None:
        request = f"/requests/{disturbed.apply().request_id}"
        found = disturbed.people.call(COMPANY, "GET", request, wait=0).json()
        shown["state"] = found["state"]
        shown["page"] = disturbed.people.page(COMPANY, request)

    found = outage(disturbed.city, disturbed.history, "away", 2.0, AWAY, look)

    assert found.recorded > AWAY
    assert shown["state"] == "recorded"
    assert "已收到，正在登记" in shown["page"]
    disturbed.come_to_rest()


def test_kafka_comes_back_empty_and_is_told_everything_again(disturbed: Disturbed):
    kafka = disturbed.city.kafka_data
    assert kafka is not None
    port = int(disturbed.city.kafka.rpartition(":")[2])
    with disturbed.at_work(rate=2.0, seconds=10.0):
        apache.stop(kafka)
        shutil.rmtree(kafka / "log")
        apache.start(kafka, port)
        made = disturbed.command("topics")

    wanted = len(city_topics(disturbed.city.settings()))
    assert f"{wanted} topics made" in made
    disturbed.come_to_rest()


@pytest.mark.parametrize("where", ["beginning", "end"])
def test_kafka_does_not_know_any_more_who_has_heard_what(
    disturbed: Disturbed, where: Where
):
    settings, people = disturbed.city.settings(), disturbed.people
    waiting = disturbed.apply(wait=8).application_id
    assert people.act(WINDOW, waiting, "acceptance").status_code in (200, 202)
    people.waits_at(waiting, "first-review")

    with ExitStack() as deaf:
        with disturbed.stopped(INTAKE, REVIEWS, CREDENTIALS, MONITORING):
            applied = [disturbed.apply().application_id for _ in range(3)]
            route = f"/cases/{waiting}/steps/first-review/pass"
            passed = people.call(COUNTY, "POST", route, 0, json={"opinion": "齐全"})
            assert passed.status_code == 202, passed.text
            wait_until(lambda: disturbed.is_told("gateway"))
            asyncio.run(reset(settings, GROUPS, where))
            deaf.enter_context(disturbed.stopped(GATEWAY))
        wait_until(lambda: registered(disturbed, applied) == len(applied), WITHIN)
        asyncio.run(reset(settings, ["gateway"], where))

    for case in applied:
        people.reaches(case, "submitted", WITHIN)
    people.waits_at(waiting, "re-review")
    disturbed.come_to_rest()


def registered(disturbed: Disturbed, cases: list[str]) -> int:
    """Return how many of these the desk has, whatever the gateway knows of it."""
    with disturbed.city.database("tongban_intake") as connection:
        row = connection.execute(
            "SELECT count(*) FROM events WHERE topic = 'intake.Application.Submitted'"
            " AND originator_id = ANY(%s::uuid[])",
            (cases,),
        ).fetchone()
    return int(str(row[0])) if row else 0


async def reset(settings: Settings, groups: list[str], where: Where) -> None:
    """Move what Kafka knows of these groups, as soon as nobody is left in them."""
    admin = AIOKafkaAdminClient(**wire.client(settings, "tests"))
    await admin.start()
    try:
        for group in (f"tongban.{name}" for name in groups):
            await until(partial(is_empty, admin, group), WITHIN)
            known = await admin.list_consumer_group_offsets(group)
            await _move(settings, group, {part.topic for part in known}, where)
    finally:
        await admin.close()


async def is_empty(admin: AIOKafkaAdminClient, group: str) -> bool:
    [answer] = await admin.describe_consumer_groups([group])
    [(_, _, state, *_)] = answer.groups
    return bool(state == "Empty")


async def _move(settings: Settings, group: str, topics: set[str], where: Where) -> None:
    consumer = AIOKafkaConsumer(
        **wire.client(settings, "tests"), group_id=group, enable_auto_commit=False
    )
    async with wire.running(consumer):
        cluster = await consumer._client.fetch_all_metadata()
        parts = [
            TopicPartition(topic, number)
            for topic in topics
            for number in cluster.partitions_for_topic(topic)
        ]
        consumer.assign(parts)
        ask = consumer.end_offsets if where == "end" else consumer.beginning_offsets
        if parts:
            await consumer.commit(await ask(parts))


class Always(Turn):
    """Believes that it is always its turn."""

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Held]:
        yield Believed()


class Believed(Held):
    """No session holds it: nobody takes it away, and nothing is written in it."""

    def __init__(self) -> None:
        """It has no session."""

    def check(self) -> None:
        """It is never lost."""

    async def write(self, *_: object) -> None:
        """The one whose turn it is writes."""


class Forgetful(Relay):
    """Tells the log from its beginning, and asks nobody."""

    def __init__(self, settings: Settings, source: Source) -> None:
        super().__init__(settings, source.application, source.name, source.tell)
        self._turn = Always("", self.pulse)
        self.told = Nothing(self._log, source.name)


class Nothing(Told):
    """Told so far, as far as it remembers."""

    def resume(self) -> None:
        """It remembers nothing."""


async def test_two_relays_tell_the_same_log_at_once(disturbed: Disturbed):
    settings = disturbed.city.settings()
    with sources(settings) as found:
        intake = named(found, "intake")
        log = intake.application.log
        second = Forgetful(settings, intake)
        telling = asyncio.create_task(second.run())
        await asyncio.to_thread(work_and_lose_every_turn, disturbed)
        await asyncio.to_thread(
            wait_until,
            lambda: second.told.position == log.max_notification_id(),
            WITHIN,
        )
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

    await until(partial(is_all_told_twice, settings, "intake"), WITHIN)
    await asyncio.to_thread(disturbed.come_to_rest)


async def is_all_told_twice(settings: Settings, source: str) -> bool:
    times = Counter(
        (channel.topic, message.position)
        for channel, messages in (await everything(settings)).items()
        for message in messages
        if channel.source == source
    )
    return min(times.values()) >= 2


def work_and_lose_every_turn(disturbed: Disturbed) -> None:
    """Let people work; meanwhile every relay loses the session that holds its turn."""
    with (
        disturbed.at_work(rate=2.0, seconds=8.0),
        psycopg.connect(disturbed.city.postgres, autocommit=True) as server,
    ):
        wait_until(lambda: disturbed.events("intake", "intake.Application.Accepted"))
        row = server.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks"
            " WHERE locktype = 'advisory' AND granted AND objid = %s",
            (RELAYING,),
        ).fetchone()
        assert row is not None
        assert row[0] >= len(GROUPS) + 1
