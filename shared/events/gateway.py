"""Facts told by the gateway: what people have asked for, not yet what came of it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from shared.events.fact import Fact
from shared.events.people import Applicant, HandedIn, Officer


class Requested(Fact):
    """What every request says. A no to it is a fact too (`refusal.request_refused`).

    Its correlation id is the request's own id, so everything that follows from
    it can be found.
    """

    request_id: UUID
    application_id: UUID


class DeskRequested(Requested):
    """A request to the front desk (intake) that serves the case."""

    HEARER = "desk"

    desk: str


class SubmissionRequested(DeskRequested):
    TYPE = "gateway.submission_requested"

    task_code: str
    item_version: int
    applicant: Applicant
    form: dict[str, str]
    materials: tuple[HandedIn, ...]
    channel: Literal["online", "window"]
    clerk: Officer | None = None  # at the window: who took it


class AcceptanceRequested(DeskRequested):
    """Window: take the case on. For an instant item, also decide it in the same act."""

    TYPE = "gateway.acceptance_requested"

    agency: str
    clerk: Officer


class SupplementNoticeRequested(DeskRequested):
    """Window: tell the applicant, once, everything that is missing."""

    TYPE = "gateway.supplement_notice_requested"

    agency: str
    clerk: Officer
    defects: tuple[str, ...]


class SupplementRequested(DeskRequested):
    """Applicant: here is what was missing."""

    TYPE = "gateway.supplement_requested"

    materials: tuple[HandedIn, ...]
    form: dict[str, str]
    note: str


class DeclineRequested(DeskRequested):
    """Window: 不予受理, with the reason."""

    TYPE = "gateway.decline_requested"

    agency: str
    clerk: Officer
    reason: str


class WithdrawalRequested(DeskRequested):
    TYPE = "gateway.withdrawal_requested"

    reason: str


class DeliveryRequested(DeskRequested):
    """Applicant or window: the result has been received."""

    TYPE = "gateway.delivery_requested"

    received_by: str


class AgencyRequested(Requested):
    """A request to the agency whose step it is."""

    HEARER = "agency"

    agency: str
    step: str
    officer: Officer


class StepPassRequested(AgencyRequested):
    TYPE = "gateway.step_pass_requested"

    opinion: str


class StepDecisionRequested(AgencyRequested):
    TYPE = "gateway.step_decision_requested"

    granted: bool
    opinion: str  # the reason, when refused
