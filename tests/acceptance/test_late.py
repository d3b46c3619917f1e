"""A case handled late: warning, yellow and red, each told once, to whoever follows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.runtime.clock import Warp
from tests.acceptance.city import ROOT, SUPERVISOR, Running, running, wait_until
from tests.acceptance.conftest import kafka_node

STARTS = datetime(2016, 1, 4, 1, 0, tzinfo=UTC)  # a Monday, 9:00 in Zhengzhou
HEAD_START = 120.0  # seconds until time begins to run: the system is up by then
RATE = 36_000.0  # ten hours a second: 23 days in 55 seconds


@pytest.fixture(params=["embedded", "apache"])
def fast_city(request: pytest.FixtureRequest, place: Path) -> Iterator[Running]:
    """A city in January 2016, where weeks pass in a minute."""
    data = place / f"late-{request.param}"
    clock = str(Warp(STARTS.timestamp(), time.time() + HEAD_START, RATE))
    if request.param == "embedded":
        with running(data, clock=clock) as city:
            yield city
    else:
        with (
            kafka_node(place / "kafka-late") as kafka,
            running(data, kafka, clock) as city,
        ):
            yield city


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


def test_a_late_case_gets_each_card_once(fast_city: Running):
    case = fast_city.accepted()
    follower = follow(fast_city)

    def cards() -> list[dict[str, str]]:
        page = fast_city.call(SUPERVISOR, "GET", "/board/cards").json()["items"]
        return [card for card in page if card["application_id"] == case]

    wait_until(lambda: len(cards()) == 3, within=180)
    time.sleep(3)  # a second telling would come by now
    follower.terminate()
    printed = [
        json.loads(line)
        for line in follower.communicate(timeout=20)[0].split("\n")
        if line
    ]

    assert sorted(c["severity"] for c in cards()) == ["red", "warning", "yellow"]
    told = [c for c in printed if c["application_id"] == case]
    assert [c["severity"] for c in told] == ["warning", "yellow", "red"]
    due = [datetime.fromisoformat(c["due_at"]) + timedelta(hours=8) for c in told]
    assert [d.strftime("%m-%d %H:%M") for d in due] == [
        "01-11 00:00",
        "01-14 00:00",
        "01-26 00:00",
    ]
