"""Carries what each log tells straight to whoever listens, as Kafka would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.faults.logs import Source, named, sources
from services.credentials.bootstrap import HEARS as CREDENTIALS
from services.gateway.bootstrap import HEARS as GATEWAY
from services.gateway.bootstrap import stores
from services.gateway.requests import RequestLog
from services.gateway.views import views
from services.intake.bootstrap import hears as desk_hears
from services.monitoring.application import Cards
from services.monitoring.projections import Agenda, ClocksView
from services.monitoring.source import CLOCKS
from services.review.application import Examinations
from services.review.bootstrap import hears as department_hears
from shared.events.fact import Message
from shared.runtime import clock
from shared.runtime.database import Pool
from shared.runtime.hearing import Channel, Poll
from shared.runtime.log import PostgresLog
from shared.runtime.relay import news
from shared.runtime.settings import Settings
from shared.runtime.told import Told
from shared.runtime.views import Views
from tongban.topics import city_topics

AT_ONCE = 20_000  # events read from a log at once


@dataclass
class Ear:
    """Whoever listens to some topics. `is_patient`: it hears when a chunk is done."""

    topics: re.Pattern[str]
    hear: Callable[[Poll], None]
    is_patient: bool = False
    inbox: dict[Channel, list[Message]] = field(default_factory=dict)

    def empty(self) -> bool:
        """Hear what has come; return whether anything has."""
        poll, self.inbox = self.inbox, {}
        if poll:
            self.hear(poll)
        return bool(poll)


@dataclass
class Pipe:
    """What is told here need not be on Kafka: all who listen have heard it."""

    requests: RequestLog
    readers: Pool
    sources: Sequence[Source]
    ears: Sequence[Ear]
    widths: dict[str, list[int]]
    told: dict[str, Told]
    decide: Callable[[], int]
    _ears_of: dict[str, list[Ear]] = field(default_factory=dict)

    def settle(self) -> None:
        """Carry until the services have no more to say to each other."""
        while self._carry():
            for ear in self.ears:
                if not ear.is_patient:
                    ear.empty()

    def finish(self) -> None:
        """Let the screens and monitoring hear what has come; note how far it was."""
        for ear in self.ears:
            ear.empty()
        while self.decide():
            continue
        self.settle()
        for ear in self.ears:
            ear.empty()
        for source in self.sources:
            log = source.application.log
            assert isinstance(log, PostgresLog)
            with log.pool.connection() as connection:
                connection.execute(*self.told[source.name].so_far())

    def _carry(self) -> bool:
        before = [told.position for told in self.told.values()]
        for source in self.sources:
            told = self.told[source.name]
            told.position, messages = news(
                source.application, source.name, source.tell, told.position, AT_ONCE
            )
            for message in messages:
                self._put(told, message)
        return before != [told.position for told in self.told.values()]

    def _put(self, told: Told, message: Message) -> None:
        part = told.part_of(message, self.widths[message.topic])
        before, offset = told.ends.get(part, (0, -1))
        told.ends[part] = (message.position, offset)
        channel = Channel(message.source, part.topic, part.partition)
        chained = message.model_copy(update={"previous": before})
        for ear in self._hearing(message.topic):
            ear.inbox.setdefault(channel, []).append(chained)

    def _hearing(self, topic: str) -> list[Ear]:
        if topic not in self._ears_of:
            self._ears_of[topic] = [e for e in self.ears if e.topics.match(topic)]
        return self._ears_of[topic]


@contextmanager
def pipe(settings: Settings) -> Iterator[Pipe]:
    """Open all databases of a city that does not run now."""
    with sources(settings) as found, stores(settings) as kept:
        clocks = ClocksView(settings.partitions)
        monitoring = named(found, "monitoring").application
        assert isinstance(monitoring, Cards)
        log = PostgresLog(monitoring.log.conninfo, [clocks.SCHEMA])  # type: ignore[union-attr]
        told = {each.name: _told(each) for each in found}
        requests = named(found, "gateway").application
        assert isinstance(requests, RequestLog)
        agenda = Agenda(log.pool)

        def decide() -> int:
            until = dict.fromkeys(range(settings.partitions), clock.now())
            return agenda.decide(until, monitoring.issue, monitoring.revoke)

        try:
            yield Pipe(
                requests,
                kept.readers,
                found,
                [
                    *_services(found),
                    _ear(GATEWAY, Views(kept.log.pool, views()).hear, is_patient=True),
                    _ear(
                        [re.escape(CLOCKS)],
                        Views(log.pool, [clocks]).hear,
                        is_patient=True,
                    ),
                ],
                {t.name: list(range(t.partitions)) for t in city_topics(settings)},
                told,
                decide,
            )
        finally:
            log.close()


def _told(source: Source) -> Told:
    assert isinstance(source.application.log, PostgresLog)
    told = Told(source.application.log, source.name)
    told.resume()
    return told


def _services(found: Iterable[Source]) -> Iterator[Ear]:
    for source in found:
        application = source.application
        if source.name == "intake":
            yield _ear(desk_hears("intake"), application.hear)
        elif source.name == "credentials":
            yield _ear(CREDENTIALS, application.hear)
        elif isinstance(application, Examinations):
            agencies = sorted(application.agencies)
            yield _ear(department_hears(agencies), application.hear)


def _ear(
    topics: Iterable[str], hear: Callable[[Poll], None], is_patient: bool = False
) -> Ear:
    return Ear(re.compile("^(" + "|".join(topics) + ")$"), hear, is_patient)
