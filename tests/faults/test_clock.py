"""A clock is set wrong and then right: the machine's of monitoring, PostgreSQL's.

What a process reads of the clock is shifted (`time.time`); what tells durations
(`time.monotonic`) is not, as when somebody sets the clock of a machine. The front
desk's: test_network.py, where it stands on a Kafka with groups.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import psycopg
import pytest

from shared.runtime import turn
from shared.runtime.health import Pulse
from shared.runtime.log import PostgresLog
from shared.runtime.settings import Settings
from shared.runtime.turn import RELAYING, Turn
from tests import controls
from tests.faults.ground import a_place
from tests.integration.monitoring.brokerless import Monitoring
from tests.integration.monitoring.city import City
from tests.unit.monitoring.clocks import at, stopped
from tongban.embedded.broker import Broker
from tongban.embedded.postgres import Postgres

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# Imported by every Python that is told to look here, before anything else.
MOVED = """
import os, time

right, file = time.time, os.environ["CLOCK_IS_WRONG_BY"]

def read():
    with open(file) as said:
        return right() + float(said.read())

time.time = read
"""


def case(name: str) -> UUID:
    return uuid5(controls.APPLICATION, name)


@dataclass
class Machine:
    """One whose clock can be set wrong; Python that is started on it reads that."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "sitecustomize.py").write_text(MOVED)
        self.set_wrong_by(timedelta())

    @property
    def _file(self) -> Path:
        return self.folder / "seconds"

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")])
        return {"PYTHONPATH": path, "CLOCK_IS_WRONG_BY": str(self._file)}

    def set_wrong_by(self, much: timedelta) -> None:
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(str(much.total_seconds()))
        unfinished.rename(self._file)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with a_place() as folder:
        yield folder


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[str]:
    with Postgres(place) as uri:
        yield uri


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
async def city(server: str, place: Path, machine: Machine) -> AsyncIterator[City]:
    forget(server, "tongban_monitoring", "tongban_intake")
    with Broker(place / "broker") as address:
        settings = Settings(
            kafka=address,
            postgres=server,
            data=machine.folder,
            broker="embedded",
            partitions=2,
            addressed_partitions=1,
        )
        city = City(settings)
        await city.open()
        yield city
        await city.close()
    assert "Traceback" not in city.said()


def forget(server: str, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            dropped = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
            connection.execute(dropped.encode())


async def revoked(city: City, count: int) -> None:
    """Wait until so many cards have been taken back."""
    log = PostgresLog(city.settings.database("tongban_monitoring"))
    try:
        async with asyncio.timeout(60):
            while await asyncio.to_thread(_revoked, log) != count:
                await asyncio.sleep(0.1)
    finally:
        log.close()


def _revoked(log: PostgresLog) -> int:
    topics = [n.topic for n in log.select_notifications(1, 1_000)]
    return topics.count("monitoring.Card.Revoked")


async def test_cards_of_a_clock_that_ran_ahead_are_taken_back_from_who_acts_in_time(
    city: City, machine: Machine
):
    await city.start_monitoring()
    now = datetime.now(UTC)
    city.start_clock(case("kept"), warn=now + 2 * DAY, promise=now + 3 * DAY)
    city.start_clock(case("late"), warn=now, promise=now + 30 * DAY)
    before = await city.cards(1, or_more=True)

    machine.set_wrong_by(10 * DAY)
    ahead = await city.cards(3, or_more=True)
    machine.set_wrong_by(timedelta())
    city.start_clock(case("later"), warn=now + 2 * DAY, promise=now + 3 * DAY)
    city.stop_clock(case("kept"), datetime.now(UTC))
    await revoked(city, 2)
    soon = datetime.now(UTC) + SECOND
    city.start_clock(case("due now"), warn=soon, promise=now + 30 * DAY)

    cards = await city.cards(4)
    assert [card.application_id for card in before] == [case("late")]
    assert {c.application_id for c in ahead[1:]} == {case("kept")}
    assert cards[-1].application_id == case("due now")
    assert abs(cards[-1].issued_at - soon) < 10 * SECOND


async def test_while_the_clock_is_behind_no_card_comes_and_then_each_comes_once(
    city: City, machine: Machine
):
    await city.start_monitoring()
    now = datetime.now(UTC)
    city.start_clock(case("before"), warn=now, promise=now + 30 * DAY)
    await city.cards(1, or_more=True)

    machine.set_wrong_by(-10 * DAY)
    due = datetime.now(UTC) + SECOND
    city.start_clock(case("late"), warn=due, promise=now + 30 * DAY)
    city.start_clock(case("kept"), warn=due, promise=now + 30 * DAY)
    city.stop_clock(case("kept"), now)
    while datetime.now(UTC) < due + SECOND:
        assert len(await city.cards(1)) == 1
    machine.set_wrong_by(timedelta())

    cards = await city.cards(2)
    assert [c.application_id for c in cards] == [case("before"), case("late")]


def test_what_waits_is_tried_again_though_the_servers_clock_was_set_back(server: str):
    forget(server, "tongban_monitoring")
    monitoring = Monitoring(server)
    monitoring.tell(stopped(at(13)))
    monitoring.hear()
    assert monitoring.log.set_aside("clocks", due_only=True) == []

    with monitoring.log.pool.connection() as connection:
        connection.execute("UPDATE stopped SET tried_at = now() + interval '1 day'")

    [waiting] = monitoring.log.set_aside("clocks", due_only=True)
    assert waiting.tries == 1
    monitoring.log.close()


async def test_the_turn_is_taken_from_a_silent_one_though_the_clock_was_set_back(
    server: str, monkeypatch: pytest.MonkeyPatch
):
    set_back = "(clock_timestamp() - interval '1 day')"
    monkeypatch.setattr(
        turn, "_TAKE_AWAY", turn._TAKE_AWAY.replace("clock_timestamp()", set_back)
    )
    with psycopg.connect(server, autocommit=True) as gone:
        gone.execute("SELECT pg_advisory_lock(%s)", (RELAYING,))
        async with asyncio.timeout(20), Turn(server, Pulse("telling")).taken():
            with pytest.raises(psycopg.OperationalError):
                gone.execute("SELECT 1")
