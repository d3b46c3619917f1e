"""What came of a request: what the desk tells the world of it, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.gateway.views.rows import Reader, insert, told, upsert
from shared.events.fact import Message, Shape, Text
from shared.events.refusal import RequestRefused
from shared.events.review import ExaminationClosed
from shared.runtime.database import Cursor
from shared.runtime.views import View

DESK = "intake."


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
        request_id uuid PRIMARY KEY, done_at timestamptz, examined_at timestamptz,
        refused_at timestamptz, refusal jsonb);
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        world = [m for m in messages if m.topic == f"tongban.{m.source}"]
        _first(cursor, "done_at", [m for m in world if m.type.startswith(DESK)])
        _first(cursor, "examined_at", [m for m, _ in told(world, ExaminationClosed)])
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


def _first(cursor: Cursor, column: str, messages: Sequence[Message]) -> None:
    """Note when something was first told that follows from a request."""
    first = {m.correlation_id: m.time for m in reversed(messages)}
    insert(
        cursor,
        "outcomes",
        [{"request_id": request, column: at} for request, at in first.items()],
        f"ON CONFLICT (request_id) DO UPDATE SET {column} = EXCLUDED.{column}"
        f" WHERE outcomes.{column} IS NULL",
    )


# What was done can be seen once both tellers of a case have been heard.
_OF = """
SELECT * FROM (
    SELECT o.request_id, o.refused_at, o.refusal,
           CASE WHEN c.number IS NOT NULL AND c.user_id IS NOT NULL THEN
               COALESCE(o.done_at,
                        CASE WHEN c.withdrawn_at IS NOT NULL THEN o.examined_at END)
           END AS done_at
    FROM unnest(%s::uuid[], %s::uuid[]) AS asked(request_id, application_id)
    JOIN outcomes o USING (request_id) LEFT JOIN cases c USING (application_id)) known
WHERE done_at IS NOT NULL OR refused_at IS NOT NULL
"""


class Outcomes(Reader):
    def of(self, asked: Mapping[UUID, UUID]) -> dict[UUID, Outcome]:
        """Return what came of requests, by their ids; `asked` names their cases.

        One is done once the desk has told the world so: then it can be seen. Of a step
        that was examined while the case was withdrawn the desk has no more to say.
        """
        found = self._all(Outcome, _OF, (list(asked), list(asked.values())))
        return {outcome.request_id: outcome for outcome in found}
