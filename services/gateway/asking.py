"""Turns what people fill in into requests, records them, and waits for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.gateway import requests
from services.gateway.access import Act, Unseen, may
from services.gateway.awaiting import Awaiting
from services.gateway.blobs import Blobs
from services.gateway.filing import (
    ApplicantIn,
    Filled,
    applicant_errors,
    as_applicant,
    form_errors,
    hand_in,
    kept,
    must_be_right,
    supplement_errors,
    text_errors,
)
from services.gateway.people import People
from services.gateway.problems import FieldError
from services.gateway.requests import Recorded, Requests
from services.gateway.standing import Person
from services.gateway.views import Screens
from services.gateway.views.outcomes import Outcome
from shared.events.catalog import ItemPublished
from shared.events.gateway import (
    AcceptanceRequested,
    AgencyRequested,
    DeclineRequested,
    DeliveryRequested,
    DeskRequested,
    StepDecisionRequested,
    StepPassRequested,
    SubmissionRequested,
    SupplementNoticeRequested,
    SupplementRequested,
    WithdrawalRequested,
)
from shared.events.people import Applicant, HandedIn, Officer


@dataclass(frozen=True)
class Asking:
    """Who may ask is decided before, by `access`; what is right, by who is asked.

    `key` is the idempotency key: who asks the same under the same key asks once.
    """

    requests: Requests
    screens: Screens
    blobs: Blobs
    people: People
    awaiting: Awaiting

    async def submit(
        self, person: Person, key: str, task_code: str, filled: Filled
    ) -> Recorded:
        """Apply online, as whom one is signed in as."""
        fact = await asyncio.to_thread(
            self._online_submission, person, key, task_code, filled
        )
        return await self.requests.record(fact, person.id)

    async def file_at_window(
        self,
        person: Person,
        key: str,
        task_code: str,
        applicant: ApplicantIn,
        filled: Filled,
    ) -> Recorded:
        """Take an application at the window, from whom the clerk sees there."""
        fact = await asyncio.to_thread(
            self._window_submission, person, key, task_code, filled, applicant
        )
        return await self.requests.record(fact, person.id)

    async def supplement(
        self, person: Person, key: str, case: UUID, filled: Filled, note: str = ""
    ) -> Recorded:
        said = await asyncio.to_thread(self._supplementary, person, case, filled, note)
        return await self._desk_act(SupplementRequested, person, key, case, **said)

    async def accept(self, person: Person, key: str, case: UUID) -> Recorded:
        return await self._desk_act(AcceptanceRequested, person, key, case)

    async def give_supplement_notice(
        self, person: Person, key: str, case: UUID, defects: Sequence[str]
    ) -> Recorded:
        said = tuple(defect.strip() for defect in defects if defect.strip())
        must_be_right(text_errors("/defects", "\n".join(said), 5_000))
        return await self._desk_act(
            SupplementNoticeRequested, person, key, case, defects=said
        )

    async def decline(
        self, person: Person, key: str, case: UUID, reason: str
    ) -> Recorded:
        must_be_right(text_errors("/reason", reason))
        return await self._desk_act(
            DeclineRequested, person, key, case, reason=reason.strip()
        )

    async def withdraw(
        self, person: Person, key: str, case: UUID, reason: str
    ) -> Recorded:
        must_be_right(text_errors("/reason", reason))
        return await self._desk_act(
            WithdrawalRequested, person, key, case, reason=reason.strip()
        )

    async def confirm_delivery(
        self, person: Person, key: str, case: UUID, received_by: str = ""
    ) -> Recorded:
        received_by = received_by.strip() or person.name
        must_be_right(text_errors("/received_by", received_by, 100))
        return await self._desk_act(
            DeliveryRequested, person, key, case, received_by=received_by
        )

    async def pass_step(
        self, person: Person, key: str, case: UUID, step: str, opinion: str
    ) -> Recorded:
        must_be_right(text_errors("/opinion", opinion))
        return await self._step_act(
            StepPassRequested, person, key, case, step, opinion=opinion.strip()
        )

    async def decide_step(
        self,
        person: Person,
        key: str,
        case: UUID,
        step: str,
        granted: bool,
        opinion: str,
    ) -> Recorded:
        must_be_right(text_errors("/opinion", opinion))
        said = {"granted": granted, "opinion": opinion.strip()}
        return await self._step_act(
            StepDecisionRequested, person, key, case, step, **said
        )

    async def outcome(self, recorded: Recorded, seconds: float) -> Outcome | None:
        """Return what came of a request; None if it is not known in that time."""
        return await self.awaiting.outcome(recorded, seconds)

    def outcome_now(self, request_id: UUID, application_id: UUID) -> Outcome | None:
        """Return what came of a request once whoever asked can see it."""
        return self.screens.outcomes.of({request_id: application_id}).get(request_id)

    async def _desk_act(
        self,
        kind: type[DeskRequested],
        person: Person,
        key: str,
        case: UUID,
        **said: object,
    ) -> Recorded:
        """Ask the desk that serves the agency which accepts the case."""
        agency, desk = await asyncio.to_thread(self._desk_of, case)
        fact = kind.model_validate(
            {
                "request_id": requests.request_id(person.id, key),
                "application_id": case,
                "desk": desk,
                "agency": agency,
                "clerk": person.officer,
                **said,
            }
        )
        return await self.requests.record(fact, person.id)

    async def _step_act(
        self,
        kind: type[AgencyRequested],
        person: Person,
        key: str,
        case: UUID,
        step: str,
        **said: object,
    ) -> Recorded:
        """Ask the agency whose step it is."""
        standing = await asyncio.to_thread(self.screens.cases.step_standing, case, step)
        if standing is None:
            raise Unseen
        fact = kind.model_validate(
            {
                "request_id": requests.request_id(person.id, key),
                "application_id": case,
                "agency": standing.agency,
                "step": step,
                "officer": person.officer,
                **said,
            }
        )
        return await self.requests.record(fact, person.id)

    # What reads the views, and so runs in a thread.

    def _submission(
        self,
        person: Person,
        key: str,
        item: ItemPublished,
        filled: Filled,
        applicant: Applicant,
        clerk: Officer | None = None,
        wrong: Sequence[FieldError] = (),
    ) -> SubmissionRequested:
        request_id = requests.request_id(person.id, key)
        materials, errors = self._filled_in(person, item, filled)
        if errors and (
            version := self.requests.version_asked(request_id, item.task_code)
        ):
            # It is repeated, and was right for the version of that time.
            item = self._item(item.task_code, version)
            materials, errors = self._filled_in(person, item, filled)
        must_be_right([*wrong, *errors])
        return SubmissionRequested(
            request_id=request_id,
            application_id=requests.new_case(request_id),
            desk=self._desk(item.agency),
            task_code=item.task_code,
            item_version=item.version,
            applicant=applicant,
            form=kept(filled.form),
            materials=materials,
            channel="window" if clerk else "online",
            clerk=clerk,
        )

    def _online_submission(
        self, person: Person, key: str, task_code: str, filled: Filled
    ) -> SubmissionRequested:
        assert person.applicant is not None  # access has seen to it
        item = self._item(task_code)
        return self._submission(person, key, item, filled, person.applicant)

    def _window_submission(
        self,
        person: Person,
        key: str,
        task_code: str,
        filled: Filled,
        applicant: ApplicantIn,
    ) -> SubmissionRequested:
        item = self._item(task_code)
        may(person, Act.FILE_AT_WINDOW, item.agency)
        holder = self.people.holder(applicant.kind, applicant.code)
        seen = as_applicant(applicant, holder)
        asked = (person, key, item, filled, seen, person.officer)
        return self._submission(*asked, applicant_errors(applicant))

    def _supplementary(
        self, person: Person, case: UUID, filled: Filled, note: str
    ) -> dict[str, object]:
        found, file = self.screens.cases.case(case), self.screens.cases.file(case)
        if found is None or file is None:
            raise Unseen
        item = self._item(found.task_code, found.item_version)
        materials, errors = self._handed_in(person, item, filled, is_whole=False)
        must_be_right(errors + supplement_errors(item, file.form, filled, note))
        return {"form": kept(filled.form), "materials": materials, "note": note.strip()}

    def _filled_in(
        self, person: Person, item: ItemPublished, filled: Filled
    ) -> tuple[tuple[HandedIn, ...], list[FieldError]]:
        materials, errors = self._handed_in(person, item, filled, is_whole=True)
        return materials, [*form_errors(item, filled.form), *errors]

    def _handed_in(
        self, person: Person, item: ItemPublished, filled: Filled, is_whole: bool
    ) -> tuple[tuple[HandedIn, ...], list[FieldError]]:
        uploaded = self.blobs.uploaded(person.id, [m.sha256 for m in filled.materials])
        return hand_in(item, filled.materials, uploaded, is_whole)

    def _item(self, task_code: str, version: int | None = None) -> ItemPublished:
        item = self.screens.catalogue.item(task_code, version)
        if item is None:
            raise Unseen
        return item

    def _desk_of(self, case: UUID) -> tuple[str, str]:
        standing = self.screens.cases.standing(case)
        if standing is None:
            raise Unseen
        return standing.agency, self._desk(standing.agency)

    def _desk(self, agency: str) -> str:
        known = self.screens.catalogue.agency(agency)
        return known.desk if known else "intake"
