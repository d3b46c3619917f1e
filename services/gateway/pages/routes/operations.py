"""消息都送到了吗: what this gateway has not heard yet, and what it could not handle."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.gateway.access import Act
from services.gateway.guard import Requires
from services.gateway.pages.rendering import show
from services.gateway.parts import parts_of
from services.gateway.standing import Person
from shared.runtime import telemetry

router = APIRouter(prefix="/operations")


@router.get("")
def operations(
    request: Request, _: Annotated[Person, Depends(Requires(Act.SEE_OPERATIONS))]
) -> Response:
    parts = parts_of(request)
    views = parts.screens.operations.views()
    return show(
        request,
        "operations.html",
        missing=parts.missing(),
        behind=behind(),
        views=views,
        parked=sum(view.parked for view in views),
        waiting=sum(view.waiting for view in views),
        aside=parts.screens.operations.set_aside(),
    )


def behind() -> dict[str, int]:
    """Return how many messages of which topic this process has not heard yet."""
    return {
        sample.labels["topic"]: int(sample.value)
        for metric in telemetry.lag.collect()
        for sample in metric.samples
        if sample.value
    }
