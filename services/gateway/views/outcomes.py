"""What came of a request: the first fact that follows from it, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.gateway.views.rows import Reader, insert, told, upsert
from shared.events.fact import Message, Shape, Text
from shared.events.refusal import RequestRefused
from shared.runtime.database import Cursor
from shared.runtime.views import View

ANSWERING = ("intake.", "review.")


class Refusal(Shape):
    """The rule that said no, in words for the person who asked."""

    rule: str
    reason: Text
    what_next: Text
    basis: str


class Outcome(Shape):
    request_id: UUID
    done_at: datetime | None
    refused_at: datetime | None
    refusal: Refusal | None


class OutcomesView(View):
    NAME = "gateway.outcomes"
    TABLES: ClassVar = ("outcomes",)
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS outcomes (
        request_id uuid PRIMARY KEY, done_at timestamptz, refused_at timestamptz,
        refusal jsonb);
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        done = {
            message.correlation_id: message.time
            for message in reversed(messages)
            if message.type.startswith(ANSWERING)
        }
        insert(
            cursor,
            "outcomes",
            [{"request_id": key, "done_at": at} for key, at in done.items()],
            "ON CONFLICT (request_id) DO UPDATE SET done_at = EXCLUDED.done_at"
            " WHERE outcomes.done_at IS NULL",
        )
        upsert(
            cursor,
            "outcomes",
            ["request_id"],
            [
                {
                    "request_id": fact.request_id,
                    "refused_at": message.time,
                    "refusal": Refusal.model_validate(fact, from_attributes=True),
                }
                for message, fact in told(messages, RequestRefused)
            ],
        )


class Outcomes(Reader):
    def outcome(self, request_id: UUID) -> Outcome | None:
        """Return what came of a request; None while nothing has been heard."""
        return self._one(
            Outcome, "SELECT * FROM outcomes WHERE request_id = %s", (request_id,)
        )
