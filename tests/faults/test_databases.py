"""One service's database is away or full, or a commit is answered by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bench.faults import models
from bench.faults.proxy import Proxy
from bench.load import offer
from deploy.kafka import kafka as apache
from services.gateway.app import create_app
from services.gateway.bootstrap import gateway, stores
from services.gateway.pages.site import Site
from services.gateway.views import views
from shared.events.gateway import AcceptanceRequested
from shared.runtime import clock
from shared.runtime.hearing import INFRASTRUCTURE, Channel
from shared.runtime.settings import Settings
from tests import controls
from tests.acceptance.city import wait_until
from tests.faults.ground import a_place, postgres_behind_a_proxy
from tests.faults.town import Apart, Whole, apart, settings_of, whole
from tests.integration.gateway.conftest import NOWHERE, Town
from tests.integration.gateway.test_views import heard_by_gateway
from tests.left_out import JAVA, needs
from tongban.embedded.ports import free_port
from tongban.embedded.postgres import Postgres

pytestmark = pytest.mark.timeout(600)

WITHIN = 90.0
SERVICE = "credentials"
FATES = ("granted", "instant", "instant")
# Seen, recorded, and not there yet: nobody is told to come back later.
SERVED = {200, 202, 404}


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with a_place() as folder:
        yield folder


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[str]:
    with Postgres(place / "shared") as uri:
        yield uri


@pytest.fixture(scope="module")
def own(place: Path) -> Iterator[Apart]:
    with apart(place / "own") as made:
        yield made


@pytest.fixture(scope="module")
def city(place: Path, server: str, own: Apart) -> Iterator[Whole]:
    """A city in which credentials have a PostgreSQL of their own."""
    needs("java", JAVA)
    needs("mvn", JAVA)
    kafka = apache.start(place / "kafka", free_port())
    try:
        settings = settings_of(kafka, server, place / "data")
        with whole(settings, {SERVICE: own.server.uri}) as made:
            yield made
    finally:
        apache.stop(place / "kafka")


async def lead(city: Whole, name: str, lives: int) -> None:
    """Let people lead so many lives, all that they ask for answered."""
    people = city.people()
    await people.arrive()
    await offer(people, 10, lives / 10, lambda n: FATES[n % 3], name, think=0.1)
    people.close()


def test_one_services_database_is_down_and_all_others_go_on(city: Whole, own: Apart):
    own.crash()
    asyncio.run(lead(city, "down", 9))

    assert set(city.history.statuses) <= SERVED
    wait_until(lambda: "storing" in city.missing(SERVICE), WITHIN)
    own.start_again()

    verdict = city.comes_to_rest()
    assert verdict.looked_at["certificates"] == verdict.looked_at["cases"]
    assert city.missing(SERVICE) == city.ended() == []


def test_one_services_disk_is_full_and_nothing_is_lost(city: Whole, own: Apart):
    before = len(city.history.fates())
    with own.full():
        asyncio.run(lead(city, "full", 45))
        wait_until(lambda: "storing" in city.missing(SERVICE), WITHIN)
        assert "DiskFull" in city.said(SERVICE)

    verdict = city.comes_to_rest()
    assert set(city.history.statuses) <= SERVED
    assert verdict.looked_at["certificates"] == before + 45
    assert city.missing(SERVICE) == city.ended() == []


@pytest.fixture(scope="module")
def alone(place: Path) -> Iterator[str]:
    """A server that the city above does not use."""
    with Postgres(place / "alone") as uri:
        yield uri


@pytest.fixture
def between(alone: str) -> Iterator[tuple[str, Proxy]]:
    with postgres_behind_a_proxy(alone) as found:
        yield found


@pytest.fixture
def settings(alone: str) -> Settings:
    return Settings(
        kafka=NOWHERE,
        postgres=alone,
        secret="a secret of the tests",
        personas=True,
    )


@pytest.fixture
def town(settings: Settings, between: tuple[str, Proxy]) -> Iterator[Town]:
    """A gateway that reaches its database through a proxy; nothing else commits."""
    began = controls.ACCEPTED_AT.timestamp()
    clock.set_clock(f"warp:{began},{clock.now().timestamp()},1")
    postgres, _ = between
    far = settings.model_copy(update={"postgres": postgres})
    with stores(far) as kept:
        made = gateway(far, kept)
        yield Town(made, create_app(made.parts, Site()))
    with psycopg.connect(settings.postgres, autocommit=True) as connection:
        connection.execute("DROP DATABASE tongban_gateway WITH (FORCE)")
    clock.set_clock("real")


async def test_who_is_not_answered_asks_again_under_the_same_key_and_applies_once(
    town: Town, between: tuple[str, Proxy]
):
    _, proxy = between
    async with town.visitor("person:fengshou") as company:
        paper = await company.upload()
        body = {
            "task_code": controls.GRAIN_TASK,
            "materials": [
                {
                    "material": "application-form",
                    "sha256": paper,
                    "file_name": "申请书.pdf",
                }
            ],
        }
        key = {"Idempotency-Key": "once"}
        town.show()
        proxy.drop_after = b"COMMIT"

        lost = await company.post("/api/v1/applications", json=body, headers=key)
        again = await company.post("/api/v1/applications", json=body, headers=key)
        town.settle()
        cases = (await company.see("/cases"))["items"]

    assert proxy.dropped == 1
    assert lost.status_code == 503
    assert int(lost.headers["Retry-After"]) > 0
    assert lost.json()["what_next"]["zh"]
    assert again.status_code == 202
    assert [c["application_id"] for c in cases] == [again.json()["application_id"]]
    assert town.made.parts.requests.log.log.max_notification_id() == 1


def test_rows_whose_commit_is_answered_by_nobody_are_there_once(
    town: Town, between: tuple[str, Proxy], settings: Settings
):
    _, proxy = between
    town.city.submit()
    town.city.window(AcceptanceRequested)
    town.show()
    shown = len(town.city.told)
    town.city.officer(controls.ZHAO, controls.DENGFENG_GRAIN, "first-review")
    poll = {
        Channel(message.source, message.topic, 0): [message]
        for message in town.city.told[shown:]
        if message in heard_by_gateway(town.city)
    }
    before = held(settings)

    proxy.drop_after = b"COMMIT"
    with pytest.raises(INFRASTRUCTURE):
        town.made.heard.hear(poll)
    wait_until(lambda: held(settings) != before)
    after = held(settings)
    town.made.heard.hear(poll)

    assert proxy.dropped == 1
    assert held(settings) == after


def held(settings: Settings) -> models.Tables:
    return models.rows(settings, "gateway", views())
