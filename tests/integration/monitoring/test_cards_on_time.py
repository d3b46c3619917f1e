"""Monitoring as it is run: its own process, a real broker, a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from shared.runtime.clock import Warp
from tests import controls
from tests.integration.monitoring.city import City
from tests.unit.monitoring.clocks import at, started
from tongban.alerts import Away, Card, tell

SECOND = timedelta(seconds=1)


def case(name: str) -> UUID:
    return uuid5(controls.APPLICATION, name)


async def test_a_card_is_issued_and_told_within_a_second(city: City):
    await city.start_monitoring()
    soon = datetime.now(UTC) + 2 * SECOND
    city.start_clock(case("late"), warn=soon, promise=soon + SECOND)
    city.start_clock(case("kept"), warn=soon, promise=soon + SECOND)
    city.stop_clock(case("kept"), datetime.now(UTC))

    cards = await city.cards(2)

    assert [card.severity for card in cards] == ["warning", "yellow"]
    assert {card.application_id for card in cards} == {case("late")}
    for card in cards:
        assert timedelta() <= card.issued_at - card.due_at < SECOND
    assert 'tongban_cards_total{agency="410185-grain"' in await city.metrics()


async def test_killed_and_started_again_it_misses_nothing_and_doubles_nothing(
    city: City,
):
    await city.start_monitoring()
    now = datetime.now(UTC)
    cases = [case(str(n)) for n in range(30)]
    for n, each in enumerate(cases):
        city.start_clock(each, warn=now + n * SECOND / 10, promise=now + 9 * SECOND)
    await city.cards(5, or_more=True)

    city.kill_monitoring()
    city.hand_over(cases[-2], controls.ZHENGZHOU_GRAIN, now + 8 * SECOND)
    city.stop_clock(cases[-1], now + 10 * SECOND)  # after it fell due
    city.stop_clock(cases[-3], now + 8 * SECOND)  # before
    await asyncio.sleep(max(0.0, (now + 10 * SECOND - datetime.now(UTC)) / SECOND))
    await city.start_monitoring()

    cards = await city.cards(30 + 29)
    assert len({card.card_id for card in cards}) == len(cards) == 30 + 29
    yellow = {c.application_id: c.agency for c in cards if c.severity == "yellow"}
    assert yellow.keys() == set(cases) - {cases[-3]}
    assert yellow[cases[-2]] == controls.ZHENGZHOU_GRAIN
    assert yellow[cases[-1]] == controls.DENGFENG_GRAIN


async def test_a_broker_that_has_lost_everything_changes_nothing(city: City):
    shown: list[Card] = []
    supervisor = asyncio.create_task(
        tell(city.settings, [controls.DENGFENG], True, shown.append)
    )
    await city.start_monitoring()
    now = datetime.now(UTC)
    city.start_clock(case("before"), warn=now, promise=now + 3600 * SECOND)
    await city.cards(1)

    await city.empty_broker()
    soon = datetime.now(UTC) + 3 * SECOND
    city.start_clock(case("after"), warn=soon, promise=soon + 3600 * SECOND)

    cards = await city.cards(2)
    assert [card.application_id for card in cards] == [case("before"), case("after")]
    assert shown == cards
    supervisor.cancel()
    await asyncio.gather(supervisor, return_exceptions=True)


async def test_a_supervisor_asks_once_and_is_told_what_there_is(city: City):
    await city.start_monitoring()
    city.tell(started())
    await city.cards(3)

    shown: list[Card] = []
    await tell(city.settings, [controls.DENGFENG], False, shown.append)

    assert [card.severity for card in shown] == ["warning", "yellow", "red"]
    with pytest.raises(Away, match="no topic"):
        await tell(city.settings, ["999999"], False, shown.append)


async def test_three_weeks_pass_in_ten_seconds_and_cards_come_on_their_days(
    city: City,
):
    began = datetime.now(UTC).timestamp()
    rate = 2 * 86_400
    city.set_clock(Warp(at(10).timestamp() - rate * 12, began, rate))
    await city.start_monitoring()
    city.tell(started())

    cards = await city.cards(3)

    assert [(card.severity, card.due_at) for card in cards] == [
        ("warning", at(11)),
        ("yellow", at(14)),
        ("red", at(19)),
    ]
    for card in cards:
        assert (card.issued_at - card.due_at) / SECOND < rate
