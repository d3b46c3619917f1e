"""Which of our events we tell the supervisors, and in what words."""

from __future__ import annotations

from collections.abc import Iterator

from services.monitoring.domain.card import Card
from shared.events.fact import Fact, Text
from shared.events.monitoring import CardIssued, CardRevoked
from shared.runtime.aggregate import Aggregate


def tell(event: Aggregate.Event) -> Iterator[Fact]:
    if isinstance(event, Card.Issued):
        yield CardIssued.model_validate(
            vars(event)
            | {
                "card_id": event.originator_id,
                "item_name": _text(event.item_name),
                "message": _text(event.message),
            }
        )
    if isinstance(event, Card.Revoked):
        yield CardRevoked.model_validate(
            event.card
            | {
                "card_id": event.originator_id,
                "ended_at": event.ended_at,
                "revoked_at": event.revoked_at,
            }
        )


def _text(words: list[str]) -> Text:
    zh, en = words
    return Text(zh=zh, en=en)
