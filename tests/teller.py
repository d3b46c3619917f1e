"""Somebody outside who tells facts through a real log and a real relay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

from shared.events.fact import Fact
from shared.runtime.aggregate import Aggregate, Cause, Created, because_of
from shared.runtime.application import Application


class Saying(Aggregate):
    TOPIC = "tests.Saying"

    class Said(Created):
        type: str
        data: dict[str, Any]

    def __init__(self, type: str, data: dict[str, Any]) -> None:
        self.type = type

    @staticmethod
    def create_id() -> UUID:
        return uuid4()


class Teller(Application):
    name = "teller"

    def whenever(self, *_: object) -> None:
        raise TypeError("a teller hears nothing")

    def say(self, *facts: Fact, actor: str = "system:test") -> None:
        sayings = []
        for fact in facts:
            request_id = getattr(fact, "request_id", uuid4())
            with because_of(Cause(actor, request_id)):
                sayings.append(
                    Saying(type=fact.TYPE, data=fact.model_dump(mode="json"))
                )
        self.save(*sayings)


def tell(event: Aggregate.Event) -> Iterator[Fact]:
    if isinstance(event, Saying.Said):
        yield Fact.KNOWN[event.type].model_validate(event.data)
