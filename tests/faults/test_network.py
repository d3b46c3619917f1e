"""Between the front desk and what it stands on, the network fails in its own ways.

And the clock of its machine is set: the same front desk.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from shared.runtime import database, turn, wire
from shared.runtime.health import Pulse
from shared.runtime.settings import Settings
from shared.runtime.turn import RELAYING, Turn
from tests.faults.desk import WITHIN, Town, town_around
from tests.faults.ground import (
    Kafka,
    a_place,
    kafka_behind_a_proxy,
    postgres_behind_a_proxy,
)
from tests.system import wait_until
from tongban.embedded.postgres import Postgres

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

GIVEN_UP_AFTER = 3.0  # seconds here; half a minute where people work
ALARMS = {
    "kafka_away",
    "database_away",
    "relay_paused",
    "tell_again",
    "begin_again",
    "turn_taken_from_a_silent_one",
    "listening",  # the group has divided its partitions anew
}


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with a_place() as folder:
        yield folder


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[str]:
    with Postgres(place) as uri:
        yield uri


@pytest.fixture(scope="module")
def kafka(place: Path) -> Iterator[Kafka]:
    with kafka_behind_a_proxy(place / "kafka") as node:
        yield node


@pytest.fixture(scope="module")
def impatience() -> Iterator[None]:
    """Every time-out is there, and short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "ANSWERED_WITHIN", GIVEN_UP_AFTER)
        patch.setattr(database, "LONGEST_SILENCE", 4_000)
        patch.setattr(database, "LONGEST_TRANSACTION", 8_000)
        patch.setattr(wire, "ANSWERED_WITHIN", 3_000)
        patch.setattr(turn, "SILENT", 4.0)
        patch.setitem(database.CONNECTED, "connect_timeout", 2)
        yield


@pytest.fixture
def patience(impatience: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For who must not be alarmed by a machine that is busy."""
    monkeypatch.setattr(database, "ANSWERED_WITHIN", 30.0)
    monkeypatch.setattr(wire, "ANSWERED_WITHIN", 15_000)
    monkeypatch.setattr(turn, "SILENT", 10.0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(
    server: str, kafka: Kafka, place: Path, impatience: None
) -> AsyncIterator[Town]:
    settings = Settings(
        kafka=kafka.address,
        postgres=server,
        data=place,
        partitions=2,
        addressed_partitions=1,
    )
    async with town_around(settings, kafka) as made:
        yield made


async def test_a_database_that_takes_all_and_answers_nothing_is_given_up(town: Town):
    town.to_postgres.fall_silent()
    case = town.apply()
    await wait_until(lambda: not town.listener.is_storing, WITHIN)
    assert town.life(case) == []

    town.to_postgres.speak()
    await town.completes([case])

    assert town.listener.is_storing
    await town.has_lost_and_doubled_nothing()


async def test_locks_of_a_transaction_whose_client_is_gone_are_not_held_for_hours(
    town: Town,
):
    before = town.to_postgres.silenced
    town.to_postgres.silent_from = (
        b"intake.Application"  # all before it has been locked
    )

    cases = [town.apply() for _ in range(5)]
    await wait_until(lambda: town.to_postgres.silenced == before + 1, WITHIN)
    await town.completes(cases)

    await town.has_lost_and_doubled_nothing()


async def test_a_broker_that_takes_all_and_answers_nothing_is_given_up(town: Town):
    town.to_kafka.fall_silent()
    case = town.apply()
    await wait_until(lambda: not town.relay.is_telling, WITHIN)
    assert town.life(case) == []

    town.to_kafka.speak()
    await town.completes([case])

    assert town.relay.is_telling
    await town.has_lost_and_doubled_nothing()


async def test_on_a_slow_network_all_arrives_and_nobody_is_alarmed(
    town: Town, patience: None
):
    await wait_until(lambda: town.relay.is_telling, WITHIN)
    connections = town.to_kafka.accepted
    with capture_logs() as said:
        for proxy in (town.to_postgres, town.to_kafka):
            proxy.latency, proxy.bandwidth = 0.1, 200_000  # 200 ms there and back
        await town.completes([town.apply() for _ in range(5)])
        for proxy in (town.to_postgres, town.to_kafka):
            proxy.latency, proxy.bandwidth = 0.0, 0

    assert [each for each in said if each["event"] in ALARMS] == []
    assert town.to_kafka.accepted == connections
    await town.has_lost_and_doubled_nothing()


async def test_a_machine_whose_clock_is_set_goes_on_as_if_nothing_had_been(
    town: Town, patience: None, monkeypatch: pytest.MonkeyPatch
):
    right = time.time
    with capture_logs() as said:
        cases = [town.apply()]
        for days in (10, -10):
            monkeypatch.setattr(time, "time", lambda by=days: right() + by * 86_400)
            cases += [town.apply(), town.apply()]
            await town.completes(cases)
        monkeypatch.setattr(time, "time", right)
        cases.append(town.apply())
        await town.completes(cases)

    assert [each for each in said if each["event"] in ALARMS] == []
    assert len(town.numbers()) == len(town.cases)
    await town.has_lost_and_doubled_nothing()


async def test_who_waits_for_its_turn_notices_that_it_waits_in_vain(
    server: str, monkeypatch: pytest.MonkeyPatch
):
    with (
        postgres_behind_a_proxy(server) as (postgres, between),
        psycopg.connect(server, autocommit=True) as holder,
    ):
        holder.execute("SELECT pg_advisory_lock(%s)", (RELAYING,))
        second = Turn(postgres, Pulse("telling"))
        waiting = asyncio.create_task(second.taken().__aenter__())
        async with asyncio.timeout(20):
            while not second.is_awaited:
                await asyncio.sleep(0.05)
        monkeypatch.setattr(turn, "SILENT", 1.0)
        between.fall_silent()

        with pytest.raises((TimeoutError, psycopg.OperationalError)):
            await asyncio.wait_for(asyncio.shield(waiting), 30)
        assert waiting.done()
