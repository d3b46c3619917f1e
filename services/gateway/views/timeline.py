"""What has happened in a case, when, and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from services.gateway.views.rows import Reader, insert
from shared.events.fact import Message, Shape
from shared.events.intake import (
    ApplicationAccepted,
    ApplicationCompleted,
    ApplicationDecided,
    ApplicationDeclined,
    ApplicationDelivered,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
    RemarkMade,
    StepFinished,
    StepStarted,
    SupplementNoticeGiven,
)
from shared.events.monitoring import CardIssued, CardRevoked
from shared.events.people import Officer
from shared.runtime.database import Cursor
from shared.runtime.views import View

KINDS = {
    ApplicationSubmitted.TYPE: "submitted",
    SupplementNoticeGiven.TYPE: "supplement_notice",
    ApplicationSupplemented.TYPE: "supplemented",
    ApplicationAccepted.TYPE: "accepted",
    ApplicationDeclined.TYPE: "declined",
    StepStarted.TYPE: "step_started",
    StepFinished.TYPE: "step_finished",
    ApplicationDecided.TYPE: "decided",
    ApplicationCompleted.TYPE: "completed",
    ApplicationDelivered.TYPE: "delivered",
    ApplicationWithdrawn.TYPE: "withdrawn",
    CardIssued.TYPE: "card",
    CardRevoked.TYPE: "card_revoked",
    RemarkMade.TYPE: "remark",
}
# What a fact calls the moment people acted: it may be told much later.
MOMENTS = (
    *(f"{kind}_at" for kind in KINDS.values()),
    "given_at",
    "started_at",
    "finished_at",
    "issued_at",
    "revoked_at",
    "made_at",
)
REMARKED = {"step": "step_finished"}  # else the remark is about the kind itself


class Remark(Shape):
    """Words that belong to an act, and who said them: for the parties only."""

    by: Officer | None
    text: str
    points: tuple[str, ...] = ()


class Entry(Shape):
    """One thing that happened. `data` is the fact as told to the world."""

    seq: int
    kind: str  # a value of KINDS, never "remark"
    at: datetime
    step: str | None
    agency: str | None
    data: dict[str, Any]
    remark: Remark | None = None


class TimelineView(View):
    NAME = "gateway.timeline"
    TABLES: ClassVar = ("timeline",)
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS timeline (
        application_id uuid NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY,
        kind text NOT NULL, at timestamptz NOT NULL, step text, agency text,
        data jsonb NOT NULL, PRIMARY KEY (application_id, seq));
    CREATE INDEX IF NOT EXISTS timeline_said ON timeline ((data #>> '{by,id}'), at)
        WHERE kind = 'remark';
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        insert(
            cursor,
            "timeline",
            [
                {
                    "application_id": message.data["application_id"],
                    "kind": KINDS[message.type],
                    "at": _moment(message),
                    "step": message.data.get("step"),
                    "agency": message.data.get("agency"),
                    "data": message.data,
                }
                for message in messages
                if message.type in KINDS
            ],
        )


class Timeline(Reader):
    def entries(
        self, application_id: UUID, *, with_words: bool, after: int = 0
    ) -> list[Entry]:
        """Return what happened, oldest first; words only for the parties.

        `after` leaves out what was known up to that `seq`, for live updates.
        """
        rows = self._all(
            Entry,
            "SELECT seq, kind, at, step, agency, data FROM timeline"
            " WHERE application_id = %s ORDER BY at, seq LIMIT 500",
            (application_id,),
        )
        said = {
            (_about(row), row.step): row
            for row in rows
            if row.kind == "remark" and with_words
        }
        return [
            _with(row, said.get((row.kind, row.step)))
            for row in rows
            if row.kind != "remark" and _seq(row, said) > after
        ]


def _moment(message: Message) -> datetime | str:
    said = (message.data.get(name) for name in MOMENTS)
    return next((moment for moment in said if moment), message.time)


def _about(remark: Entry) -> str:
    about = str(remark.data["about"])
    return REMARKED.get(about, about)


def _seq(row: Entry, said: dict[tuple[str, str | None], Entry]) -> int:
    remark = said.get((row.kind, row.step))
    return max(row.seq, remark.seq if remark else 0)


def _with(row: Entry, remark: Entry | None) -> Entry:
    if remark is None:
        return row
    return row.model_copy(
        update={
            "seq": max(row.seq, remark.seq),
            "remark": Remark.model_validate(remark.data),
        }
    )
