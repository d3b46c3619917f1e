"""Others die, monitoring goes on: the cards are the same, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import pytest

from tests import controls
from tests.integration.monitoring.city import City
from tongban.embedded.postgres import Postgres

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def case(name: str) -> UUID:
    return uuid5(controls.APPLICATION, name)


@pytest.mark.parametrize("broker", ["apache"], indirect=True)
async def test_of_two_workers_one_is_killed_and_the_other_takes_its_clocks(city: City):
    city.settings = city.settings.model_copy(update={"session_timeout_ms": 6000})
    await city.start_monitoring()
    await city.start_monitoring()
    now = datetime.now(UTC)
    cases = [case(str(n)) for n in range(20)]
    for n, each in enumerate(cases):
        city.start_clock(each, warn=now + (2 + n / 2) * SECOND, promise=now + HOUR)
    await city.cards(4, or_more=True)

    city.kill_monitoring()
    city.stop_clock(cases[-1], now)

    cards = await city.cards(19)
    assert {card.application_id for card in cards} == set(cases[:-1])
    assert len({card.card_id for card in cards}) == 19


@pytest.fixture
def own_postgres(data: Path) -> Iterator[Postgres]:
    server = Postgres(data / uuid4().hex)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
async def test_cards_that_fall_due_while_postgresql_is_away_follow(
    city: City, own_postgres: Postgres
):
    city.settings = city.settings.model_copy(update={"postgres": own_postgres.uri})
    await city.start_monitoring()
    now = datetime.now(UTC)
    city.start_clock(case("before"), warn=now, promise=now + HOUR)
    city.start_clock(case("kept"), warn=now + 4 * SECOND, promise=now + HOUR)
    city.start_clock(case("late"), warn=now + 4 * SECOND, promise=now + HOUR)
    before = await city.cards(1)

    own_postgres.stop()
    city.stop_clock(case("kept"), now + 3 * SECOND)
    city.start_clock(case("told meanwhile"), warn=now + 5 * SECOND, promise=now + HOUR)
    await asyncio.sleep(max(0.0, (now + 7 * SECOND - datetime.now(UTC)) / SECOND))
    own_postgres.start()

    cards = await city.cards(3)
    assert cards[:1] == before
    assert {card.application_id for card in cards[1:]} == {
        case("late"),
        case("told meanwhile"),
    }
