"""Whether what the gateway is told arrives: how far each view is, what is set aside."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from services.gateway.views.rows import PAGE, Reader
from shared.events.fact import Shape


class ViewHealth(Shape):
    """`parked` messages wait for an operator, `waiting` ones for something else."""

    listener: str
    sources: int  # tellers it has heard
    parked: int
    waiting: int


class SetAside(Shape):
    """A message that could not be handled; what it says is not shown."""

    listener: str
    source: str
    position: int
    type: str
    subject: UUID
    reason: str
    is_waiting: bool
    tries: int
    stopped_at: datetime

    @property
    def failure(self) -> str:
        """Return the name of what failed; its words may quote the message."""
        return re.split(r"[(\n]", self.reason, maxsplit=1)[0]


class Operations(Reader):
    def views(self) -> list[ViewHealth]:
        return self._all(
            ViewHealth,
            "SELECT listener, heard.sources, COALESCE(parked, 0) AS parked,"
            " COALESCE(waiting, 0) AS waiting FROM"
            " (SELECT listener, count(DISTINCT source) AS sources FROM positions"
            "  GROUP BY listener) heard"
            " LEFT JOIN (SELECT listener,"
            "   count(*) FILTER (WHERE is_waiting) AS waiting,"
            "   count(*) FILTER (WHERE NOT is_waiting) AS parked FROM stopped"
            "   GROUP BY listener) aside USING (listener) ORDER BY listener",
        )

    def set_aside(self, limit: int = PAGE) -> list[SetAside]:
        """Return the messages that are set aside, parked and oldest first."""
        return self._all(
            SetAside,
            "SELECT listener, source, position, message ->> 'type' AS type, subject,"
            " reason, is_waiting, tries, stopped_at FROM stopped"
            " ORDER BY is_waiting, stopped_at, position LIMIT %s",
            (limit,),
        )
