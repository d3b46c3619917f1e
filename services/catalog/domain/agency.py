"""An agency that handles cases, as it is known by now."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.runtime.aggregate import Aggregate, Created


class Agency(Aggregate):
    TOPIC = "catalog.Agency"

    # What can happen, and what it changes.

    class Listed(Created):
        code: str

    class Registered(Aggregate.Event):
        content: dict[str, Any]

        def apply(self, aggregate: Agency) -> None:
            aggregate.content = self.content

    def __init__(self, code: str) -> None:
        self.code = code
        self.content: Mapping[str, Any] = {}

    @staticmethod
    def create_id(code: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"catalog/agency/{code}")

    # What may be asked.

    def register(self, content: Mapping[str, Any]) -> None:
        """Register the agency with these particulars, unless they are known."""
        if content != self.content:
            self.trigger_event(self.Registered, content=deepcopy(dict(content)))
