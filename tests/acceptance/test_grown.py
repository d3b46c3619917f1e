"""A city that was filled without its broker goes on as if it had always been there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from bench.city import City
from bench.faults import models
from bench.faults.logs import sources
from bench.faults.rest import at_rest
from bench.growing.fill import fill
from services.gateway.people import Personas
from shared.events.fact import Message
from shared.runtime.hearing import Channel
from tests.acceptance.city import COMPANY, COUNTY, FILING, WINDOW, running, wait_until
from tests.integration.children import a_directory
from tongban.up import EMBEDDED_BROKER

CASES = 200
OPEN = 0.3
AT_REST_WITHIN = 60.0


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with a_directory() as directory:
        widths = {k: v for k, v in EMBEDDED_BROKER.items() if "partitions" in k}
        filled = fill(directory, CASES, Console(quiet=True), 2016, OPEN, widths)
        assert filled.cases == CASES
        yield directory


@pytest.fixture(scope="module")
def grown(place: Path) -> Iterator[City]:
    with running(place / "city") as up:
        yield City(up, place, "")


def test_it_holds_what_was_led(grown: City) -> None:
    states = Counter(
        row[0] for row in _rows(grown, "SELECT state FROM cases WHERE number <> ''")
    )

    assert states.total() == CASES
    assert states["completed"] == CASES * (1 - OPEN)
    assert states["submitted"] > 5
    assert states["reviewing"] > 5


def test_work_that_was_left_open_goes_on(grown: City) -> None:
    town = grown.running
    queue = town.call(COUNTY, "GET", "/desk?kind=step").json()["items"]
    case = queue[0]["application_id"]

    answer = town.act(COUNTY, case, "steps/first-review/pass", opinion="同意")

    assert answer.status_code == 200, answer.text
    left = town.call(COUNTY, "GET", "/desk?kind=step&limit=100").json()["items"]
    assert case not in [task["application_id"] for task in left]


def test_new_cases_go_through(grown: City) -> None:
    town = grown.running
    reviewed = town.reviewed()
    before = grown.completed()
    filed = town.call(WINDOW, "POST", "/window/applications", json=_at_window(grown))

    assert filed.status_code == 200, filed.text
    assert town.state(reviewed) == "reviewing"
    wait_until(lambda: grown.completed() == before + 1)


def test_its_screens_are_those_of_its_logs(grown: City) -> None:
    at_rest(grown, AT_REST_WITHIN)
    settings = grown.settings()
    told: dict[Channel, list[Message]] = {}
    with sources(settings) as found:
        for source in found:
            for message in source.messages():
                channel = Channel(message.source, message.topic, 0)
                told.setdefault(channel, []).append(message)
            assert source.application.log.set_aside(source.application.name) == []

    assert models.live(settings) == models.rebuilt(settings, told)


def _rows(grown: City, query: str) -> list[tuple[str, ...]]:
    with psycopg.connect(grown.settings().database("tongban_gateway")) as connection:
        found: list[tuple[str, ...]] = connection.execute(query.encode()).fetchall()
        return found


def _at_window(grown: City) -> dict[str, object]:
    company = Personas.load().find(COMPANY)
    assert company is not None
    assert company.applicant is not None
    applicant = company.applicant.model_dump(exclude={"user_id"})
    filled = grown.running.filled(FILING, WINDOW)
    return filled | {"task_code": FILING, "applicant": applicant}
