"""The cards of a city: each is issued once, whoever asks and how often."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import IntegrityError
from prometheus_client import Counter, Histogram

from services.monitoring.domain.card import Card
from services.monitoring.rules import RULE, Due
from shared.events.fact import Message
from shared.runtime import clock
from shared.runtime.aggregate import Cause, because_of
from shared.runtime.application import Application
from shared.runtime.batch import Batch

issued = Counter(
    "tongban_cards",
    "Cards issued",
    ["severity", "region", "agency", "rule"],
)
revoked = Counter(
    "tongban_cards_revoked",
    "Cards taken back",
    ["severity", "region", "agency", "rule"],
)
delay = Histogram(
    "tongban_alert_delay_seconds",
    "Real seconds from the instant a card fell due until it was issued",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 600, 3600),
)


ACTOR = "system:monitoring"


class Cards(Application):
    name = "monitoring"

    def whenever(self, message: Message, batch: Batch) -> None:  # noqa: ARG002
        raise TypeError("cards come of time, not of messages")

    def issue(self, dues: Sequence[Due]) -> None:
        """Record these cards in one transaction; those that exist stay as they are."""
        try:
            self._issue(dues)
        except IntegrityError:
            for due in dues:
                with suppress(IntegrityError):  # it has been issued before
                    self._issue([due])

    def revoke(self, dues: Sequence[Due]) -> None:
        """Take back those of these cards that were issued; raises IntegrityError."""
        cards = []
        for due in dues:
            card = self._find(due.card_id)
            if card is None:
                continue
            of = due.clock
            assert of.stopped_at is not None, "only a clock that has stopped voids any"
            with because_of(Cause(ACTOR, of.correlation_id, of.causation_id)):
                card.revoke(of.stopped_at, clock.now())
            cards.append(card)
        self.save(*cards)
        for card in cards:
            revoked.labels(card.severity, card.region, card.agency, card.rule).inc()

    def _find(self, card_id: UUID) -> Card | None:
        try:
            found: object = self.repository.get(card_id)
        except AggregateNotFoundError:
            return None
        return found if isinstance(found, Card) else None

    def _issue(self, dues: Sequence[Due]) -> None:
        cards = [_card(due) for due in dues]
        self.save(*cards)
        rate = clock.rate()
        for card in cards:
            issued.labels(card.severity, card.region, card.agency, card.rule).inc()
            late = (card.issued_at - card.due_at).total_seconds() / max(rate, 1e-9)
            delay.observe(max(0.0, late))


def _card(due: Due) -> Card:
    of = due.clock
    with because_of(Cause(ACTOR, of.correlation_id, of.causation_id)):
        return Card(
            clock_id=of.clock_id,
            application_id=of.application_id,
            severity=due.severity,
            rule=RULE,
            number=of.number,
            item_name=list(of.item_name),
            region=of.region,
            agency=due.agency,
            due_at=due.due_at,
            issued_at=clock.now(),
            message=list(due.message),
        )
