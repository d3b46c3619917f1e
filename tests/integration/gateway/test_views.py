"""Views come out the same in whatever order the tellers are heard, however often."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest

from services.gateway.bootstrap import Gateway
from services.gateway.people import Personas
from services.gateway.views.rows import NotACursor, cursor_at, place_of, whole
from shared.events import gateway as asked
from shared.events import review
from shared.events.fact import Message
from shared.runtime.hearing import Channel
from tests.city import City
from tests.controls import (
    APPLICATION,
    DENGFENG_GRAIN,
    FENGSHOU,
    GRAIN_TASK,
    LIU,
    REQUEST,
    SUN,
    ZHAO,
    ZHENGZHOU_GRAIN,
)
from tests.integration.gateway.conftest import _HEARS, Town

VIEWS = (
    "gateway.catalogue",
    "gateway.calendars",
    "gateway.cases",
    "gateway.timeline",
    "gateway.outcomes",
    "gateway.certificates",
    "gateway.board",
)


def finished() -> City:
    city = City()
    city.submit()
    city.window(asked.AcceptanceRequested)
    city.officer(ZHAO, DENGFENG_GRAIN, "first-review")
    city.officer(LIU, ZHENGZHOU_GRAIN, "re-review")
    city.officer(SUN, ZHENGZHOU_GRAIN, "decide", granted=True)
    city.applicant(asked.DeliveryRequested, received_by="周丰")
    return city


def shown(made: Gateway) -> dict[str, Any]:
    screens = made.parts.screens
    person = Personas.load().find("officer:zhengzhou-002")
    assert person is not None
    return {
        "case": screens.cases.case(APPLICATION),
        "file": screens.cases.file(APPLICATION),
        "steps": screens.cases.steps(APPLICATION),
        "standing": screens.cases.standing(APPLICATION),
        "mine": screens.cases.of_person(FENGSHOU.user_id),
        "tasks": screens.desk.most_urgent(person),
        "counts": screens.desk.counts(person),
        "certificates": screens.certificates.of_person(FENGSHOU.user_id),
        "clocks": screens.board.open_clocks(None),
        "lamps": screens.board.lamps(None),
        "figures": screens.performance.figures(),
        "item": screens.catalogue.item(GRAIN_TASK),
        "entries": [
            (entry.kind, entry.step, entry.remark)
            for entry in screens.timeline.entries(APPLICATION, with_words=True)
        ],
    }


def hear(made: Gateway, messages: list[Message]) -> None:
    for message in messages:
        channel = Channel(message.source, message.topic, 0)
        made.heard.hear({channel: [message]})


def heard_by_gateway(city: City) -> list[Message]:
    return [message for message in city.told if _HEARS.match(message.topic)]


def shuffled(messages: list[Message], seed: int) -> list[Message]:
    """Keep the order within each source and topic, and no other."""
    channels = defaultdict(list)
    for message in messages:
        channels[message.source, message.topic].append(message)
    mixed = [key for key, queue in channels.items() for _ in queue]
    random.Random(seed).shuffle(mixed)
    return [channels[key].pop(0) for key in mixed]


@pytest.mark.parametrize("seed", range(5))
def test_any_order_between_the_tellers_shows_the_same(town: Town, seed: int) -> None:
    messages = heard_by_gateway(finished())
    hear(town.made, messages)
    expected = shown(town.made)
    for name in (*VIEWS, "gateway.figures"):
        town.made.heard.forget(name)
    town.made.heard.gaps()

    hear(town.made, shuffled(messages, seed))
    town.made.heard.retry_set_aside()

    assert expected["case"] is not None
    assert expected["case"].state == "delivered"
    seen = shown(town.made)
    assert sorted(map(str, seen.pop("entries"))) == sorted(
        map(str, expected.pop("entries"))
    )
    assert seen == expected


@pytest.mark.parametrize("seed", range(5))
def test_whoever_looks_in_between_gets_an_answer(town: Town, seed: int) -> None:
    for message in shuffled(heard_by_gateway(finished()), seed):
        hear(town.made, [message])

        shown(town.made)


def test_told_twice_is_shown_once(town: Town) -> None:
    messages = heard_by_gateway(finished())
    hear(town.made, messages)
    expected = shown(town.made)

    hear(town.made, messages)

    assert shown(town.made) == expected


def test_one_poll_shows_the_same_as_many(town: Town) -> None:
    messages = heard_by_gateway(finished())
    hear(town.made, messages)
    expected = shown(town.made)
    for name in (*VIEWS, "gateway.figures"):
        town.made.heard.forget(name)
    town.made.heard.gaps()
    poll = defaultdict(list)
    for message in messages:
        poll[Channel(message.source, message.topic, 0)].append(message)

    town.made.heard.hear(poll)

    assert shown(town.made) == expected


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_that_was_emptied_is_filled_again(town: Town, name: str) -> None:
    messages = heard_by_gateway(finished())
    hear(town.made, messages)
    expected = shown(town.made)

    town.made.heard.forget(name)
    assert town.made.heard.gaps()
    hear(town.made, messages)

    assert shown(town.made) == expected


def test_a_list_goes_on_where_the_page_before_it_ended(town: Town) -> None:
    cases = town.made.parts.screens.cases
    city = City()
    for number in range(5):
        city.submit(type(APPLICATION)(int=number + 1))
    hear(town.made, heard_by_gateway(city))

    first = cases.of_person(FENGSHOU.user_id, limit=3)
    second = cases.of_person(FENGSHOU.user_id, after=first.next, limit=3)

    numbers = [case.application_id.int for case in (*first.items, *second.items)]
    assert sorted(numbers) == [1, 2, 3, 4, 5]
    assert second.next is None


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMl0", "é", "bnVsbA", "W1si"])
def test_a_cursor_that_was_not_given_by_us_is_refused(cursor: str) -> None:
    with pytest.raises(NotACursor):
        place_of(cursor, whole)


def test_a_cursor_names_its_place() -> None:
    assert place_of(cursor_at([7, "粮食"]), whole, str) == [7, "粮食"]
    assert place_of(None, whole, str) == [None, None]


def reviewing(town: Town) -> None:
    town.city.submit()
    town.city.window(asked.AcceptanceRequested)
    town.show()


@pytest.mark.parametrize("claimed", [DENGFENG_GRAIN, ZHENGZHOU_GRAIN])
def test_a_department_closes_no_step_of_another(town: Town, claimed: str) -> None:
    reviewing(town)
    forged = review.ExaminationClosed(
        application_id=APPLICATION,
        examination_id=APPLICATION,
        step="first-review",
        agency=claimed,
        outcome="passed",
        closed_at=town.city.now,
    )

    town.city._asked[f"review.{ZHENGZHOU_GRAIN}"] = 100
    town.tell(f"review.{ZHENGZHOU_GRAIN}", forged)

    [step] = town.made.parts.screens.cases.steps(APPLICATION)
    assert step.is_open


def test_an_officer_counts_what_the_officer_can_do(town: Town) -> None:
    reviewing(town)
    town.city.submit(REQUEST)
    town.show()
    people, desk = Personas.load(), town.made.parts.screens.desk
    clerk, handler = (
        desk.counts(person)
        for name in ("officer:dengfeng-window", "officer:dengfeng-001")
        if (person := people.find(name))
    )

    assert (clerk.at_window, clerk.steps_open, clerk.done_today) == (1, 0, 1)
    assert (handler.at_window, handler.steps_open, handler.done_today) == (0, 1, 0)


def test_an_act_is_done_once_the_world_can_see_it(town: Town) -> None:
    reviewing(town)
    town.city.officer(ZHAO, DENGFENG_GRAIN, "first-review")
    request = town.city.told[-1].correlation_id
    outcomes = town.made.parts.screens.outcomes
    answers = [m for m in town.city.told[town._shown :] if _HEARS.match(m.topic)]
    world = [m for m in answers if m.topic == "tongban.intake"]

    hear(town.made, [m for m in answers if m not in world])
    before = outcomes.of({request: APPLICATION}).get(request)
    hear(town.made, world)

    assert before is None
    found = outcomes.of({request: APPLICATION}).get(request)
    assert found is not None
    assert found.done_at


def test_an_examination_that_a_withdrawal_overtook_is_done_too(town: Town) -> None:
    reviewing(town)
    town.city.applicant(asked.WithdrawalRequested, reason="改为备案")
    town.show()
    late = review.ExaminationClosed(
        application_id=APPLICATION,
        examination_id=APPLICATION,
        step="first-review",
        agency=DENGFENG_GRAIN,
        outcome="passed",
        closed_at=town.city.now,
    )
    town.city._asked[f"review.{DENGFENG_GRAIN}"] = 100
    town.tell(f"review.{DENGFENG_GRAIN}", late)
    request = town.city.told[-1].correlation_id

    found = town.made.parts.screens.outcomes.of({request: APPLICATION}).get(request)

    assert found is not None
    assert found.done_at
