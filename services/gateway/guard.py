"""Every route says who may use it.

`Depends(Requires(Act.X))`, `Depends(public)` or `Depends(whoever)`.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, Header, Request
from fastapi.openapi.models import HTTPBearer as BearerModel
from fastapi.security.base import SecurityBase

from services.gateway import saying
from services.gateway.access import Act, Unseen, is_allowed, may
from services.gateway.parts import Parts, parts_of
from services.gateway.problems import FieldError, Problem
from services.gateway.security import SAFE_METHODS, bearer_of, token_of
from services.gateway.sessions import CSRF_FIELD, CSRF_HEADER, Session, is_same
from services.gateway.standing import Person, RequestStanding

_BY_STEP = {Act.PASS_STEP, Act.DECIDE_STEP}
_BY_CASE = {
    Act.SEE_CASE,
    Act.READ_FILE,
    Act.SUPPLEMENT,
    Act.WITHDRAW,
    Act.CONFIRM_DELIVERY,
    Act.ACCEPT,
    Act.GIVE_SUPPLEMENT_NOTICE,
    Act.DECLINE,
}


class Requires(SecurityBase):
    """Resolves to the signed-in person, if the act is allowed to them.

    What it is about is read from the path: application_id, step, credential_id,
    request_id, sha256; agency and region may be asked for in the query.
    """

    def __init__(self, act: Act) -> None:
        self.act = act
        self.scheme_name = "session"
        self.model = BearerModel(
            description="A token from POST /api/v1/session, or the session cookie."
        )

    async def __call__(self, request: Request) -> Person:
        if _must_bring_token(request):
            await public(request)
        return await asyncio.to_thread(self._decide, request)

    def _decide(self, request: Request) -> Person:
        parts = parts_of(request)
        session = _session(request)
        person = session.person if session else None
        subject = _subject(self.act, request, parts, person) if person else None
        return may(person, self.act, subject)


async def public(request: Request) -> Person | None:
    """Anybody may use this; resolves to who is signed in, if anybody is."""
    session = await asyncio.to_thread(_session, request)
    if session:
        await must_be_own_form(request, session)
    return session.person if session else None


async def whoever() -> None:
    """Anybody may use this, and nobody is looked up: it waits for no PostgreSQL."""


def session_of(request: Request) -> Session | None:
    """Return who is signed in, once `Requires` or `public` has looked."""
    session: Session | None = request.state.session
    return session


async def must_be_own_form(request: Request, session: Session) -> None:
    """Raise a Problem if a browser sends a form that is not one of this session's."""
    if not _must_bring_token(request):
        return
    given = request.headers.get(CSRF_HEADER)
    kind = request.headers.get("content-type", "")
    if given is None and kind.startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else None
    if not is_same(given, session.csrf_token):
        raise Problem(403, "FormNotYours")


def _must_bring_token(request: Request) -> bool:
    """A bearer is sent on purpose; a cookie goes along with whatever is clicked."""
    is_bearer = bearer_of(request.headers) is not None
    return request.method not in SAFE_METHODS and not is_bearer


async def idempotency_key(
    given: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Repeat a request under the same key, and it is made once.",
        ),
    ] = None,
) -> str:
    if given is None:
        return str(uuid4())
    if not (1 <= len(given) <= 200 and given.isascii() and given.isprintable()):
        errors = [
            FieldError(pointer="/header/Idempotency-Key", reason=saying.NOT_A_KEY)
        ]
        raise Problem(422, "Invalid", saying.INVALID, errors=errors)
    return given


Key = Annotated[str, Depends(idempotency_key)]


def _session(request: Request) -> Session | None:
    session = parts_of(request).sessions.session(token_of(request.headers))
    request.state.session = session
    return session


def _subject(act: Act, request: Request, parts: Parts, person: Person) -> Any:
    path, query = request.path_params, request.query_params
    cases = parts.screens.cases
    if act in _BY_CASE:
        return cases.standing(_id(path["application_id"]))
    if act in _BY_STEP:
        return cases.step_standing(_id(path["application_id"]), _word(path["step"]))
    match act:
        case Act.SEE_CERTIFICATE:
            return parts.screens.certificates.standing(_id(path["credential_id"]))
        case Act.SEE_REQUEST:
            found = parts.requests.find(_id(path["request_id"]))
            return (
                RequestStanding(request_id=found.id, person=found.person)
                if found
                else None
            )
        case Act.READ_BLOB:
            return _may_read(parts, person, _word(path["sha256"]), query.get("case"))
        case Act.SEE_DESK:
            return query.get("agency")
        case Act.SEE_BOARD:
            return query.get("region")
    return None


def _may_read(parts: Parts, person: Person, sha256: str, case: str | None) -> bool:
    if parts.blobs.uploaded(person.id, [sha256]):
        return True
    if not case:
        return False
    application_id = _id(case)
    standing = parts.screens.cases.standing(application_id)
    return is_allowed(person, Act.READ_FILE, standing) and parts.blobs.is_in_case(
        sha256, application_id
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unseen from None


def _word(text: str) -> str:
    if "\0" in text:
        raise Unseen
    return text
