"""Signing in, as a demo person or by the city's identity service, and out again."""

from __future__ import annotations

from typing import Annotated

from authlib.common.errors import AuthlibBaseError
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from joserfc.errors import JoseError

from services.gateway.access import Unseen
from services.gateway.api.session import keep
from services.gateway.guard import public
from services.gateway.pages.acting import said
from services.gateway.pages.errors import is_ours
from services.gateway.pages.rendering import show
from services.gateway.parts import Parts, parts_of
from services.gateway.people import Persona
from services.gateway.problems import Problem
from services.gateway.sessions import COOKIE
from services.gateway.standing import Person, Role

router = APIRouter()
Reader = Annotated[Person | None, Depends(public)]
GROUPS = ("applicants", "officers", "others")


@router.get("/sign-in")
def ask(
    request: Request, _: Reader, back: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    parts = parts_of(request)
    return show(
        request,
        "sign_in.html",
        back=back,
        has_provider=parts.provider is not None,
        groups=_groups(parts),
    )


@router.post("/sign-in")
async def sign_in(request: Request, _: Reader) -> Response:
    parts = parts_of(request)
    form = await request.form()
    person = parts.personas.find(said(form, "persona")) if parts.personas else None
    if person is None:
        raise Unseen
    return _welcome(parts, person, said(form, "back"))


@router.get("/sign-in/elsewhere")
async def sign_in_elsewhere(request: Request, _: Reader) -> Response:
    provider = parts_of(request).provider
    if provider is None:
        raise Unseen
    return await provider.ask(request, str(request.url_for("come_back")))


@router.get("/sign-in/back")
async def come_back(request: Request, _: Reader) -> Response:
    parts = parts_of(request)
    if parts.provider is None:
        raise Unseen
    try:
        person = await parts.provider.answered(request)
    except (AuthlibBaseError, JoseError, ValueError, KeyError):
        raise Problem(403, "NotVouchedFor") from None
    return _welcome(parts, person, "")


@router.post("/sign-out")
async def sign_out(_: Reader) -> Response:
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE)
    return response


def home_of(person: Person) -> str:
    """Return where somebody's work begins."""
    if person.is_officer:
        return "/desk"
    if person.is_any(Role.OPERATOR):
        return "/operations"
    return "/board" if person.is_any(Role.SUPERVISOR) else "/"


def _welcome(parts: Parts, person: Person, back: str) -> Response:
    where = back if back != "/" and is_ours(back) else home_of(person)
    response = RedirectResponse(where, 303)
    keep(response, parts.sessions.begin(person), parts.is_tls)
    return response


def _groups(parts: Parts) -> list[tuple[str, list[Persona]]]:
    """Return the demo people by what they come for."""

    def group(persona: Persona) -> str:
        if persona.person.is_officer:
            return "officers"
        return "applicants" if persona.applicant else "others"

    people = parts.personas.all if parts.personas else ()
    return [(name, [p for p in people if group(p) == name]) for name in GROUPS]
