"""Which of our events we tell the world, and in what words."""

from __future__ import annotations

from collections.abc import Iterator

from services.gateway.domain.request import Request
from shared.events.fact import Fact
from shared.runtime.aggregate import Aggregate


def tell(event: Aggregate.Event) -> Iterator[Fact]:
    match event:
        case Request.Recorded():
            yield Fact.KNOWN[event.kind].recall(dict(event.payload), event.version)
