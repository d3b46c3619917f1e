"""Applying: online by the applicant, or at the window through a clerk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.gateway.access import Act
from services.gateway.api.answers import ACT, Wait, answered
from services.gateway.filing import ApplicantIn, Filled
from services.gateway.guard import Key, Requires
from services.gateway.parts import parts_of
from services.gateway.standing import Person

router = APIRouter(tags=["applications"])


class Application(Filled):
    task_code: str = Field(min_length=1, max_length=40)


class WindowApplication(Application):
    applicant: ApplicantIn


@router.post("/applications", status_code=202, responses=ACT)
async def submit(
    application: Application,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.APPLY))],
    key: Key,
    wait: Wait,
) -> Response:
    """Apply for an item as whom one is signed in as."""
    asking = parts_of(request).asking
    recorded = await asking.submit(person, key, application.task_code, application)
    return await answered(asking, recorded, wait)


@router.post("/window/applications", status_code=202, responses=ACT)
async def file_at_window(
    application: WindowApplication,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.FILE_AT_WINDOW))],
    key: Key,
    wait: Wait,
) -> Response:
    """Take an application at the window; an instant item is decided in the same act."""
    asking = parts_of(request).asking
    recorded = await asking.file_at_window(
        person, key, application.task_code, application.applicant, application
    )
    return await answered(asking, recorded, wait)
