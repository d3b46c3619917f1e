"""An operator throws the clocks away while monitoring is at work."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from tests import controls
from tests.integration.monitoring.city import City
from tongban.rebuild import rebuild

SECOND = timedelta(seconds=1)


def case(name: str) -> UUID:
    return uuid5(controls.APPLICATION, name)


@pytest.fixture
def operator(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """One who finds the city by the environment."""
    monkeypatch.setenv("TONGBAN_KAFKA", city.settings.kafka)
    monkeypatch.setenv("TONGBAN_POSTGRES", city.settings.postgres)


async def test_no_card_is_issued_twice_and_none_is_lost(city: City, operator: None):
    await city.start_monitoring()
    now = datetime.now(UTC)
    hour, soon = now + 3600 * SECOND, now + 8 * SECOND
    city.start_clock(case("late"), warn=now + SECOND, promise=now + 2 * SECOND)
    city.start_clock(case("kept"), warn=now + 5 * SECOND, promise=now + 6 * SECOND)
    city.start_clock(case("to be late"), warn=soon, promise=hour)
    city.stop_clock(case("kept"), now)
    before = await city.cards(2)

    await asyncio.to_thread(rebuild, "monitoring.clocks")

    cards = await city.cards(3)
    assert cards[:2] == before
    assert {card.application_id for card in before} == {case("late")}
    assert cards[2].application_id == case("to be late")
