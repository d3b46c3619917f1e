"""A case handled late: warning, yellow and red, each told once, to whoever follows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from shared.calendar.china import working_calendar
from shared.calendar.deadline import deadline, warning_from
from shared.runtime.clock import Warp
from tests.acceptance.city import ROOT, SUPERVISOR, Running, running, wait_until
from tests.acceptance.conftest import kafka_node
from tests.acceptance.people import People

STARTS = datetime(2016, 1, 4, 1, 0, tzinfo=UTC)  # a Monday, 9:00 in Zhengzhou
HEAD_START = 30.0  # seconds until time begins to run; it may run before all is up
RATE = 72_000.0  # twenty hours a second: 23 days in 28 seconds
PROMISE, LAW = 7, 15  # working days, of the grain licence
NEWEST_FIRST = (  # each card's word, and the beginning of its shape
    ("红牌", "M10 2h12l8 8v12l-8 8H10l-8-8V10z"),
    ("黄牌", "M11.5 16h9"),
    ("预警", "M16 3L30 28H2z"),
)


@pytest.fixture(scope="module", params=["embedded", "apache"])
def fast_city(request: pytest.FixtureRequest, place: Path) -> Iterator[Running]:
    """A city in January 2016, where weeks pass in a minute."""
    data = place / f"late-{request.param}"
    with ExitStack() as stack:
        kafka = ""
        if request.param == "apache":
            kafka = stack.enter_context(kafka_node(place / "kafka-late"))
        clock = str(Warp(STARTS.timestamp(), time.time() + HEAD_START, RATE))
        yield stack.enter_context(running(data, kafka, clock))


@pytest.fixture(scope="module")
def case(fast_city: Running) -> str:
    """A case that is accepted, and then left lying."""
    return fast_city.accepted()


def follow(city: Running) -> subprocess.Popen[str]:
    """Start the supervisor's one command."""
    env = os.environ | {"TONGBAN_DATA": str(city.data)}
    command = ["alerts", "--region", "410185", "--follow", "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "tongban", *command],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )


def due(accepted_on: date) -> list[datetime]:
    """Return when warning, yellow and red fall due for a case accepted on a day."""
    calendar = working_calendar()
    promise, law = (deadline(calendar, accepted_on, days) for days in (PROMISE, LAW))
    return [warning_from(calendar, promise.due), promise.due_at, law.due_at]


def cards(city: Running, case: str) -> list[dict[str, str]]:
    page = city.call(SUPERVISOR, "GET", "/board/cards").json()["items"]
    return [card for card in page if card["application_id"] == case]


def test_a_late_case_gets_each_card_once(fast_city: Running, case: str):
    accepted_on = fast_city.case(case)["case"]["accepted_on"]
    follower = follow(fast_city)

    wait_until(lambda: len(cards(fast_city, case)) == 3, within=180)
    time.sleep(3)  # a second telling would come by now
    follower.terminate()
    printed = [
        json.loads(line)
        for line in follower.communicate(timeout=20)[0].split("\n")
        if line
    ]

    shown = [card["severity"] for card in cards(fast_city, case)]
    assert shown == ["red", "yellow", "warning"]
    told = [c for c in printed if c["application_id"] == case]
    assert [c["severity"] for c in told] == ["warning", "yellow", "red"]
    assert [datetime.fromisoformat(c["due_at"]) for c in told] == due(
        date.fromisoformat(accepted_on)
    )


def test_the_board_shows_each_card_by_word_and_by_shape(
    browser: Browser, fast_city: Running, case: str
):
    wait_until(lambda: len(cards(fast_city, case)) == 3, within=180)
    people = People(browser, fast_city)
    board = people[SUPERVISOR]
    board.goto("/board")

    shown = board.locator("#cards li", has=board.locator(f"a[href='/cases/{case}']"))
    expect(shown).to_have_count(3)
    for card, (word, shape) in zip(shown.all(), NEWEST_FIRST, strict=True):
        expect(card.locator(".card-mark")).to_have_text(word)
        expect(card.locator(f".card-mark path[d^='{shape}']")).to_be_visible()
    people.go()
