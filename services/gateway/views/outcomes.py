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
    TABLES: ClassVar = ("outcomes", "examined")
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS outcomes (
        request_id uuid PRIMARY KEY, done_at timestamptz, refused_at timestamptz,
        refusal jsonb);
    CREATE TABLE IF NOT EXISTS examined (
        request_id uuid, source text, step text, agency text, examined_at timestamptz,
        PRIMARY KEY (request_id, source));
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        world = [m for m in messages if m.topic == f"tongban.{m.source}"]
        _done(cursor, [m for m in world if m.type.startswith(DESK)])
        _examined(cursor, list(told(world, ExaminationClosed)))
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


def _done(cursor: Cursor, messages: Sequence[Message]) -> None:
    """Note when the desk first told something that follows from a request."""
    first = {m.correlation_id: m.time for m in reversed(messages)}
    insert(
        cursor,
        "outcomes",
        [{"request_id": request, "done_at": at} for request, at in first.items()],
        "ON CONFLICT (request_id) DO UPDATE SET done_at = EXCLUDED.done_at"
        " WHERE outcomes.done_at IS NULL",
    )


def _examined(
    cursor: Cursor, closed: Sequence[tuple[Message, ExaminationClosed]]
) -> None:
    """Note who says that a step was examined upon a request: not all are believed."""
    rows = [
        {
            "request_id": message.correlation_id,
            "source": message.source,
            "step": fact.step,
            "agency": fact.agency,
            "examined_at": message.time,
        }
        for message, fact in closed
    ]
    insert(cursor, "examined", rows, "ON CONFLICT DO NOTHING")


# A department is believed about the steps of its own agencies, and of no others.
_EXAMINED = """
SELECT min(examined_at) FROM examined
JOIN steps s USING (step, agency)
JOIN agencies a ON (a.code, a.review) = (agency, source)
WHERE (examined.request_id, s.application_id)
    = (asked.request_id, asked.application_id)
"""
# What was done can be seen once both tellers of a case have been heard. Few cases are
# withdrawn: as a join, who examined them would be looked up for all the others too.
_OF = f"""
SELECT * FROM (
    SELECT asked.request_id, o.refused_at, o.refusal,
           CASE WHEN c.number IS NOT NULL AND c.user_id IS NOT NULL THEN
               COALESCE(o.done_at,
                        CASE WHEN c.withdrawn_at IS NOT NULL THEN ({_EXAMINED}) END)
           END AS done_at
    FROM unnest(%s::uuid[], %s::uuid[]) AS asked(request_id, application_id)
    LEFT JOIN outcomes o USING (request_id)
    LEFT JOIN cases c USING (application_id)) known
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
