"""Every no in one shape (RFC 9457), in two languages, with what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from services.gateway import saying
from services.gateway.access import Forbidden, NotSignedIn, Unseen
from services.gateway.blobs import LARGEST_FILE, NotAllowed, TooLarge
from services.gateway.oidc import ProviderAway
from services.gateway.requests import KeyReused, TooBusy
from services.gateway.views.rows import NotACursor
from shared.events.fact import Text
from shared.runtime import telemetry
from shared.runtime.hearing import INFRASTRUCTURE

MEDIA_TYPE = "application/problem+json"
Page = Callable[[Request, "Problem"], Response]


class FieldError(BaseModel):
    """What is wrong in one place of what was sent."""

    pointer: str  # JSON pointer, e.g. /form/storage-capacity
    reason: Text


class ProblemShape(BaseModel):
    """`application/problem+json`."""

    type: str
    title: Text
    status: int
    detail: Text
    rule: str
    what_next: Text
    basis: str = ""
    errors: tuple[FieldError, ...] = ()


class Problem(HTTPException):
    """A no, ready to be shown; `page` renderers show the same to people."""

    def __init__(
        self,
        status: int,
        rule: str,
        detail: Text | None = None,
        what_next: Text | None = None,
        basis: str = "",
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        title, usual_next = saying.title(status), saying.what_next(status)
        self.shape = ProblemShape(
            type=f"urn:tongban:problem:{rule}",
            title=title,
            status=status,
            detail=detail or title,
            rule=rule,
            what_next=what_next or usual_next,
            basis=basis,
            errors=tuple(errors),
        )
        self.retry_after = retry_after
        super().__init__(status, self.shape.detail.en, self._headers())

    @property
    def status(self) -> int:
        return self.shape.status

    def _headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}

    def response(self) -> Response:
        return Response(
            self.shape.model_dump_json(),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers=self.headers,
        )


def install(
    app: FastAPI, page: Page | None = None, headers: Mapping[str, str] | None = None
) -> None:
    """Answer every error as a problem: as a page to people, as JSON to programs.

    `headers` go with each: nothing that is around the app sees its last error.
    """

    async def answer(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status >= 500:
            path = request.url.path
            telemetry.log.error("could_not_answer", path=path, reason=repr(error))
        shown = page if wants_page(request) else None
        response = shown(request, problem) if shown else problem.response()
        response.headers.update(headers or {})
        return response

    for kind in (
        Problem,
        NotSignedIn,
        Forbidden,
        Unseen,
        KeyReused,
        TooBusy,
        ProviderAway,
        TooLarge,
        NotAllowed,
        NotACursor,
        RequestValidationError,
        HTTPException,
        psycopg.DataError,
        *INFRASTRUCTURE,
        Exception,
    ):
        app.add_exception_handler(kind, answer)


def wants_page(request: Request) -> bool:
    path = request.url.path
    return not path.startswith(("/api/", "/live/", "/health", "/ready")) and (
        "text/html" in request.headers.get("accept", "")
    )


def problem_of(error: Exception) -> Problem:
    """Return what an error is to whoever asked."""
    match error:
        case Problem():
            return error
        case NotSignedIn():
            return Problem(401, "NotSignedIn")
        case Forbidden():
            return Problem(403, error.rule, error.reason, error.what_next)
        case Unseen():
            return Problem(404, "NotFound")
        case KeyReused():
            return Problem(422, "KeyReused", saying.KEY_REUSED)
        case TooBusy():
            return Problem(503, "TooBusy", retry_after=TooBusy.retry_after)
        case ProviderAway():
            said, next_step = saying.PROVIDER_AWAY, saying.SIGN_IN_LATER
            return Problem(503, "ProviderAway", said, next_step, retry_after=30)
        case TooLarge():
            return Problem(413, "TooLarge", saying.too_large(LARGEST_FILE))
        case NotAllowed():
            return Problem(415, "KindOfFileNotAllowed", saying.KINDS_OF_FILE)
        case NotACursor():
            errors = [FieldError(pointer="/query/after", reason=saying.NOT_A_CURSOR)]
            return Problem(422, "Invalid", saying.INVALID, errors=errors)
        case RequestValidationError():
            return Problem(422, "Invalid", saying.INVALID, errors=_fields(error))
        case psycopg.DataError():  # text with a NUL, a number beyond all bounds
            return Problem(400, "Unreadable")
        case HTTPException():
            return Problem(error.status_code, saying.name(error.status_code))
        case _ if isinstance(error, INFRASTRUCTURE):
            return Problem(503, "Unavailable", retry_after=5)
    return Problem(500, "OurFault")


def _fields(error: RequestValidationError) -> list[FieldError]:
    return [
        FieldError(
            pointer="/" + "/".join(_escaped(part) for part in wrong["loc"]),
            reason=saying.of_validation(str(wrong["type"]), str(wrong["msg"])),
        )
        for wrong in error.errors()[:50]
    ]


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
