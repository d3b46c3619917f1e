"""A department's own instance does all it must, and touches nothing but its topics."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.kafka.acl import rights
from services.review.application import Examinations
from services.review.bootstrap import hears
from services.review.messages import tell
from shared.events import clocks
from shared.events.fact import Fact
from shared.runtime.aggregate import Aggregate
from shared.runtime.settings import Settings
from tests import controls
from tests.contract import charters
from tests.controls import DENGFENG_GRAIN, ZHENGZHOU_GRAIN
from tests.integration.department import (
    COUNTY,
    HEARS,
    TELLS,
    TOLD,
    Spy,
    a_days_work,
    assigned,
    partitions,
    say,
    start_the_city,
    told,
)
from tests.system import System, forget_topics, until
from tongban.topics import Topic, all_topics, make_topics

AGENCIES = [DENGFENG_GRAIN, ZHENGZHOU_GRAIN]
ITS_OWN = "only its own topics"


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    spy = Spy()
    spy.listen(monkeypatch)
    return spy


@pytest.fixture
async def city(settings: Settings) -> AsyncIterator[System]:
    """The city's front desk and gateway; topics are up to each test."""
    await forget_topics(settings)
    system = System(settings)
    yield system
    for name in list(system.tasks):
        await system.stop(name)


async def make(settings: Settings, existing: str) -> set[str]:
    """Make these topics; return all there are, once the broker shows them."""
    its_own = [Topic(name, 1) for name in sorted(HEARS | TELLS)]
    reviews = [f"review.{agency}" for agency in AGENCIES]
    whole = all_topics(settings, AGENCIES, [controls.DENGFENG], reviews)
    wanted = its_own if existing == ITS_OWN else whole
    await make_topics(settings, wanted)
    names = {topic.name for topic in wanted}

    async def are_there() -> bool:
        return (await partitions(settings)).keys() == names

    await until(are_there)
    return names


@pytest.mark.parametrize("existing", [ITS_OWN, "the whole city's topics"])
async def test_it_does_all_it_must_on_its_own_topics_and_touches_no_other(
    city: System, spy: Spy, existing: str
):
    there = await make(city.settings, existing)
    start_the_city(city)
    city.start_review(DENGFENG_GRAIN)

    a_days_work(city)
    if existing != ITS_OWN:
        elsewhere = assigned(controls.APPLICATION, agency=ZHENGZHOU_GRAIN)
        say(city, "intake", elsewhere)

    await until(lambda: work_is_done(city))
    assert spy.reads == HEARS
    assert spy.writes == TELLS
    assert spy.strange == {}
    assert (await partitions(city.settings)).keys() == there


async def work_is_done(city: System) -> bool:
    city.check()
    return await told(city.settings, TELLS) == TOLD


def test_the_days_work_holds_all_that_review_hears_and_tells():
    assert TOLD.keys() == charters.told("services.review")
    assert charters.heard("services.review") == {
        "intake.step_assigned",
        "intake.step_recalled",
        "gateway.step_pass_requested",
        "gateway.step_decision_requested",
    }


def test_its_rights_are_these_topics_and_its_group():
    granted = list(rights(DENGFENG_GRAIN, [DENGFENG_GRAIN]))

    assert {r.name for r in granted if r.operation == "Write"} == TELLS
    read = {r.name for r in granted if r[:2] == ("Read", "topic")}
    assert read == HEARS
    assert {r.name for r in granted if r.resource == "group"} == {f"tongban.{COUNTY}"}


async def test_an_instance_that_listens_to_anothers_cases_is_found_out(
    city: System, spy: Spy
):
    await make(city.settings, "the whole city's topics")
    start_the_city(city)
    curious = Examinations(city.log(COUNTY), COUNTY, AGENCIES)
    city.start(COUNTY, curious, tell, hears(AGENCIES))

    a_days_work(city)

    await until(lambda: work_is_done(city))
    assert spy.reads > HEARS
    assert f"tongban.intake.for.{ZHENGZHOU_GRAIN}" in spy.strange["FetchRequest"]


async def test_an_instance_that_stops_the_clock_it_is_measured_by_is_found_out(
    city: System, spy: Spy
):
    def tell_too_much(event: Aggregate.Event) -> Iterator[Fact]:
        for fact in tell(event):
            yield fact
            if fact.TYPE == "review.step_passed":
                yield clocks.ClockStopped(
                    clock_id=event.originator_id,
                    application_id=fact.subject,
                    stopped_at=event.timestamp,
                )

    await make(city.settings, "the whole city's topics")
    start_the_city(city)
    county = Examinations(city.log(COUNTY), COUNTY, [DENGFENG_GRAIN])
    city.start(COUNTY, county, tell_too_much, hears([DENGFENG_GRAIN]))

    a_days_work(city)

    await until(lambda: work_is_done(city))
    assert spy.writes == TELLS | {"tongban.clocks"}
    assert spy.strange["ProduceRequest"] == {"tongban.clocks"}
