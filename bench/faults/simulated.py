"""Services as a simulation has them, and the story that people ask for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from eventsourcing.persistence import OperationalError

from services.credentials.application import Credentials
from services.credentials.messages import tell as tell_credentials
from services.intake.application import Applications
from services.intake.messages import teller
from services.review.application import Examinations
from services.review.messages import tell as tell_review
from shared.events import gateway
from shared.events.fact import Fact
from shared.runtime.application import Application
from shared.runtime.hearing import Channel
from shared.runtime.memory import MemoryLog
from shared.runtime.relay import Tell
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


@dataclass
class Service:
    """One service: what it stores outlives it, everything else may be lost."""

    name: str
    make: Callable[[MemoryLog], Application]
    tell: Tell
    hears: Callable[[str], bool]
    log: MemoryLog = field(default_factory=MemoryLog)
    relayed: int = 0
    read: dict[Channel, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.application = self.make(self.log)

    def crash(self, chance: random.Random) -> None:
        """Lose what was not stored: caches, places, how far it has told."""
        self.application = self.make(self.log)
        self.relayed = chance.randint(0, self.relayed)
        self.read = {c: chance.randint(0, at) for c, at in self.read.items()}


def everybody() -> list[Service]:
    """Return the services of the story."""
    return [
        Service("intake", Applications, teller("intake"), _desk),
        *(_department(agency) for agency in (DENGFENG_GRAIN, ZHENGZHOU_GRAIN)),
        Service("credentials", Credentials, tell_credentials, _issuer),
    ]


@contextmanager
def broken(log: MemoryLog, is_stored: bool) -> Iterator[None]:
    insert = log.insert_events

    def fail(*args: object, **said: object) -> object:
        if is_stored:
            insert(*args, **said)  # type: ignore[arg-type]
        raise OperationalError("the connection was lost")

    log.insert_events = fail  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        log.insert_events = insert  # type: ignore[method-assign]


def _desk(topic: str) -> bool:
    return topic.endswith(".for.intake") or topic in (
        "tongban.catalog",
        "tongban.credentials",
    )


def _issuer(topic: str) -> bool:
    return topic.endswith(".for.credentials") or topic == "tongban.catalog"


def _department(agency: str) -> Service:
    name = f"review.{agency}"
    return Service(
        name,
        lambda log: Examinations(log, name, [agency]),
        tell_review,
        lambda topic: topic.endswith(f".for.{agency}"),
    )


def catalogue() -> list[Fact]:
    return [
        controls.january_2016(),
        controls.agency(DENGFENG_GRAIN, "11410185990001028Y"),
        controls.agency(ZHENGZHOU_GRAIN, "1141010099000101XT"),
        controls.grain_licence(),
    ]


def story(case: UUID) -> Iterator[tuple[Fact, str]]:
    """Yield all that people ask about a case, at once: it must wait for its turn."""

    def asked(name: str, **said: object) -> dict[str, object]:
        ids = {"request_id": uuid5(case, name), "application_id": case}
        return {**ids, "desk": "intake", **said}

    def step(code: str, agency: str, officer: object) -> dict[str, object]:
        return asked(code, agency=agency, step=code, officer=officer, opinion="齐全")

    yield (
        gateway.SubmissionRequested.model_validate(
            asked(
                "submit",
                task_code=controls.GRAIN_TASK,
                item_version=1,
                applicant=FENGSHOU,
                form={},
                materials=(controls.APPLICATION_FORM,),
                channel="online",
            )
        ),
        FENGSHOU.user_id,
    )
    accept = asked("accept", agency=DENGFENG_GRAIN, clerk=WANG)
    yield gateway.AcceptanceRequested.model_validate(accept), WANG.id
    first = step("first-review", DENGFENG_GRAIN, ZHAO)
    yield gateway.StepPassRequested.model_validate(first), ZHAO.id
    second = step("re-review", ZHENGZHOU_GRAIN, LIU)
    yield gateway.StepPassRequested.model_validate(second), LIU.id
    decide = step("decide", ZHENGZHOU_GRAIN, SUN) | {"granted": True}
    yield gateway.StepDecisionRequested.model_validate(decide), SUN.id
