"""What came of a request."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from services.gateway.access import Act, Unseen
from services.gateway.api.answers import ONE, Receipt, Wait, receipt_of
from services.gateway.guard import Requires
from services.gateway.parts import parts_of
from services.gateway.requests import Recorded
from services.gateway.views.outcomes import Refusal

router = APIRouter(tags=["requests"])


class RequestShape(Receipt):
    """`refusal` says which rule said no, in words for who asked."""

    kind: str
    refusal: Refusal | None = None
    case: str  # where the case is, once it can be seen


@router.get(
    "/requests/{request_id}",
    dependencies=[Depends(Requires(Act.SEE_REQUEST))],
    responses=ONE,
)
async def request(
    request: Request, response: Response, request_id: UUID, wait: Wait
) -> RequestShape:
    """One's own request: recorded, done, or refused with the rule and its words."""
    parts = parts_of(request)
    found = await run_in_threadpool(parts.requests.find, request_id)
    if found is None:
        raise Unseen
    recorded = Recorded(found.id, found.application_id, found.created_on)
    outcome = await parts.asking.outcome(recorded, wait)
    if outcome is None:
        response.headers["Retry-After"] = "1"
    return RequestShape(
        **receipt_of(recorded, outcome).model_dump(),
        kind=found.kind,
        refusal=outcome.refusal if outcome else None,
        case=f"/api/v1/cases/{found.application_id}",
    )
