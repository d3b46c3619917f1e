"""Every service's log: the events in it, and the messages that follow from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import services.catalog.messages
import services.credentials.messages
import services.gateway.messages
import services.intake.messages
import services.monitoring.messages
import services.review.messages
from services.catalog.application import Catalog
from services.credentials.application import Credentials
from services.gateway.requests import RequestLog
from services.intake.application import Applications
from services.monitoring.application import Cards
from services.review.application import Examinations
from shared.events.fact import Message
from shared.runtime.aggregate import Aggregate
from shared.runtime.application import Application
from shared.runtime.batch import Log
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Tell, news
from shared.runtime.settings import Settings
from tongban.instances import Instance, instances

AT_ONCE = 2_000  # events read at once


@dataclass(frozen=True)
class Source:
    """One teller, as it looks from its log."""

    name: str
    application: Application
    tell: Tell

    @property
    def database(self) -> str:
        return database(self.name)

    def events(self) -> Iterator[Aggregate.Event]:
        """Yield every event in the order of the log."""
        after = 0
        while True:
            found = self.application.log.select_notifications(
                after, AT_ONCE, inclusive_of_start=False
            )
            if not found:
                return
            for notification in found:
                event = self.application.mapper.to_domain_event(notification)
                assert isinstance(event, Aggregate.Event)
                yield event
            after = found[-1].id

    def messages(self) -> Iterator[Message]:
        """Yield every message that the log says must be told."""
        after = 0
        while True:
            reached, told = news(self.application, self.name, self.tell, after, AT_ONCE)
            yield from told
            if reached == after:
                return
            after = reached


def database(source: str) -> str:
    return "tongban_" + re.sub(r"\W", "_", source)


@contextmanager
def sources(settings: Settings) -> Iterator[list[Source]]:
    """Open the logs of the whole city."""
    with ExitStack() as held:

        def log(name: str) -> Log:
            opened = PostgresLog(settings.database(database(name)))
            held.callback(opened.close)
            return opened

        yield [
            Source("catalog", Catalog(log("catalog")), services.catalog.messages.tell),
            Source(
                "gateway", RequestLog(log("gateway")), services.gateway.messages.tell
            ),
            Source(
                "intake",
                Applications(log("intake")),
                services.intake.messages.teller("intake"),
            ),
            *(_review(each, log(each.source)) for each in instances()),
            Source(
                "credentials",
                Credentials(log("credentials")),
                services.credentials.messages.tell,
            ),
            Source(
                "monitoring",
                Cards(log("monitoring")),
                services.monitoring.messages.tell,
            ),
        ]


def named(found: Sequence[Source], name: str) -> Source:
    [one] = [source for source in found if source.name == name]
    return one


def _review(instance: Instance, log: Log) -> Source:
    examinations = Examinations(log, instance.source, instance.agencies)
    return Source(instance.source, examinations, services.review.messages.tell)
