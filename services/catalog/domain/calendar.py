"""The working days of the city, in versions: a deadline names the one it counted by."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.runtime.aggregate import Aggregate, Created


class Calendar(Aggregate):
    TOPIC = "catalog.Calendar"

    # What can happen, and what it changes.

    class Opened(Created):
        name: str

    class Published(Aggregate.Event):
        version: int
        years: list[int]
        days: list[dict[str, Any]]

        def apply(self, aggregate: Calendar) -> None:
            aggregate.latest = self.version
            aggregate.years = self.years
            aggregate.days = self.days

    def __init__(self, name: str) -> None:
        self.name = name
        self.latest = 0  # `version` is the aggregate's own
        self.years: list[int] = []
        self.days: list[dict[str, Any]] = []

    @staticmethod
    def create_id(name: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"catalog/calendar/{name}")

    # What may be asked.

    def publish(self, years: Sequence[int], days: Sequence[dict[str, Any]]) -> None:
        """Publish the next version, unless this is what is published.

        `days` are plain: {"on": "2016-02-08", "is_workday": false, "reason": {…}}.
        """
        if self.latest and (list(years), list(days)) == (self.years, self.days):
            return
        self.trigger_event(
            self.Published,
            version=self.latest + 1,
            years=list(years),
            days=deepcopy(list(days)),
        )
