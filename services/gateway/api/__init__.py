"""The REST interface, /api/v1: the same acts and the same rules as the pages."""

from __future__ import annotations

from fastapi import FastAPI

from services.gateway.api import (
    acts,
    applications,
    board,
    cases,
    certificates,
    desk,
    health,
    items,
    live,
    requests,
    session,
    uploads,
)
from services.gateway.api.answers import COMMON

PREFIX = "/api/v1"


def install(app: FastAPI) -> None:
    """Add every route, one router deep: each level more is searched at each request."""
    for module in (
        acts,
        applications,
        cases,
        requests,
        uploads,
        items,
        desk,
        certificates,
        board,
        session,
    ):
        app.include_router(module.router, prefix=PREFIX, responses=COMMON)
    app.include_router(live.router)
    app.include_router(health.router)
