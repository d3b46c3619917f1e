"""What may be done with a case: by its applicant, at the window, by examiners."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from services.gateway.access import Act
from services.gateway.api.answers import ACT, Wait, answered
from services.gateway.filing import Filled, Sent
from services.gateway.guard import Key, Requires
from services.gateway.parts import parts_of
from services.gateway.standing import Person

router = APIRouter(
    prefix="/cases/{application_id}", tags=["acts"], responses=ACT, dependencies=[]
)

Words = Annotated[str, Field(max_length=5_000)]
StepCode = Annotated[str, Path(max_length=100)]


class Reason(Sent):
    reason: Words


class Notice(Sent):
    """Everything that is missing, at once."""

    defects: tuple[Annotated[str, Field(max_length=500)], ...] = Field(max_length=50)


class Supplement(Filled):
    note: Annotated[str, Field(max_length=2_000)] = ""


class Delivery(Sent):
    received_by: Annotated[str, Field(max_length=100)] = ""


class Opinion(Sent):
    opinion: Words


class Decision(Opinion):
    granted: bool


@router.post("/acceptance", status_code=202)
async def accept(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.ACCEPT))],
    key: Key,
    wait: Wait,
) -> Response:
    """Window: take the case on; the clocks start."""
    asking = parts_of(request).asking
    recorded = await asking.accept(person, key, application_id)
    return await answered(asking, recorded, wait)


@router.post("/supplement-notice", status_code=202)
async def give_supplement_notice(
    notice: Notice,
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.GIVE_SUPPLEMENT_NOTICE))],
    key: Key,
    wait: Wait,
) -> Response:
    """Window: tell the applicant, once, everything that is missing."""
    asking = parts_of(request).asking
    recorded = await asking.give_supplement_notice(
        person, key, application_id, notice.defects
    )
    return await answered(asking, recorded, wait)


@router.post("/decline", status_code=202)
async def decline(
    reason: Reason,
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.DECLINE))],
    key: Key,
    wait: Wait,
) -> Response:
    """Window: 不予受理, with the reason."""
    asking = parts_of(request).asking
    recorded = await asking.decline(person, key, application_id, reason.reason)
    return await answered(asking, recorded, wait)


@router.post("/supplement", status_code=202)
async def supplement(
    supplement: Supplement,
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.SUPPLEMENT))],
    key: Key,
    wait: Wait,
) -> Response:
    """Applicant: hand in what was missing."""
    asking = parts_of(request).asking
    recorded = await asking.supplement(
        person, key, application_id, supplement, supplement.note
    )
    return await answered(asking, recorded, wait)


@router.post("/withdrawal", status_code=202)
async def withdraw(
    reason: Reason,
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.WITHDRAW))],
    key: Key,
    wait: Wait,
) -> Response:
    """Applicant: take the application back."""
    asking = parts_of(request).asking
    recorded = await asking.withdraw(person, key, application_id, reason.reason)
    return await answered(asking, recorded, wait)


@router.post("/delivery", status_code=202)
async def confirm_delivery(
    delivery: Delivery,
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.CONFIRM_DELIVERY))],
    key: Key,
    wait: Wait,
) -> Response:
    """Applicant or window: the result has been received."""
    asking = parts_of(request).asking
    recorded = await asking.confirm_delivery(
        person, key, application_id, delivery.received_by
    )
    return await answered(asking, recorded, wait)


@router.post("/steps/{step}/pass", status_code=202)
async def pass_step(
    opinion: Opinion,
    application_id: UUID,
    step: StepCode,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.PASS_STEP))],
    key: Key,
    wait: Wait,
) -> Response:
    """Examiner: pass a review step on, with an opinion."""
    asking = parts_of(request).asking
    recorded = await asking.pass_step(
        person, key, application_id, step, opinion.opinion
    )
    return await answered(asking, recorded, wait)


@router.post("/steps/{step}/decision", status_code=202)
async def decide_step(
    decision: Decision,
    application_id: UUID,
    step: StepCode,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.DECIDE_STEP))],
    key: Key,
    wait: Wait,
) -> Response:
    """Decider: grant or refuse; a refusal's opinion is its reason."""
    asking = parts_of(request).asking
    recorded = await asking.decide_step(
        person, key, application_id, step, decision.granted, decision.opinion
    )
    return await answered(asking, recorded, wait)
