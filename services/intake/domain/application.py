"""A case (办件), from submission to delivery: what happened, and what may happen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from services.intake.domain import rules
from services.intake.domain.limits import Limits
from shared.runtime.aggregate import Aggregate, Created

Shape = dict[str, Any]  # a wire shape that passes through the domain unread


class Moved(Aggregate.Event):
    """An event that does nothing but bring the case into another state."""

    TO: ClassVar[str]

    def apply(self, aggregate: Application) -> None:
        aggregate.state = self.TO


class Application(Aggregate):
    TOPIC = "intake.Application"

    # What can happen, and what it changes.

    class Submitted(Created):
        """`case` is what it is about; `file` is what the applicant handed in."""

        application_id: UUID
        case: Shape  # number, task_code, item_version, item_name, agency, region
        file: Shape  # applicant, form, materials
        channel: str
        clerk: Shape | None
        submitted_at: datetime

    class SupplementNoticeGiven(Aggregate.Event):
        clerk: Shape
        defects: list[str]
        given_at: datetime

        def apply(self, aggregate: Application) -> None:
            aggregate.has_given_notice = True
            aggregate.state = "supplementing"

    class Supplemented(Aggregate.Event):
        form: dict[str, str]
        materials: list[Shape]
        note: str
        supplemented_at: datetime

        def apply(self, aggregate: Application) -> None:
            # A new one: events that have not been stored yet hold the old one.
            renewed = {"form": self.form, "materials": self.materials}
            aggregate.file = aggregate.file | renewed
            aggregate.state = "submitted"

    class Declined(Moved):
        TO = "declined"
        clerk: Shape
        reason: str
        declined_at: datetime

    class Accepted(Aggregate.Event):
        clerk: Shape
        case: Shape
        accepted_at: datetime
        limits: Shape

        def apply(self, aggregate: Application) -> None:
            aggregate.state = "accepted"

    class StepStarted(Aggregate.Event):
        """The whole file goes with it: what the next agency needs, and nothing else."""

        step: Shape
        case: Shape
        file: Shape
        opinions: list[Shape]
        decide_by: date
        forwarded_by: str | None
        started_at: datetime

        def apply(self, aggregate: Application) -> None:
            aggregate.step = self.step
            aggregate.holder = self.step["agency"]

    class StepFinished(Aggregate.Event):
        step: str
        agency: str
        officer: Shape
        outcome: str
        opinion: str
        finished_at: datetime

        def apply(self, aggregate: Application) -> None:
            aggregate.step = None
            named = ("step", "agency", "officer", "outcome")
            said = {name: getattr(self, name) for name in named}
            said |= {"text": self.opinion, "at": self.finished_at.isoformat()}
            aggregate.opinions = [*aggregate.opinions, said]

    class Decided(Moved):
        """`credential` says what to issue, if the decision grants one."""

        TO = "decided"
        granted: bool
        agency: str
        decided_at: datetime
        credential: Shape | None

    class Completed(Moved):
        TO = "completed"
        credential_id: UUID | None
        completed_at: datetime

    class Delivered(Moved):
        TO = "delivered"
        received_by: str
        delivered_at: datetime

    class Withdrawn(Aggregate.Event):
        reason: str
        was_accepted: bool
        open_step: str | None
        open_agency: str | None
        withdrawn_at: datetime

        def apply(self, aggregate: Application) -> None:
            aggregate.state = "withdrawn"
            aggregate.step = None

    def __init__(
        self,
        application_id: UUID,
        case: Shape,
        file: Shape,
        channel: str,
        clerk: Shape | None,
        submitted_at: datetime,
    ) -> None:
        self.case = case
        self.file = file
        self.state = "submitted"
        self.has_given_notice = False
        self.step: Shape | None = None
        self.holder = case["agency"]  # who has the work now
        self.opinions: list[Shape] = []

    @staticmethod
    def create_id(application_id: UUID) -> UUID:
        return application_id

    # What may be asked, and when the answer is no.

    def give_supplement_notice(
        self, agency: str, clerk: Shape, defects: list[str], at: datetime
    ) -> None:
        """Tell the applicant, once, everything that is missing (行政许可法 art. 32)."""
        self._must_be_the_window_of(agency)
        if self.has_given_notice:
            raise rules.OnlyOneSupplementNotice
        self._must_await_acceptance()
        if not any(defect.strip() for defect in defects):
            raise rules.NothingIsSaidToBeMissing
        self.trigger_event(
            self.SupplementNoticeGiven, clerk=clerk, defects=defects, given_at=at
        )

    def supplement(
        self, actor: str, form: Shape, materials: list[Shape], note: str, at: datetime
    ) -> None:
        self._must_be_the_applicant(actor)
        if self.state != "supplementing":
            raise rules.NotAwaitingSupplement
        known = self.file["form"]
        if form.items() <= known.items() and not materials and not note.strip():
            raise rules.NothingIsAdded
        renewed = {material["material"] for material in materials}
        kept = [m for m in self.file["materials"] if m["material"] not in renewed]
        self.trigger_event(
            self.Supplemented,
            form=known | form,
            materials=kept + materials,
            note=note,
            supplemented_at=at,
        )

    def decline(self, agency: str, clerk: Shape, reason: str, at: datetime) -> None:
        self._must_be_the_window_of(agency)
        self._must_await_acceptance()
        if not reason.strip():
            raise rules.ReasonMissing
        self.trigger_event(self.Declined, clerk=clerk, reason=reason, declined_at=at)

    def accept(self, agency: str, clerk: Shape, limits: Limits, at: datetime) -> None:
        """Accept; the clocks of `limits` start."""
        self._must_be_the_window_of(agency)
        self._must_await_acceptance()
        self.trigger_event(
            self.Accepted,
            clerk=clerk,
            case=self.case,
            accepted_at=at,
            limits=vars(limits),
        )

    def start_step(self, step: Shape, decide_by: date, at: datetime) -> None:
        """Hand the file to the agency of the next step, under the same number."""
        self.trigger_event(
            self.StepStarted,
            step=step,
            case=self.case,
            file=self.file,
            opinions=self.opinions,
            decide_by=decide_by,
            forwarded_by=self.holder if self.holder != step["agency"] else None,
            started_at=at,
        )

    def finish_step(
        self,
        step: str,
        agency: str,
        officer: Shape,
        outcome: str,
        opinion: str,
        at: datetime,
    ) -> bool:
        """Note what became of a step; return False if it was no longer wanted."""
        if self.step is None or self.step["code"] != step:
            return False
        if self.step["agency"] != agency:
            raise rules.AnotherAgencysStep
        if (self.step["kind"] == "decide") != (outcome in ("granted", "refused")):
            raise rules.NotWhatTheStepIsFor
        self.trigger_event(
            self.StepFinished,
            step=step,
            agency=agency,
            officer=officer,
            outcome=outcome,
            opinion=opinion,
            finished_at=at,
        )
        return True

    def decide(
        self, granted: bool, agency: str, credential: Shape | None, at: datetime
    ) -> None:
        self.trigger_event(
            self.Decided,
            granted=granted,
            agency=agency,
            decided_at=at,
            credential=credential,
        )
        if credential is None:
            self.complete(None, at)

    def complete(self, credential_id: UUID | None, at: datetime) -> None:
        if self.state == "decided":
            self.trigger_event(
                self.Completed, credential_id=credential_id, completed_at=at
            )

    def deliver(self, received_by: str, at: datetime) -> None:
        if self.state == "delivered":
            raise rules.AlreadyReceived
        if self.state != "completed":
            raise rules.NotYetDecided
        self.trigger_event(self.Delivered, received_by=received_by, delivered_at=at)

    def withdraw(self, actor: str, reason: str, at: datetime) -> None:
        self._must_be_the_applicant(actor)
        if self.state not in ("submitted", "supplementing", "accepted"):
            raise rules.AlreadyDecided
        self.trigger_event(
            self.Withdrawn,
            reason=reason,
            was_accepted=self.state == "accepted",
            open_step=self.step["code"] if self.step else None,
            open_agency=self.step["agency"] if self.step else None,
            withdrawn_at=at,
        )

    def _must_await_acceptance(self) -> None:
        if self.state != "submitted":
            raise rules.NotAwaitingAcceptance(**rules.STATES[self.state])

    def _must_be_the_window_of(self, agency: str) -> None:
        if agency != self.case["agency"]:
            raise rules.AnotherAgencysCase

    def _must_be_the_applicant(self, actor: str) -> None:
        if actor != self.file["applicant"]["user_id"]:
            raise rules.NotYourCase
