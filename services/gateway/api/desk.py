"""What waits for an officer."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from services.gateway.access import Act
from services.gateway.api.answers import A_PAGE, SIGNED_IN, After, Limit
from services.gateway.guard import Requires
from services.gateway.parts import parts_of
from services.gateway.standing import Person
from services.gateway.views.desk import DeskCounts, Task
from services.gateway.views.rows import Page

router = APIRouter(prefix="/desk", tags=["desk"], responses=SIGNED_IN)

Agency = Annotated[str | None, Query(max_length=100)]


@router.get("")
def queue(
    request: Request,
    after: After,
    person: Annotated[Person, Depends(Requires(Act.SEE_DESK))],
    agency: Agency = None,
    kind: Annotated[Literal["window", "step"] | None, Query()] = None,
    limit: Limit = A_PAGE,
) -> Page[Task]:
    """What this officer can do now, what is due first at the top."""
    return parts_of(request).screens.desk.most_urgent(
        person, agency=agency, kind=kind, after=after, limit=limit
    )


@router.get("/counts")
def counts(
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.SEE_DESK))],
    agency: Agency = None,
) -> DeskCounts:
    """How much waits for this officer, and what they did today."""
    return parts_of(request).screens.desk.counts(person, agency=agency)
