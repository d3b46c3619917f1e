"""Facts told by review: what became of one step at one agency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.events.fact import Fact, Text
from shared.events.people import Officer

# To the world: that there is work, and that it is done. No words, no names.


class ExaminationOpened(Fact):
    TYPE = "review.examination_opened"

    application_id: UUID
    examination_id: UUID
    step: str
    step_name: Text
    kind: Literal["review", "decide"]
    role: Literal["handler", "reviewer", "decider"]
    agency: str
    decide_by: date
    opened_at: datetime


class ExaminationClosed(Fact):
    TYPE = "review.examination_closed"

    application_id: UUID
    examination_id: UUID
    step: str
    agency: str
    outcome: Literal["passed", "granted", "refused", "recalled"]
    closed_at: datetime


# To the desk that assigned it.


class StepPassed(Fact):
    TYPE = "review.step_passed"
    HEARER = "desk"

    desk: str
    application_id: UUID
    step: str
    agency: str
    officer: Officer
    opinion: str
    passed_at: datetime


class StepDecided(Fact):
    TYPE = "review.step_decided"
    HEARER = "desk"

    desk: str
    application_id: UUID
    step: str
    agency: str
    officer: Officer
    granted: bool
    opinion: str
    decided_at: datetime
