"""A city in memory: the real services, their messages handed over without sockets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from services.credentials.application import Credentials
from services.credentials.messages import tell as tell_credentials
from services.intake.application import Applications
from services.intake.messages import teller
from services.review.application import Examinations
from services.review.messages import tell as tell_review
from shared.events import gateway
from shared.events.fact import Fact, Message
from shared.events.people import Applicant, Officer
from shared.runtime.application import Application
from shared.runtime.hearing import Channel
from shared.runtime.memory import MemoryLog
from shared.runtime.relay import Tell, news
from tests import controls
from tests.controls import DENGFENG_GRAIN, FENGSHOU, WANG, ZHENGZHOU_GRAIN


@dataclass
class City:
    """What people ask goes in by `ask`; `told` holds all that was ever said."""

    told: list[Message] = field(default_factory=list)
    now: datetime = controls.ACCEPTED_AT
    _asked: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        county, city = f"review.{DENGFENG_GRAIN}", f"review.{ZHENGZHOU_GRAIN}"
        self.services: list[tuple[str, Application, Tell]] = [
            ("intake", Applications(MemoryLog()), teller("intake")),
            (county, Examinations(MemoryLog(), county, [DENGFENG_GRAIN]), tell_review),
            (city, Examinations(MemoryLog(), city, [ZHENGZHOU_GRAIN]), tell_review),
            ("credentials", Credentials(MemoryLog()), tell_credentials),
        ]
        self._relayed = dict.fromkeys((name for name, *_ in self.services), 0)
        for fact in (
            controls.january_2016(),
            controls.agency(DENGFENG_GRAIN, "11410185990001028Y"),
            controls.agency(ZHENGZHOU_GRAIN, "1141010099000101XT"),
            controls.grain_licence(),
            controls.grain_filing(),
        ):
            self.say("catalog", fact)

    def say(self, source: str, fact: Fact, actor: str = "system:test") -> None:
        """Let somebody outside tell a fact, and let everything follow from it."""
        position = self._asked[source] = self._asked.get(source, 0) + 1
        self._deliver([controls.told(fact, position, source, actor, self.now)])
        self.settle()

    def settle(self) -> None:
        """Relay between the services until nobody has anything more to say."""
        while any(self._relay(*service) for service in self.services):
            continue

    def types(self) -> list[str]:
        return [message.type for message in self.told]

    def facts(self, kind: str) -> list[Fact]:
        return [f for m in self.told if m.type == kind and (f := m.fact())]

    def refusals(self) -> list[str]:
        return [m.data["rule"] for m in self.told if m.type.startswith("refusal")]

    def _relay(self, name: str, application: Application, tell: Tell) -> bool:
        after = self._relayed[name]
        self._relayed[name], messages = news(application, name, tell, after)
        self._deliver(messages)
        return self._relayed[name] > after

    def _deliver(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.told.append(message)
            for _, application, _ in self.services:
                if _may_hear(application.name, message.topic):
                    channel = Channel(message.source, message.topic, 0)
                    application.hear({channel: [message]})
                    application.retry_set_aside()

    # What people do, in the story.

    def submit(
        self,
        application_id: UUID = controls.APPLICATION,
        applicant: Applicant = FENGSHOU,
        **more: object,
    ) -> None:
        said = {
            "task_code": controls.GRAIN_TASK,
            "item_version": 1,
            "applicant": applicant,
            "form": {"address": "登封市中岳街道"},
            "materials": (controls.APPLICATION_FORM,),
            "channel": "online",
        }
        asked = _asked(application_id, "submit") | said | more
        fact = gateway.SubmissionRequested.model_validate(asked)
        self.say("gateway", fact, applicant.user_id)

    def file_at_window(self) -> None:
        self.say(
            "gateway",
            gateway.SubmissionRequested(
                **_asked(controls.APPLICATION, "file"),
                task_code=controls.FILING_TASK,
                item_version=1,
                applicant=FENGSHOU,
                form={},
                materials=(controls.APPLICATION_FORM,),
                channel="window",
                clerk=WANG,
            ),
            WANG.id,
        )

    def window(self, act: type[gateway.DeskRequested], **said: object) -> None:
        asked = _asked(controls.APPLICATION, f"{act.__name__}{self._asked['gateway']}")
        said = {"agency": DENGFENG_GRAIN, "clerk": WANG} | said
        self.say("gateway", act.model_validate(asked | said), WANG.id)

    def applicant(self, act: type[gateway.DeskRequested], **said: object) -> None:
        asked = _asked(controls.APPLICATION, f"{act.__name__}{self._asked['gateway']}")
        self.say("gateway", act.model_validate(asked | said), FENGSHOU.user_id)

    def officer(self, officer: Officer, agency: str, step: str, **said: object) -> None:
        act: type[gateway.AgencyRequested] = (
            gateway.StepDecisionRequested
            if "granted" in said
            else gateway.StepPassRequested
        )
        asked = _asked(controls.APPLICATION, f"{step}{self._asked['gateway']}")
        said = {"opinion": "材料齐全，符合条件"} | said
        where = {"agency": agency, "step": step, "officer": officer}
        self.say("gateway", act.model_validate(asked | where | said), officer.id)


def _asked(application_id: UUID, what: str) -> dict[str, object]:
    request_id = uuid5(application_id, what)
    return {
        "request_id": request_id,
        "application_id": application_id,
        "desk": "intake",
    }


def _may_hear(name: str, topic: str) -> bool:
    """Say whether this service listens there, as the bootstraps have it."""
    if name.startswith("review."):
        return topic.endswith(f".for.{name.removeprefix('review.')}")
    return topic.endswith(f".for.{name}") or topic in (
        "tongban.catalog",
        "tongban.credentials",
    )
