"""Things are killed and stopped in the middle of the story; nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy.kafka import kafka as apache
from tests.acceptance.city import (
    ALLOWANCE,
    CITIZEN,
    CITY_DECIDER,
    CITY_REVIEWER,
    CIVIL_HEAD,
    COMPANY,
    COUNTY,
    GRAIN,
    TOWN,
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


@dataclass(frozen=True)
class Act:
    """What an officer does with the case, and what is killed just before it."""

    who: str
    name: str
    said: dict[str, object] = field(default_factory=dict)
    victims: tuple[str, ...] = ()

    @property
    def step(self) -> str | None:
        return self.name.split("/")[1] if "/" in self.name else None


@dataclass(frozen=True)
class Way:
    """The way of a case from its applicant to the certificate."""

    applicant: str
    task_code: str
    acts: tuple[Act, ...]
    victims: tuple[str, ...] = ()  # killed while it is being completed

    @property
    def steps(self) -> list[str]:
        return [act.step for act in self.acts if act.step]


LICENCE = Way(
    COMPANY,
    GRAIN,
    (
        Act(WINDOW, "acceptance", victims=("services.gateway", "services.catalog")),
        Act(
            COUNTY,
            "steps/first-review/pass",
            {"opinion": "材料齐全"},
            ("services.intake",),
        ),
        Act(
            CITY_REVIEWER,
            "steps/re-review/pass",
            {"opinion": "同意"},
            ("--name 410185-grain",),
        ),
        Act(
            CITY_DECIDER,
            "steps/decide/decision",
            GRANTED,
            ("--name 410100-grain", "services.monitoring"),
        ),
    ),
    ("postgres -D", "services.credentials"),
)
# Of agencies that run no review of their own: the city's does it for them.
RELIEF = Way(
    CITIZEN,
    ALLOWANCE,
    (
        Act(TOWN, "acceptance"),
        Act(TOWN, "steps/town-survey/pass", {"opinion": "入户属实"}, ("--name city",)),
        Act(CIVIL_HEAD, "steps/county-confirm/decision", GRANTED, ("--name city",)),
    ),
)


def kill(city: Running, part: str) -> None:
    city.child(part).kill()


def carry(city: Running, case: str, way: Way, is_disturbed: bool = True) -> None:
    """Take a case to its end, while what it needs dies and comes back."""
    for act in way.acts:
        for victim in act.victims if is_disturbed else ():
            kill(city, victim)
        wait_until(city.is_healthy, BACK_WITHIN)
        answer = city.act(act.who, case, act.name, **act.said)
        assert answer.status_code in (200, 202), answer.text
        wait_until(partial(happened, city, case, way, act), BACK_WITHIN)
    for victim in way.victims if is_disturbed else ():
        kill(city, victim)
    wait_until(city.is_healthy, BACK_WITHIN)
    city.reaches(case, "completed", BACK_WITHIN, way.applicant)


def happened(city: Running, case: str, way: Way, act: Act) -> bool:
    if not city.is_healthy():
        return False
    found = city.case(case, way.applicant)
    if act.step is None:
        return bool(found["case"]["accepted_on"])
    return any(s["step"] == act.step and s["finished_at"] for s in found["steps"])


def lives_once(city: Running, case: str, way: Way) -> None:
    """One submission, one acceptance, each step once, one certificate."""
    wait_until(lambda: city.certificates(case, way.applicant))
    entries = city.timeline(case, way.applicant)
    kinds = [entry["kind"] for entry in entries]
    for kind in ("submitted", "accepted", "decided", "completed"):
        assert kinds.count(kind) == 1, kinds
    for kind in ("step_started", "step_finished"):
        assert [e["step"] for e in entries if e["kind"] == kind] == way.steps
    assert len(city.certificates(case, way.applicant)) == 1


@pytest.mark.parametrize("way", [LICENCE, RELIEF], ids=["licence", "relief"])
def test_each_process_killed_once_in_the_middle_of_the_story(city: Running, way: Way):
    case = city.submitted(way.task_code, way.applicant)
    carry(city, case, way)

    lives_once(city, case, way)


def test_an_embedded_broker_that_dies_is_told_everything_again(place: Path):
    with running(place / "forgetful") as city:
        case = city.accepted()
        kill(city, "broker --listener-url")
        wait_until(lambda: not city.is_healthy(), BACK_WITHIN)
        wait_until(city.is_healthy, BACK_WITHIN)

        passed = city.act(COUNTY, case, "steps/first-review/pass", opinion="齐全")
        assert passed.status_code in (200, 202), passed.text
        wait_until(lambda: happened(city, case, LICENCE, LICENCE.acts[1]))


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
            city.filled(GRAIN, COMPANY)
            apache.stop(kafka)

            answer = city.submit(wait=1)

            assert answer.status_code == 202, answer.text
            receipt = answer.json()
            request = f"/requests/{receipt['request_id']}"
            shown = city.call(COMPANY, "GET", request, wait=0).json()
            assert shown["state"] == "recorded"
            assert "已收到，正在登记" in city.page(COMPANY, request)

            apache.start(kafka, port)
            case = receipt["application_id"]
            city.reaches(case, "submitted", BACK_WITHIN)
            carry(city, case, LICENCE, is_disturbed=False)
            lives_once(city, case, LICENCE)
    finally:
        apache.stop(kafka)


@pytest.mark.parametrize("case", ["00000000-0000-0000-0000-000000000000", "abc"])
def test_what_is_not_there_is_not_found(city: Running, case: str):
    assert city.call(COMPANY, "GET", f"/cases/{case}").status_code in (404, 422)
