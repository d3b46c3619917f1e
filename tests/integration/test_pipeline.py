"""The services through a real broker and real databases, each in its own task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4, uuid5

import pytest

from services.credentials.application import Credentials
from services.credentials.bootstrap import HEARS
from services.credentials.messages import tell as tell_credentials
from shared.events import gateway
from shared.runtime.settings import Settings
from tests import controls
from tests.controls import (
    DENGFENG_GRAIN,
    FENGSHOU,
    LIU,
    SUN,
    WANG,
    ZHAO,
    ZHENGZHOU_GRAIN,
)
from tests.system import System, forget_topics, wait_until
from tests.teller import Teller, tell
from tongban.topics import all_topics, make_topics

REVIEWS = [f"review.{DENGFENG_GRAIN}", f"review.{ZHENGZHOU_GRAIN}"]


@pytest.fixture
async def system(settings: Settings) -> AsyncIterator[System]:
    await forget_topics(settings)
    regions = [controls.DENGFENG]
    agencies = [DENGFENG_GRAIN, ZHENGZHOU_GRAIN]
    await make_topics(settings, all_topics(settings, agencies, regions, REVIEWS))
    system = System(settings)
    for name in ("catalog", "gateway"):
        system.start(name, Teller(system.log(name)), tell, [])
    system.start_intake()
    for agency in agencies:
        system.start_review(agency)
    credentials = Credentials(system.log("credentials"))
    system.start("credentials", credentials, tell_credentials, HEARS)
    yield system
    for name in list(system.tasks):
        await system.stop(name)


def publish(system: System) -> None:
    catalog = system.applications["catalog"]
    assert isinstance(catalog, Teller)
    catalog.say(
        controls.january_2016(),
        controls.agency(DENGFENG_GRAIN, "11410185990001028Y"),
        controls.agency(ZHENGZHOU_GRAIN, "1141010099000101XT"),
        controls.grain_licence(),
        controls.grain_filing(),
    )


def ask(system: System, act: type[gateway.Requested], actor: str, **said) -> None:
    people = system.applications["gateway"]
    assert isinstance(people, Teller)
    asked = {"request_id": uuid4(), "application_id": controls.APPLICATION}
    people.say(act.model_validate({"desk": "intake"} | asked | said), actor=actor)


def submit(system: System, application_id=controls.APPLICATION) -> None:
    ask(
        system,
        gateway.SubmissionRequested,
        FENGSHOU.user_id,
        application_id=application_id,
        task_code=controls.GRAIN_TASK,
        item_version=1,
        applicant=FENGSHOU,
        form={},
        materials=(controls.APPLICATION_FORM,),
        channel="online",
    )


def accept(system: System, application_id=controls.APPLICATION) -> None:
    ask(
        system,
        gateway.AcceptanceRequested,
        WANG.id,
        application_id=application_id,
        agency=DENGFENG_GRAIN,
        clerk=WANG,
    )


def finish(system: System, step: str, agency: str, officer, **said) -> None:
    act = gateway.StepDecisionRequested if said else gateway.StepPassRequested
    where = {"step": step, "agency": agency, "officer": officer, "opinion": "齐全"}
    ask(system, act, officer.id, **where, **said)


async def story(system: System) -> None:
    publish(system)
    submit(system)
    accept(system)
    finish(system, "first-review", DENGFENG_GRAIN, ZHAO)
    finish(system, "re-review", ZHENGZHOU_GRAIN, LIU)
    finish(system, "decide", ZHENGZHOU_GRAIN, SUN, granted=True)
    await completed(system, 1)


async def completed(system: System, count: int) -> None:
    done = "intake.Application.Completed"
    await wait_until(lambda: system.events("intake").count(done) == count)


LIFE = [
    "intake.Application.Submitted",
    "intake.Application.Accepted",
    "intake.Application.StepStarted",
    "intake.Application.StepFinished",
    "intake.Application.StepStarted",
    "intake.Application.StepFinished",
    "intake.Application.StepStarted",
    "intake.Application.StepFinished",
    "intake.Application.Decided",
    "intake.Application.Completed",
]


def life(system: System) -> list[str]:
    return [e for e in system.events("intake") if e.startswith("intake.Application.")]


async def test_everything_asked_at_once_still_happens_in_order(system: System):
    await story(system)

    assert life(system) == LIFE
    assert system.events("credentials").count("credentials.Credential.Issued") == 1


async def test_services_stopped_and_started_lose_and_double_nothing(system: System):
    publish(system)
    cases = [uuid5(controls.APPLICATION, str(n)) for n in range(20)]
    for n, case in enumerate(cases):
        submit(system, case)
        accept(system, case)
        if n == 5:
            await system.stop("intake")
        if n == 12:
            system.start_intake()
            await system.stop(REVIEWS[0])
    system.start_review(DENGFENG_GRAIN)

    opened = "review.Examination.Opened"
    await wait_until(lambda: system.events(REVIEWS[0]).count(opened) == len(cases))
    assert life(system).count("intake.Application.Accepted") == len(cases)


async def test_a_relay_that_forgets_tells_again_and_nobody_is_moved(system: System):
    await story(system)
    before = {name: len(system.events(name)) for name in system.tasks}
    await system.stop("intake")
    again = system.log("intake")
    with again.pool.connection() as connection:
        connection.execute("TRUNCATE told, relayed")
    again.close()

    system.start_intake()
    second = uuid5(controls.APPLICATION, "second")
    submit(system, second)
    accept(system, second)

    opened = "review.Examination.Opened"
    await wait_until(lambda: system.events(REVIEWS[0]).count(opened) == 2)
    assert len(system.events("credentials")) == before["credentials"]
    assert len(system.events(REVIEWS[1])) == before[REVIEWS[1]]
