"""The web application: API, live news and, if given, the pages."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from fastapi import FastAPI, Request, Response
from starlette.middleware.sessions import SessionMiddleware

from services.gateway import api, problems
from services.gateway.api.document import document
from services.gateway.parts import Parts
from services.gateway.problems import Problem
from services.gateway.security import ALWAYS, Security

ABOUT = """政务服务网 · a city's government services, from application to certificate.

Sign in with `POST /api/v1/session` and send its token as `Authorization: Bearer …`.
Every request that changes something takes an `Idempotency-Key`; it is recorded before
it is answered, and `GET /api/v1/requests/{request_id}` says what came of it.
Every no is `application/problem+json`, in Chinese and English, with what to do next.
"""


class Pages(Protocol):
    """What the pages bring: their routes, and how a problem looks as a page."""

    def install(self, app: FastAPI) -> None: ...

    def problem(self, request: Request, problem: Problem) -> Response: ...


def create_app(parts: Parts, pages: Pages | None = None) -> FastAPI:
    app = FastAPI(
        title="通办 Tongban",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.parts = parts
    problems.install(app, pages.problem if pages else None, ALWAYS)
    app.openapi = partial(document, app)  # type: ignore[method-assign]
    api.install(app)
    if pages:
        pages.install(app)
    if parts.provider:
        app.add_middleware(
            SessionMiddleware,
            secret_key=parts.sessions.oidc_secret,
            session_cookie="tongban_oidc",
            max_age=600,
            same_site="lax",
            https_only=parts.is_tls,
        )
    app.add_middleware(
        Security,
        limits=parts.limits,
        who=parts.sessions.person_id,
        is_tls=parts.is_tls,
        page=pages.problem if pages else None,
    )
    return app
