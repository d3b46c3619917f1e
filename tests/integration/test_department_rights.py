"""The rights of a department's principal are enough for its work, and for no more."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.admin import CreateAclsRequest
from aiokafka.protocol.fetch import FetchRequest

from deploy.kafka import kafka as apache
from deploy.kafka.acl import Right, rights
from shared.runtime import wire
from shared.runtime.settings import Settings
from tests import controls
from tests.controls import DENGFENG_GRAIN, ZHENGZHOU_GRAIN
from tests.integration.department import (
    COUNTY,
    HEARS,
    TELLS,
    TOLD,
    a_days_work,
    start_the_city,
    told,
)
from tests.left_out import JAVA, needs
from tests.system import System, until
from tongban.embedded.ports import free_port
from tongban.topics import all_topics, make_topics

PRINCIPAL, PASSWORD = "review-410185-grain", "of the tests only"
AGENCIES = [DENGFENG_GRAIN, ZHENGZHOU_GRAIN]
LITERAL, ALLOW = 3, 3
RESOURCES = {"topic": 2, "group": 3}
OPERATIONS = {"Read": 3, "Write": 4}


@dataclass(frozen=True)
class Doors:
    city: str
    department: str


@pytest.fixture(scope="module")
def doors(data: Path) -> Iterator[Doors]:
    needs("java", JAVA)
    needs("mvn", JAVA)
    folder = data / "guarded"
    guarded = free_port()
    city = apache.start(folder, free_port(), 512, guarded, {PRINCIPAL: PASSWORD})
    yield Doors(city, f"127.0.0.1:{guarded}")
    apache.stop(folder)


@pytest.fixture
async def city(doors: Doors, postgres: str, data: Path) -> Settings:
    """A city with all its topics, where the county has been granted its rights."""
    settings = Settings(
        kafka=doors.city,
        postgres=postgres,
        data=data,
        partitions=2,
        addressed_partitions=1,
    )
    reviews = [f"review.{agency}" for agency in AGENCIES]
    whole = all_topics(settings, AGENCIES, [controls.DENGFENG], reviews)
    await make_topics(settings, whole)
    admin = AIOKafkaAdminClient(**wire.client(settings, "tests"))
    await admin.start()
    try:
        for right in rights(DENGFENG_GRAIN, [DENGFENG_GRAIN]):
            await grant(admin, right)
    finally:
        await admin.close()
    return settings


@pytest.fixture
def county(city: Settings, doors: Doors) -> Settings:
    return city.model_copy(
        update={
            "kafka": doors.department,
            "kafka_security": "SASL_PLAINTEXT",
            "kafka_user": PRINCIPAL,
            "kafka_password": PASSWORD,
        }
    )


async def grant(admin: AIOKafkaAdminClient, right: Right) -> None:
    kind, operation = RESOURCES[right.resource], OPERATIONS[right.operation]
    who = f"User:{PRINCIPAL}"
    asked = CreateAclsRequest(kind, right.name, LITERAL, who, "*", operation, ALLOW)
    answer = await admin._send_to_controller(asked)
    assert [code for code, _ in answer.creation_responses] == [0]


@contextmanager
def own_review(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run the department's command as a department does."""
    said = {f"TONGBAN_{name.upper()}": str(value) for name, value in settings}
    log = settings.data / "county.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.review", "--agency", DENGFENG_GRAIN],
            env=os.environ | said,
            stderr=out,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


async def test_its_own_process_does_all_its_work_with_these_rights(
    city: Settings, county: Settings
):
    system = System(city)
    start_the_city(system)

    async def is_done() -> bool:
        system.check()
        assert process.poll() is None, (county.data / "county.log").read_text()
        return await told(city, TELLS) == TOLD

    with own_review(county) as process:
        a_days_work(system)
        await until(is_done, within=90)
    assert process.returncode == 0
    for name in list(system.tasks):
        await system.stop(name)


async def test_it_sees_no_topic_but_its_own(county: Settings):
    consumer = AIOKafkaConsumer(**wire.client(county, COUNTY))
    await consumer.start()
    try:
        assert await consumer.topics() == HEARS | TELLS
    finally:
        await consumer.stop()


async def reading(settings: Settings, topic: str) -> None:
    """Ask for messages outright: a consumer would wait for the topic to appear."""
    admin = AIOKafkaAdminClient(**wire.client(settings, COUNTY))
    await admin.start()
    try:
        everything = [(topic, [(0, 0, 1_000_000)])]
        answer = await admin._send_request(
            FetchRequest(100, 0, 1_000_000, 0, everything)
        )
        [(_, [(_, code, *_)])] = answer.topics
        if code:
            raise for_code(code)(topic)
    finally:
        await admin.close()


async def writing(settings: Settings, topic: str) -> None:
    producer = AIOKafkaProducer(**wire.client(settings, COUNTY))
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"{}")
    finally:
        await producer.stop()


Act = Callable[[Settings, str], Awaitable[Any]]


@pytest.mark.parametrize(
    ("act", "topic"),
    [
        (reading, f"tongban.intake.for.{ZHENGZHOU_GRAIN}"),  # another's cases
        (reading, "tongban.intake.for.gateway"),  # everybody's files
        (reading, "tongban.intake"),
        (writing, f"tongban.review.{ZHENGZHOU_GRAIN}"),  # in another's name
        (writing, f"tongban.intake.for.{DENGFENG_GRAIN}"),  # work for itself
        (writing, "tongban.clocks"),  # the clock it is measured by
    ],
)
async def test_the_broker_refuses_it_everything_else(
    county: Settings, act: Act, topic: str
):
    with pytest.raises(TopicAuthorizationFailedError):
        await act(county, topic)


async def test_the_broker_refuses_it_anothers_place_in_a_group(county: Settings):
    consumer = AIOKafkaConsumer(
        *sorted(HEARS),
        **wire.client(county, COUNTY),
        group_id=f"tongban.review.{ZHENGZHOU_GRAIN}",
    )
    with pytest.raises(GroupAuthorizationFailedError):
        await consumer.start()
    await consumer.stop()


@pytest.mark.parametrize("act", [reading, writing])
async def test_what_is_its_own_it_may_do(county: Settings, act: Act):
    topic = f"tongban.{COUNTY}" if act is writing else min(HEARS)

    await act(county, topic)
