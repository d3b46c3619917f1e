"""A front desk that stands on proxies, in tasks of the test; the rest of a town."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from bench.faults import topics
from bench.faults.checker import check_part
from bench.faults.logs import Source
from bench.faults.proxy import Proxy
from services.credentials.application import Credentials
from services.credentials.bootstrap import HEARS
from services.credentials.messages import tell as tell_credentials
from services.intake.application import Applications
from services.intake.domain.application import Application
from services.intake.messages import teller
from services.review.messages import tell as tell_review
from shared.events import gateway
from shared.runtime.listener import Listener
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Relay
from shared.runtime.settings import Settings
from tests import controls
from tests.controls import DENGFENG_GRAIN, LIU, SUN, ZHAO, ZHENGZHOU_GRAIN
from tests.faults.ground import Kafka, postgres_behind_a_proxy
from tests.integration.test_pipeline import LIFE, REVIEWS, accept, publish, submit
from tests.system import System, wait_until
from tests.teller import Teller, tell
from tongban.topics import all_topics, make_topics

WITHIN = 120.0


@dataclass
class Town:
    """A front desk that is reached through proxies; all others are reached directly."""

    desk: System
    others: System
    to_postgres: Proxy
    to_kafka: Proxy
    log: PostgresLog  # the desk's, reached directly
    cases: list[UUID] = field(default_factory=list)

    @property
    def listener(self) -> Listener:
        return self.desk.listeners["intake"]

    @property
    def relay(self) -> Relay:
        return self.desk.relays["intake"]

    def apply(self) -> UUID:
        """Let somebody apply, and everybody act at once."""
        case = uuid5(controls.APPLICATION, f"network/{len(self.cases)}")
        self.cases.append(case)
        submit(self.others, case)
        accept(self.others, case)
        finish(self.others, case, "first-review", DENGFENG_GRAIN, ZHAO)
        finish(self.others, case, "re-review", ZHENGZHOU_GRAIN, LIU)
        finish(self.others, case, "decide", ZHENGZHOU_GRAIN, SUN, granted=True)
        return case

    def life(self, case: UUID) -> list[str]:
        return [event.topic for event in self.log.select_events(case)]

    def numbers(self) -> set[str]:
        """Return the numbers that cases were given."""
        found = Applications(self.log).aggregates.load(self.cases).values()
        return {str(e.case["number"]) for e in found if isinstance(e, Application)}

    async def completes(self, cases: list[UUID]) -> None:
        def all_have() -> bool:
            self.desk.check()
            self.others.check()
            return all(LIFE[-1] in self.life(case) for case in cases)

        await wait_until(all_have, WITHIN)

    async def has_lost_and_doubled_nothing(self) -> None:
        """Each case lived once; each log is told, in order; nothing is set aside."""
        for case in self.cases:
            assert self.life(case) == LIFE
        issued = self.others.events("credentials")
        assert issued.count("credentials.Credential.Issued") == len(self.cases)
        ends = asyncio.get_running_loop().time() + WITHIN
        while True:
            heard = await topics.everything(self.others.settings)
            verdict = await asyncio.to_thread(check_part, self._sources(), heard)
            if verdict.is_clean:
                return
            assert asyncio.get_running_loop().time() < ends, verdict.figures()
            await asyncio.sleep(0.5)

    def _sources(self) -> list[Source]:
        told = {"intake": teller("intake"), "credentials": tell_credentials}
        told |= dict.fromkeys(REVIEWS, tell_review)
        applications = self.others.applications | {"intake": Applications(self.log)}
        return [Source(n, a, told.get(n, tell)) for n, a in applications.items()]


def finish(system: System, case: UUID, step: str, agency: str, officer, **said) -> None:
    act = gateway.StepDecisionRequested if said else gateway.StepPassRequested
    people = system.applications["gateway"]
    assert isinstance(people, Teller)
    asked = act.model_validate(
        {
            "request_id": uuid5(case, step),
            "application_id": case,
            "desk": "intake",
            "step": step,
            "agency": agency,
            "officer": officer,
            "opinion": "齐全",
        }
        | said
    )
    people.say(asked, actor=officer.id)


@asynccontextmanager
async def town_around(settings: Settings, kafka: Kafka) -> AsyncIterator[Town]:
    """Start a town whose front desk reaches PostgreSQL and Kafka through proxies."""
    agencies = [DENGFENG_GRAIN, ZHENGZHOU_GRAIN]
    wanted = all_topics(settings, agencies, [controls.DENGFENG], REVIEWS)
    await make_topics(settings, wanted)
    with postgres_behind_a_proxy(settings.postgres) as (postgres, between):
        far = settings.model_copy(update={"postgres": postgres, "kafka": kafka.through})
        others = System(settings)
        log = others.log("intake")
        town = Town(System(far), others, between, kafka.proxy, log)
        for name in ("catalog", "gateway"):
            others.start(name, Teller(others.log(name)), tell, [])
        for agency in agencies:
            others.start_review(agency)
        credentials = Credentials(others.log("credentials"))
        others.start("credentials", credentials, tell_credentials, HEARS)
        town.desk.start_intake()
        publish(others)
        await town.completes([town.apply()])
        yield town
        for system in (town.desk, others):
            for name in list(system.tasks):
                await system.stop(name)
        log.close()
