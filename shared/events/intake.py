"""Facts told by intake: the life of a case. To the world without personal data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.events.fact import Fact, Text
from shared.events.people import Applicant, HandedIn, Officer, Opinion

# To the world.


class ApplicationSubmitted(Fact):
    TYPE = "intake.application_submitted"

    application_id: UUID
    number: str  # 办件编号: task_code + YYYYMMDD + serial
    task_code: str
    item_version: int
    item_name: Text
    agency: str
    region: str
    channel: Literal["online", "window"]
    submitted_at: datetime


class SupplementNoticeGiven(Fact):
    TYPE = "intake.supplement_notice_given"

    application_id: UUID
    given_at: datetime


class ApplicationSupplemented(Fact):
    TYPE = "intake.application_supplemented"

    application_id: UUID
    supplemented_at: datetime


class ApplicationAccepted(Fact):
    """Accepted; the clocks run. Due instants are the ends of the last days (UTC)."""

    TYPE = "intake.application_accepted"

    application_id: UUID
    accepted_on: date  # Asia/Shanghai; day 0
    promise_days: int
    promise_by: date
    promise_due_at: datetime
    statutory_days: int | None
    statutory_by: date | None
    statutory_due_at: datetime | None
    calendar_version: int
    is_provisional: bool  # a year was counted that the calendar does not know
    accepted_at: datetime | None = None


class ApplicationDeclined(Fact):
    """不予受理."""

    TYPE = "intake.application_declined"

    application_id: UUID
    declined_at: datetime


class StepStarted(Fact):
    TYPE = "intake.step_started"

    application_id: UUID
    step: str
    step_name: Text
    kind: Literal["review", "decide"]
    agency: str
    level: int
    decide_by: date
    forwarded_by: str | None  # the agency that sent the file up, if another
    started_at: datetime | None = None
    role: Literal["handler", "reviewer", "decider"] | None = None


class StepFinished(Fact):
    TYPE = "intake.step_finished"

    application_id: UUID
    step: str
    agency: str
    outcome: Literal["passed", "granted", "refused"]
    finished_at: datetime


class ApplicationDecided(Fact):
    TYPE = "intake.application_decided"

    application_id: UUID
    granted: bool
    agency: str
    decided_at: datetime


class ApplicationCompleted(Fact):
    """办结: the result is registered."""

    TYPE = "intake.application_completed"

    application_id: UUID
    credential_id: UUID | None
    completed_at: datetime


class ApplicationDelivered(Fact):
    TYPE = "intake.application_delivered"

    application_id: UUID
    delivered_at: datetime


class ApplicationWithdrawn(Fact):
    TYPE = "intake.application_withdrawn"

    application_id: UUID
    withdrawn_at: datetime


# To the gateway: what the parties of the case may read.


class FileOpened(Fact):
    TYPE = "intake.file_opened"
    FOR = "gateway"

    application_id: UUID
    applicant: Applicant
    form: dict[str, str]
    materials: tuple[HandedIn, ...]
    clerk: Officer | None = None


class FileSupplemented(Fact):
    """What the file holds after the applicant added to it."""

    TYPE = "intake.file_supplemented"
    FOR = "gateway"

    application_id: UUID
    form: dict[str, str]
    materials: tuple[HandedIn, ...]
    note: str


class RemarkMade(Fact):
    """Words that belong to an act: a reason, an opinion, a list of what is missing."""

    TYPE = "intake.remark_made"
    FOR = "gateway"

    application_id: UUID
    about: Literal[
        "supplement_notice", "accepted", "declined", "step", "withdrawn", "delivered"
    ]
    step: str | None = None
    by: Officer | None = None
    text: str
    points: tuple[str, ...] = ()
    made_at: datetime


# To the agency whose step it is.


class StepAssigned(Fact):
    """The file of one step, handed to the agency that examines it."""

    TYPE = "intake.step_assigned"
    HEARER = "agency"

    application_id: UUID
    desk: str  # the intake instance to answer
    number: str
    task_code: str
    item_version: int
    item_name: Text
    step: str
    step_name: Text
    kind: Literal["review", "decide"]
    role: Literal["handler", "reviewer", "decider"]
    agency: str
    region: str
    decide_by: date
    applicant: Applicant
    form: dict[str, str]
    materials: tuple[HandedIn, ...]
    opinions: tuple[Opinion, ...]


class StepRecalled(Fact):
    """The step is no longer wanted. On the assignment's channel, so never before it."""

    TYPE = "intake.step_recalled"
    HEARER = "agency"

    application_id: UUID
    agency: str
    step: str
    reason: str


# To credentials.


class CredentialOrdered(Fact):
    """A decision grants a credential; its holder and what it must say."""

    TYPE = "intake.credential_ordered"
    FOR = "credentials"

    application_id: UUID
    number: str
    credential_type: str
    name: Text
    holder: Applicant
    agency: str  # who decided, and so issues
    region: str
    valid_from: date
    valid_years: int | None
    face: dict[str, str]
