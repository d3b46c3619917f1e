"""What came of a request: what the desk tells the world of it, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
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


class Outcomes(Reader):
    def outcome(self, request_id: UUID, application_id: UUID) -> Outcome | None:
        """Return what came of a request on a case; None while nothing is known.

        It is done once the desk has told the world so: then it can be seen. Of a step
        that was examined while the case was withdrawn the desk has no more to say.
        """
        return self._one(
            Outcome,
            "SELECT * FROM (SELECT o.request_id, o.refused_at, o.refusal,"
            "   COALESCE(o.done_at, CASE WHEN c.withdrawn_at IS NOT NULL"
            "     THEN o.examined_at END) AS done_at"
            "   FROM outcomes o LEFT JOIN cases c ON c.application_id = %s"
            "   WHERE o.request_id = %s) known"
            " WHERE done_at IS NOT NULL OR refused_at IS NOT NULL",
            (application_id, request_id),
        )
