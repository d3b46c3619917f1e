"""Every topic there is, made by one idempotent command and never by use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import typer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.runtime import wire
from shared.runtime.settings import Settings
from tongban import here
from tongban.instances import agencies, instances, regions


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int


class WrongPartitions(Exception):
    """A topic exists with another number of partitions; that number never changes."""


def all_topics(
    settings: Settings,
    codes: Sequence[str],
    in_regions: Sequence[str],
    reviews: Sequence[str],
) -> list[Topic]:
    """Return the topics of a city with these agencies, regions and review sources."""
    world = ["catalog", "intake", "credentials", *reviews]
    addressed = [
        "intake.for.gateway",
        "intake.for.credentials",
        "gateway.for.intake",
        "credentials.for.gateway",
        *(f"{review}.for.{hearer}" for review in reviews for hearer in DESKS),
        *(f"{teller}.for.{a}" for a in codes for teller in ("intake", "gateway")),
    ]
    shared = ["clocks", *(f"alerts.{region}" for region in in_regions)]
    wide = [Topic(f"tongban.{name}", settings.partitions) for name in world]
    clocks = [Topic(f"tongban.{name}", settings.partitions) for name in shared[:1]]
    narrow = [*addressed, *shared[1:]]
    return [
        *wide,
        *clocks,
        *(Topic(f"tongban.{name}", settings.addressed_partitions) for name in narrow),
    ]


DESKS = ("intake", "gateway")


async def make_topics(settings: Settings, topics: Iterable[Topic]) -> list[str]:
    """Make what is missing and return its names.

    Raises WrongPartitions if a topic is there with another number of partitions.
    """
    wanted = {topic.name: topic for topic in topics}
    admin = AIOKafkaAdminClient(**wire.client(settings, "tongban.topics"))
    await admin.start()
    try:
        known = set(await admin.list_topics())
        missing = [t for name, t in wanted.items() if name not in known]
        if missing:
            made = await admin.create_topics(
                [
                    NewTopic(
                        t.name,
                        t.partitions,
                        settings.replication,
                        topic_configs={"retention.ms": "-1"},
                    )
                    for t in missing
                ]
            )
            for _, code, *_ in made.topic_errors:
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise for_code(code)(made.topic_errors)
        # Asked for no topics, a broker describes them all.
        there = known & wanted.keys()
        for described in await admin.describe_topics(sorted(there)) if there else ():
            name, parts = described["topic"], len(described["partitions"])
            if parts != wanted[name].partitions:
                raise WrongPartitions(
                    f"{name} has {parts} partitions, wanted {wanted[name].partitions}"
                )
        return [topic.name for topic in missing]
    finally:
        await admin.close()


def topics() -> None:
    """Make every topic that is missing; change nothing that is there."""
    settings = here.settings()
    made = asyncio.run(make_topics(settings, city_topics(settings)))
    for name in made:
        typer.echo(f"made {name}")
    typer.echo(f"{len(made)} topics made")


def city_topics(settings: Settings) -> list[Topic]:
    """Return the topics of the city as its catalogue describes it."""
    codes = agencies()
    sources = [instance.source for instance in instances()]
    return all_topics(settings, codes, regions(), sources)
