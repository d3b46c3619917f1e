"""The REST interface, /api/v1: the same acts and the same rules as the pages."""

from __future__ import annotations

from fastapi import APIRouter

from services.gateway.api import (
    acts,
    applications,
    board,
    cases,
    certificates,
    desk,
    items,
    live,
    requests,
    session,
    uploads,
)
from services.gateway.api.answers import COMMON


def router() -> APIRouter:
    whole = APIRouter()
    versioned = APIRouter(prefix="/api/v1", responses=COMMON)
    for module in (
        session,
        items,
        uploads,
        applications,
        requests,
        cases,
        acts,
        desk,
        certificates,
        board,
    ):
        versioned.include_router(module.router)
    whole.include_router(versioned)
    whole.include_router(live.router)
    return whole
