"""The county's review instance at its work, and a spy on all its Kafka clients."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient

from shared.events import gateway, intake
from shared.runtime import wire
from shared.runtime.settings import Settings
from tests import controls
from tests.contract.examples import read
from tests.controls import DENGFENG_GRAIN, LIU, SUN, ZHAO
from tests.system import System
from tests.teller import Teller, tell

COUNTY = f"review.{DENGFENG_GRAIN}"
HEARS = {
    f"tongban.intake.for.{DENGFENG_GRAIN}",
    f"tongban.gateway.for.{DENGFENG_GRAIN}",
}
TELLS = {f"tongban.{COUNTY}{to}" for to in ("", ".for.intake", ".for.gateway")}
CITY = ("intake", "gateway", "tests")  # whose clients are not the department's

PASSED, RECALLED, DECIDED = (uuid5(controls.APPLICATION, n) for n in "prd")

# What becomes of the day's work: told once each, and refused once.
TOLD = {
    "review.examination_opened": 3,
    "review.examination_closed": 3,
    "review.step_passed": 1,
    "review.step_decided": 1,
    "refusal.request_refused": 1,
}


@dataclass
class Spy:
    """Which topics the department's clients have named to the broker, and what for."""

    named: dict[str, set[str]] = field(default_factory=dict)

    def listen(self, patch: pytest.MonkeyPatch) -> None:
        send = AIOKafkaClient.send

        async def noted(client: Any, node: Any, request: Any, **options: Any) -> Any:
            if not client._client_id.startswith(CITY):
                for topic in getattr(request, "_topics", None) or ():
                    kind = type(request).__name__
                    name = topic if isinstance(topic, str) else topic[0]
                    self.named.setdefault(kind, set()).add(name)
            return await send(client, node, request, **options)

        patch.setattr(AIOKafkaClient, "send", noted)

    @property
    def reads(self) -> set[str]:
        return self.named.get("FetchRequest", set())

    @property
    def writes(self) -> set[str]:
        return self.named.get("ProduceRequest", set())

    @property
    def strange(self) -> dict[str, set[str]]:
        """Return what was named, for whatever purpose, that isn't the county's."""
        found = {kind: names - HEARS - TELLS for kind, names in self.named.items()}
        return {kind: names for kind, names in found.items() if names}


def start_the_city(system: System) -> None:
    """The front desk and the gateway, as far as a department hears of them."""
    for name in ("intake", "gateway"):
        system.start(name, Teller(system.log(name)), tell, [])


def say(system: System, who: str, *facts: Any) -> None:
    teller = system.applications[who]
    assert isinstance(teller, Teller)
    teller.say(*facts)


def assigned(application_id: UUID, **changes: Any) -> Any:
    step = read("intake.step_assigned.v1")
    return step.model_copy(update={"application_id": application_id} | changes)


def a_days_work(system: System) -> None:
    """One step to pass, one to decide, one recalled; and one act too many."""
    say(
        system,
        "intake",
        assigned(PASSED),
        assigned(RECALLED),
        assigned(DECIDED, step="decide", kind="decide"),
        intake.StepRecalled(
            application_id=RECALLED,
            agency=DENGFENG_GRAIN,
            step="first-review",
            reason="申请人撤回",
        ),
    )
    where = {"agency": DENGFENG_GRAIN, "opinion": "材料齐全，符合条件"}
    for who in (ZHAO, LIU):
        passed = gateway.StepPassRequested(
            request_id=uuid4(),
            application_id=PASSED,
            step="first-review",
            officer=who,
            **where,
        )
        say(system, "gateway", passed)
    decided = gateway.StepDecisionRequested(
        request_id=uuid4(),
        application_id=DECIDED,
        step="decide",
        officer=SUN,
        granted=True,
        **where,
    )
    say(system, "gateway", decided)


async def partitions(settings: Settings) -> dict[str, list[TopicPartition]]:
    """Return the partitions of each topic of ours that exists."""
    admin = AIOKafkaAdminClient(**wire.client(settings, "tests"))
    await admin.start()
    try:
        names = [n for n in await admin.list_topics() if n.startswith("tongban")]
        return {
            found["topic"]: [
                TopicPartition(found["topic"], part["partition"])
                for part in found["partitions"]
            ]
            for found in await admin.describe_topics(sorted(names))
        }
    finally:
        await admin.close()


async def told(settings: Settings, names: set[str]) -> Counter[str]:
    """Return how often each fact is found on these topics, as the city hears them."""
    known = await partitions(settings)
    parts = [part for name in names & known.keys() for part in known[name]]
    consumer = AIOKafkaConsumer(
        **wire.client(settings, "tests"), auto_offset_reset="earliest"
    )
    consumer.assign(parts)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(parts)
        found: Counter[str] = Counter()
        for part in parts:
            while await consumer.position(part) < ends[part]:
                records = await consumer.getmany(part, timeout_ms=500)
                for record in records.get(part, []):
                    found[wire.read(record).type] += 1
        return found
    finally:
        await consumer.stop()
