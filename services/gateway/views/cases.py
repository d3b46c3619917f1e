"""Where each case is, by when, and in whose hands: one row a case, one row a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from services.gateway.views import waiting
from services.gateway.views.rows import columns, told, upsert
from shared.events.fact import Fact, Message
from shared.events.intake import (
    ApplicationAccepted,
    ApplicationCompleted,
    ApplicationDecided,
    ApplicationDeclined,
    ApplicationDelivered,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
    FileOpened,
    FileSupplemented,
    StepFinished,
    StepStarted,
    SupplementNoticeGiven,
)
from shared.events.review import ExaminationClosed, ExaminationOpened
from shared.runtime.database import Cursor
from shared.runtime.views import View

CASE: dict[type[Fact], tuple[str, ...]] = {
    ApplicationSubmitted: (
        "number",
        "task_code",
        "item_version",
        "item_name",
        "agency",
        "region",
        "channel",
        "submitted_at",
    ),
    SupplementNoticeGiven: ("given_at",),
    ApplicationSupplemented: ("supplemented_at",),
    ApplicationAccepted: (
        "accepted_on",
        "promise_days",
        "promise_by",
        "promise_due_at",
        "statutory_days",
        "statutory_by",
        "statutory_due_at",
        "calendar_version",
        "is_provisional",
    ),
    ApplicationDeclined: ("declined_at",),
    ApplicationDecided: ("granted", "decided_at"),
    ApplicationCompleted: ("credential_id", "completed_at"),
    ApplicationDelivered: ("delivered_at",),
    ApplicationWithdrawn: ("withdrawn_at",),
}
STEP: dict[type[Fact], tuple[str, ...]] = {
    StepStarted: (
        "step_name",
        "kind",
        "role",
        "agency",
        "level",
        "decide_by",
        "forwarded_by",
    ),
    StepFinished: ("agency", "outcome", "finished_at"),
}
# Whose step it is, is for intake to say: a department speaks of its work only.
EXAMINATION: dict[type[Fact], tuple[str, ...]] = {
    ExaminationOpened: ("opened_at",),
    ExaminationClosed: ("closed_at",),
}


# What may begin or end somebody's work.
_QUEUES: list[type[Fact]] = [*CASE, *STEP, *EXAMINATION, FileOpened]
QUEUED = frozenset(kind.TYPE for kind in _QUEUES)
UNDER_WAY = """accepted_on IS NOT NULL AND declined_at IS NULL
            AND completed_at IS NULL AND withdrawn_at IS NULL"""
EXAMINED = ("application_id", "step", "agency", "source")


class CasesView(View):
    """Filled in by facts that may come in any order; the state follows from them."""

    NAME = "gateway.cases"
    TABLES: ClassVar = ("cases", "steps", "examinations", "files", *waiting.TABLES)
    SCHEMA = f"""
    CREATE TABLE IF NOT EXISTS cases (
        application_id uuid PRIMARY KEY, number text, task_code text,
        item_version int, item_name jsonb, agency text, region text, channel text,
        submitted_at timestamptz, given_at timestamptz, supplemented_at timestamptz,
        accepted_on date, promise_days int, promise_by date,
        promise_due_at timestamptz, statutory_days int, statutory_by date,
        statutory_due_at timestamptz, calendar_version int, is_provisional boolean,
        declined_at timestamptz, granted boolean, decided_at timestamptz,
        credential_id uuid, completed_at timestamptz, delivered_at timestamptz,
        withdrawn_at timestamptz, user_id text, applicant_name text,
        state text GENERATED ALWAYS AS (CASE
            WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'
            WHEN declined_at IS NOT NULL THEN 'declined'
            WHEN delivered_at IS NOT NULL THEN 'delivered'
            WHEN completed_at IS NOT NULL THEN 'completed'
            WHEN decided_at IS NOT NULL THEN 'decided'
            WHEN accepted_on IS NOT NULL THEN 'reviewing'
            WHEN supplemented_at IS NOT NULL THEN 'supplemented'
            WHEN given_at IS NOT NULL THEN 'supplementing'
            WHEN number IS NOT NULL THEN 'submitted' END) STORED,
        window_by date GENERATED ALWAYS AS ((timezone('Asia/Shanghai',
            GREATEST(submitted_at, supplemented_at)))::date + 7) STORED
    ) WITH (fillfactor = 80);
    CREATE INDEX IF NOT EXISTS cases_mine
        ON cases (user_id, submitted_at DESC, application_id DESC);
    CREATE INDEX IF NOT EXISTS cases_by_number ON cases (number);
    CREATE INDEX IF NOT EXISTS cases_under_way ON cases (user_id, promise_by)
        WHERE {UNDER_WAY};
    CREATE TABLE IF NOT EXISTS steps (
        application_id uuid, step text, step_name jsonb, kind text, role text,
        agency text, level int, decide_by date, forwarded_by text,
        started_at timestamptz, outcome text, finished_at timestamptz,
        PRIMARY KEY (application_id, step)) WITH (fillfactor = 80);
    CREATE TABLE IF NOT EXISTS examinations (
        application_id uuid, step text, agency text, source text,
        opened_at timestamptz, closed_at timestamptz,
        PRIMARY KEY (application_id, step, agency, source)) WITH (fillfactor = 80);
    DROP INDEX IF EXISTS examinations_closed;
    CREATE TABLE IF NOT EXISTS files (
        application_id uuid PRIMARY KEY, applicant jsonb, form jsonb,
        materials jsonb, clerk jsonb, note text);
    {waiting.SCHEMA}
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        for kind, names in CASE.items():
            rows = [
                columns(fact, "application_id", *names)
                for _, fact in told(messages, kind)
            ]
            upsert(cursor, "cases", ["application_id"], rows)
        for kind, names in STEP.items():
            rows = [
                columns(fact, "application_id", "step", *names)
                | _started(message, fact)
                for message, fact in told(messages, kind)
            ]
            upsert(cursor, "steps", ["application_id", "step"], rows)
        for kind, names in EXAMINATION.items():
            rows = [
                columns(fact, "application_id", "step", "agency", *names)
                | {"source": message.source}
                for message, fact in told(messages, kind)
            ]
            upsert(cursor, "examinations", EXAMINED, rows)
        _open_files(cursor, messages)
        facts = (m.fact() for m in messages if m.type in QUEUED)
        waiting.look_again(cursor, {fact.subject for fact in facts if fact})


def _started(message: Message, fact: Fact) -> dict[str, Any]:
    if not isinstance(fact, StepStarted):
        return {}
    return {"started_at": fact.started_at or message.time}


def _open_files(cursor: Cursor, messages: Sequence[Message]) -> None:
    opened = [fact for _, fact in told(messages, FileOpened)]
    held = ("application_id", "form", "materials")
    upsert(
        cursor,
        "files",
        ["application_id"],
        [columns(fact, *held, "applicant", "clerk") for fact in opened],
    )
    upsert(
        cursor,
        "cases",
        ["application_id"],
        [
            {
                "application_id": fact.application_id,
                "user_id": fact.applicant.user_id,
                "applicant_name": fact.applicant.name,
            }
            for fact in opened
        ],
    )
    upsert(
        cursor,
        "files",
        ["application_id"],
        [columns(fact, *held, "note") for _, fact in told(messages, FileSupplemented)],
    )
