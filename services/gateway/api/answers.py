"""How the API answers: receipts, outcomes, and the problems each route may have."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Header, Query, Response
from pydantic import BaseModel

from services.gateway.asking import Asking
from services.gateway.problems import Problem, ProblemShape
from services.gateway.requests import Recorded
from services.gateway.views.outcomes import Outcome
from services.gateway.views.rows import LONGEST_PAGE, PAGE

LONGEST_PREFERRED_WAIT = 10.0  # seconds
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])")

_WHY = {
    400: "Cannot be read",
    401: "Nobody is signed in",
    403: "This person may not",
    404: "There is no such thing, for this person",
    409: "A rule says no",
    413: "Too large",
    415: "A kind of content that is not taken",
    422: "Something is wrong with what was sent",
    429: "Too often; see Retry-After",
    503: "Busy or recovering; see Retry-After",
}

Responses = dict[int | str, dict[str, Any]]


def noes(*statuses: int) -> Responses:
    """Return the documentation of these problems (`document` sets their media type)."""
    return {
        status: {"model": ProblemShape, "description": _WHY[status]}
        for status in statuses
    }


COMMON: Responses = noes(400, 413, 422, 429, 503)  # what any route may answer
SIGNED_IN = noes(401, 403)
ONE = noes(401, 403, 404)


class Receipt(BaseModel):
    """A request, and what is known of it."""

    request_id: UUID
    application_id: UUID
    state: Literal["recorded", "done", "refused"]
    recorded_at: datetime
    done_at: datetime | None = None


ACT: Responses = {
    **noes(401, 403, 404, 409),
    200: {"model": Receipt, "description": "Done: what follows from it can be seen"},
    202: {
        "model": Receipt,
        "description": "Recorded; what comes of it will be at Location",
        "headers": {"Location": {"schema": {"type": "string"}}},
    },
}


async def after(
    after: Annotated[
        str | None, Query(max_length=400, description="`next` of the page before")
    ] = None,
) -> str | None:
    return after


After = Annotated[str | None, Depends(after)]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE)]
A_PAGE = PAGE


async def preferred_wait(
    prefer: Annotated[
        str | None, Header(description="`wait=5`: answer when done, or after 5 s")
    ] = None,
) -> float:
    """Return how long the caller likes to wait for the outcome (RFC 7240)."""
    found = _WAIT.search(prefer or "")
    return min(float(found[1]), LONGEST_PREFERRED_WAIT) if found else 0.0


Wait = Annotated[float, Depends(preferred_wait)]


async def answered(asking: Asking, recorded: Recorded, wait: float) -> Response:
    """Answer with what came of a request within the time, else with its receipt."""
    outcome = await asking.outcome(recorded, wait) if wait else None
    raise_refusal(outcome)
    receipt = receipt_of(recorded, outcome)
    return Response(
        receipt.model_dump_json(),
        status_code=200 if outcome else 202,
        media_type="application/json",
        headers={"Location": f"/api/v1/requests/{recorded.request_id}"},
    )


def receipt_of(recorded: Recorded, outcome: Outcome | None) -> Receipt:
    refused = outcome is not None and outcome.refusal is not None
    return Receipt(
        request_id=recorded.request_id,
        application_id=recorded.application_id,
        state="refused" if refused else "done" if outcome else "recorded",
        recorded_at=recorded.at,
        done_at=outcome.done_at if outcome else None,
    )


def raise_refusal(outcome: Outcome | None) -> None:
    """Raise the rule's no as a problem, if there was one."""
    if outcome and outcome.refusal:
        no = outcome.refusal
        raise Problem(409, no.rule, no.reason, no.what_next, no.basis)
