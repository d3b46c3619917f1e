"""Something that somebody asked for, as they asked it. It never changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.runtime.aggregate import Aggregate, Created


class Request(Aggregate):
    TOPIC = "gateway.Request"

    # What can happen: it is recorded.

    class Recorded(Created):
        request_id: UUID
        kind: str  # the type of the fact that tells it
        version: int
        payload: dict[str, Any]  # the fact, as it will be told
        person: str
        application_id: UUID

    def __init__(
        self,
        request_id: UUID,
        kind: str,
        version: int,
        payload: dict[str, Any],
        person: str,
        application_id: UUID,
    ) -> None:
        self.kind = kind
        self.version = version
        self.payload = payload
        self.person = person
        self.application_id = application_id

    @staticmethod
    def create_id(request_id: UUID) -> UUID:
        return request_id
