"""Things are killed and stopped in the middle of the story; nothing is lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy.kafka import kafka as apache
from tests.acceptance.city import (
    CITY_DECIDER,
    CITY_REVIEWER,
    COMPANY,
    COUNTY,
    WINDOW,
    Running,
    running,
    stop,
    wait_until,
)
from tests.left_out import JAVA, needs
from tongban.embedded.ports import free_port

BACK_WITHIN = 120.0
GRANTED = {"granted": True, "opinion": "符合法定条件，准予许可"}

# What is killed before each act of the story.
VICTIMS = (
    ("services.gateway", "services.catalog"),
    ("services.intake",),
    ("--name 410185-grain",),
    ("--name 410100-grain", "services.monitoring"),
    ("postgres -D", "services.credentials"),
)


def kill(city: Running, part: str) -> None:
    city.child(part).kill()


def story_with_deaths(city: Running) -> str:
    """Return the case, after every process has been killed once on its way."""
    acts: list[tuple[str, str, dict[str, object]]] = [
        (WINDOW, "acceptance", {}),
        (COUNTY, "steps/first-review/pass", {"opinion": "材料齐全"}),
        (CITY_REVIEWER, "steps/re-review/pass", {"opinion": "同意"}),
        (CITY_DECIDER, "steps/decide/decision", GRANTED),
    ]
    case = city.submitted()
    for (who, act, said), victims in zip(acts, VICTIMS, strict=False):
        for victim in victims:
            kill(city, victim)
        wait_until(city.is_healthy, BACK_WITHIN)
        answer = city.act(who, case, act, **said)
        assert answer.status_code in (200, 202), answer.text
        wait_until(partial(happened, city, case, act), BACK_WITHIN)
    for victim in VICTIMS[-1]:
        kill(city, victim)
    wait_until(city.is_healthy, BACK_WITHIN)
    city.reaches(case, "completed", BACK_WITHIN)
    return case


def happened(city: Running, case: str, act: str) -> bool:
    if not city.is_healthy():
        return False
    found = city.case(case)
    if act == "acceptance":
        return bool(found["case"]["accepted_on"])
    step = act.split("/")[1]
    return any(s["step"] == step and s["finished_at"] for s in found["steps"])


def lives_once(city: Running, case: str) -> None:
    """One submission, one acceptance, each step once, one certificate."""
    entries = city.call(COMPANY, "GET", f"/cases/{case}/timeline").json()
    kinds = [entry["kind"] for entry in entries]
    for kind in ("submitted", "accepted", "decided", "completed"):
        assert kinds.count(kind) == 1, kinds
    steps = [s["step"] for s in city.case(case)["steps"]]
    assert steps == ["first-review", "re-review", "decide"]


def test_each_process_killed_once_in_the_middle_of_the_story(city: Running):
    case = story_with_deaths(city)

    lives_once(city, case)


def test_an_embedded_broker_that_dies_is_told_everything_again(place: Path):
    with running(place / "forgetful") as city:
        case = city.accepted()
        kill(city, "broker --listener-url")
        wait_until(lambda: not city.is_healthy(), BACK_WITHIN)
        wait_until(city.is_healthy, BACK_WITHIN)

        passed = city.act(COUNTY, case, "steps/first-review/pass", opinion="齐全")
        assert passed.status_code in (200, 202), passed.text
        wait_until(lambda: happened(city, case, "steps/first-review/pass"))


def test_stopping_leaves_nothing_behind_and_starting_finds_every_case(place: Path):
    data = place / "again"
    with running(data) as city:
        case = city.accepted()
        before = city.case(case)
        children = city.processes()
        stop(city)
        _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == []

    with running(data) as city:
        assert city.case(case)["case"] == before["case"]
        passed = city.act(COUNTY, case, "steps/first-review/pass", opinion="齐全")
        assert passed.status_code == 200


def test_people_apply_while_kafka_is_down(place: Path):
    needs("java", JAVA)
    needs("mvn", JAVA)
    kafka, port = place / "kafka-down", free_port()
    address = apache.start(kafka, port)
    try:
        with running(place / "down", address) as city:
            city.filled("11410185990001028Y4000103001000", COMPANY)
            apache.stop(kafka)

            answer = city.submit(wait=1)

            assert answer.status_code == 202, answer.text
            receipt = answer.json()
            request = f"/requests/{receipt['request_id']}"
            shown = city.call(COMPANY, "GET", request, wait=0).json()
            assert shown["state"] == "recorded"

            apache.start(kafka, port)
            case = receipt["application_id"]
            city.reaches(case, "submitted", BACK_WITHIN)
    finally:
        apache.stop(kafka)


@pytest.mark.parametrize("case", ["00000000-0000-0000-0000-000000000000", "abc"])
def test_what_is_not_there_is_not_found(city: Running, case: str):
    assert city.call(COMPANY, "GET", f"/cases/{case}").status_code in (404, 422)
