"""An agency's examination of one step of a case, from assignment to opinion."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.review.domain import rules
from shared.runtime.aggregate import Aggregate, Created

Shape = dict[str, Any]  # a wire shape that passes through the domain unread


class Examination(Aggregate):
    TOPIC = "review.Examination"

    # What can happen, and what it changes.

    class Opened(Created):
        application_id: UUID
        desk: str
        agency: str
        step: Shape  # code, name, kind, role
        file: Shape  # as handed over: applicant, form, materials, opinions
        decide_by: date
        opened_at: datetime

    class Passed(Aggregate.Event):
        about: Shape
        officer: Shape
        opinion: str
        passed_at: datetime

        def apply(self, aggregate: Examination) -> None:
            aggregate.is_open = False

    class Decided(Aggregate.Event):
        about: Shape
        officer: Shape
        granted: bool
        opinion: str
        decided_at: datetime

        def apply(self, aggregate: Examination) -> None:
            aggregate.is_open = False

    class Recalled(Aggregate.Event):
        about: Shape
        reason: str
        recalled_at: datetime

        def apply(self, aggregate: Examination) -> None:
            aggregate.is_open = False

    def __init__(
        self,
        application_id: UUID,
        desk: str,
        agency: str,
        step: Shape,
        file: Shape,
        decide_by: date,
        opened_at: datetime,
    ) -> None:
        self.about: Shape = {
            "application_id": application_id,
            "desk": desk,
            "agency": agency,
            "step": step["code"],
        }
        self.step = step
        self.file = file
        self.is_open = True

    @staticmethod
    def create_id(application_id: UUID, step: Shape) -> UUID:
        return Examination.id_of(application_id, step["code"])

    @staticmethod
    def id_of(application_id: UUID, step_code: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"examination/{application_id}/{step_code}")

    # What may be asked, and when the answer is no.

    def pass_on(self, agency: str, officer: Shape, opinion: str, at: datetime) -> None:
        self._must_be_the_step_of(agency)
        self._must_be_open()
        if self.step["kind"] == "decide":
            raise rules.StepMustDecide
        _must_be_said(opinion)
        self.trigger_event(
            self.Passed,
            about=self.about,
            officer=officer,
            opinion=opinion,
            passed_at=at,
        )

    def decide(
        self, agency: str, officer: Shape, granted: bool, opinion: str, at: datetime
    ) -> None:
        """Grant or refuse; whoever reviewed the case before may not."""
        self._must_be_the_step_of(agency)
        self._must_be_open()
        if self.step["kind"] != "decide":
            raise rules.StepDoesNotDecide
        if any(o["officer"]["id"] == officer["id"] for o in self.file["opinions"]):
            raise rules.ReviewerMayNotDecide
        _must_be_said(opinion)
        self.trigger_event(
            self.Decided,
            about=self.about,
            officer=officer,
            granted=granted,
            opinion=opinion,
            decided_at=at,
        )

    def recall(self, reason: str, at: datetime) -> None:
        if self.is_open:
            self.trigger_event(
                self.Recalled, about=self.about, reason=reason, recalled_at=at
            )

    def _must_be_the_step_of(self, agency: str) -> None:
        if agency != self.about["agency"]:
            raise rules.AnotherAgencysStep

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise rules.ExaminationClosed


def _must_be_said(opinion: str) -> None:
    if not opinion.strip():
        raise rules.OpinionMissing
