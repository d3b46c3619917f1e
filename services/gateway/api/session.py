"""Signing in and out, and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from services.gateway.api.answers import SIGNED_IN, noes
from services.gateway.filing import Sent
from services.gateway.guard import public, session_of
from services.gateway.parts import parts_of
from services.gateway.problems import Problem
from services.gateway.sessions import COOKIE, LIFETIME
from services.gateway.standing import Person, Role
from shared.events.fact import Text

router = APIRouter(tags=["session"])


class SignIn(Sent):
    persona: str = Field(max_length=200, examples=["person:fengshou"])


class PersonaShape(BaseModel):
    id: str
    name: str
    about: Text
    roles: list[Role]


class SessionShape(BaseModel):
    person: Person
    csrf_token: str  # sent as X-CSRF-Token with the cookie; not needed with a bearer
    token: str | None = None  # to be sent as Authorization: Bearer


@router.get("/personas", responses=noes(404))
def personas(
    request: Request, _: Annotated[Person | None, Depends(public)]
) -> list[PersonaShape]:
    """The demo people, where trying out is on."""
    known = parts_of(request).personas
    if known is None:
        raise Problem(404, "NotFound")
    return [
        PersonaShape(id=p.id, name=p.name, about=p.description, roles=sorted(p.roles))
        for p in known.all
    ]


@router.post("/session", status_code=201, responses=noes(403, 404))
def sign_in(
    wanted: SignIn,
    request: Request,
    response: Response,
    _: Annotated[Person | None, Depends(public)],
) -> SessionShape:
    """Sign in as a demo person: the answer holds a token, and sets the cookie."""
    parts = parts_of(request)
    person = parts.personas.find(wanted.persona) if parts.personas else None
    if person is None:
        raise Problem(404, "NotFound")
    token = parts.sessions.begin(person)
    keep(response, token, parts.is_tls)
    session = parts.sessions.session(token)
    assert session is not None
    return SessionShape(person=person, csrf_token=session.csrf_token, token=token)


@router.get("/session", responses=SIGNED_IN)
def who(
    request: Request, person: Annotated[Person | None, Depends(public)]
) -> SessionShape:
    """Who is signed in."""
    session = session_of(request)
    if person is None or session is None:
        raise Problem(401, "NotSignedIn")
    return SessionShape(person=person, csrf_token=session.csrf_token)


@router.delete("/session", status_code=204, responses=noes(403))
def sign_out(_: Annotated[Person | None, Depends(public)]) -> Response:
    """Forget the cookie."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE)
    return response


def keep(response: Response, token: str, is_tls: bool) -> None:
    """Set the session cookie."""
    response.set_cookie(
        COOKIE, token, max_age=LIFETIME, httponly=True, samesite="lax", secure=is_tls
    )
