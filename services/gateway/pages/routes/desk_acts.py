"""What officers do with a case: each act is asked for, and its receipt shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.datastructures import FormData

from services.gateway.access import Act
from services.gateway.asking import Asking
from services.gateway.guard import Requires
from services.gateway.pages.acting import key_of, said, to_receipt
from services.gateway.pages.errors import by_field
from services.gateway.pages.routes.desk import show_desk_case
from services.gateway.parts import parts_of
from services.gateway.problems import Problem
from services.gateway.requests import Recorded
from services.gateway.standing import Person

router = APIRouter(prefix="/desk/cases/{application_id}")
Ask = Callable[[Asking, str, FormData], Awaitable[Recorded]]


@router.post("/acceptance")
async def accept(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.ACCEPT))],
) -> Response:
    return await _act(
        request,
        person,
        application_id,
        lambda asking, key, _: asking.accept(person, key, application_id),
    )


@router.post("/supplement-notice")
async def give_supplement_notice(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.GIVE_SUPPLEMENT_NOTICE))],
) -> Response:
    return await _act(
        request,
        person,
        application_id,
        lambda asking, key, form: asking.give_supplement_notice(
            person, key, application_id, tuple(said(form, "defects").splitlines())
        ),
    )


@router.post("/decline")
async def decline(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.DECLINE))],
) -> Response:
    return await _act(
        request,
        person,
        application_id,
        lambda asking, key, form: asking.decline(
            person, key, application_id, said(form, "reason")
        ),
    )


@router.post("/delivery")
async def deliver(
    application_id: UUID,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.CONFIRM_DELIVERY))],
) -> Response:
    return await _act(
        request,
        person,
        application_id,
        lambda asking, key, form: asking.confirm_delivery(
            person, key, application_id, said(form, "received_by")
        ),
    )


@router.post("/steps/{step}/pass")
async def pass_step(
    application_id: UUID,
    step: str,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.PASS_STEP))],
) -> Response:
    return await _act(
        request,
        person,
        application_id,
        lambda asking, key, form: asking.pass_step(
            person, key, application_id, step, said(form, "opinion")
        ),
    )


@router.post("/steps/{step}/decision")
async def decide_step(
    application_id: UUID,
    step: str,
    request: Request,
    person: Annotated[Person, Depends(Requires(Act.DECIDE_STEP))],
) -> Response:
    return await _act(
        request,
        person,
        application_id,
        lambda asking, key, form: asking.decide_step(
            person,
            key,
            application_id,
            step,
            _choice(form),
            said(form, "opinion"),
        ),
    )


def _choice(form: FormData) -> bool:
    """Return whether it is granted: nothing is refused because nothing was said."""
    chosen = said(form, "granted")
    if chosen not in ("yes", "no"):
        raise Problem(400, "NothingChosen")
    return chosen == "yes"


async def _act(
    request: Request, person: Person, application_id: UUID, ask: Ask
) -> Response:
    """Ask; what is wrong is shown beside its field, with what was written."""
    form = await request.form()
    try:
        recorded = await ask(parts_of(request).asking, key_of(form), form)
    except Problem as problem:
        wrong = {
            f"{said(form, 'act')}-{field}": reason
            for field, reason in by_field(problem).items()
        }
        written = {
            f"{said(form, 'act')}-{field}": said(form, field)
            for field in form
            if field in ("opinion", "reason", "defects", "received_by")
        }
        return await run_in_threadpool(
            show_desk_case, request, person, application_id, wrong, written
        )
    return await to_receipt(request, recorded)
