"""Whenever somebody tells or asks us something, what we do about it."""

from __future__ import annotations

from uuid import UUID

from services.review.domain.examination import Examination
from shared.events.fact import Message
from shared.events.gateway import StepDecisionRequested, StepPassRequested
from shared.events.intake import StepAssigned, StepRecalled
from shared.runtime.batch import Batch

FILE = {"number", "task_code", "item_version", "item_name", "region"} | {
    "applicant",
    "form",
    "materials",
    "opinions",
}


def whenever(message: Message, agencies: frozenset[str], batch: Batch) -> None:
    """React to what is addressed to one of these agencies; `time` is when it was."""
    fact, at = message.fact(), message.time
    match fact:
        case StepAssigned(agency=agency) if agency in agencies:
            examination_id = Examination.id_of(fact.application_id, fact.step)
            if not batch.find(Examination, examination_id):
                batch.add(_opened(fact, message))
        case StepRecalled(agency=agency) if agency in agencies:
            _of(fact.application_id, fact.step, batch).recall(fact.reason, at)
        case StepPassRequested(agency=agency) if agency in agencies:
            officer = fact.officer.model_dump()
            examination = _of(fact.application_id, fact.step, batch)
            examination.pass_on(agency, officer, fact.opinion, at)
        case StepDecisionRequested(agency=agency) if agency in agencies:
            officer = fact.officer.model_dump()
            examination = _of(fact.application_id, fact.step, batch)
            examination.decide(agency, officer, fact.granted, fact.opinion, at)


def _of(application_id: UUID, step: str, batch: Batch) -> Examination:
    return batch.get(Examination, Examination.id_of(application_id, step))


def _opened(fact: StepAssigned, message: Message) -> Examination:
    said = fact.model_dump(mode="json")
    return Examination(
        application_id=fact.application_id,
        desk=fact.desk,
        agency=fact.agency,
        step={
            "code": fact.step,
            "name": said["step_name"],
            "kind": fact.kind,
            "role": fact.role,
        },
        file={name: said[name] for name in sorted(FILE)},
        decide_by=fact.decide_by,
        opened_at=message.time,
    )
