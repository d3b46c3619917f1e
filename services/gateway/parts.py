"""What pages and API stand on; put together by `bootstrap`, carried by the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from services.gateway.asking import Asking
from services.gateway.blobs import Blobs
from services.gateway.drafts import Drafts
from services.gateway.live import Live
from services.gateway.oidc import Provider
from services.gateway.people import People, Personas
from services.gateway.requests import Requests
from services.gateway.room import Room
from services.gateway.security import Limits
from services.gateway.sessions import Sessions
from services.gateway.views import Screens


@dataclass(frozen=True)
class Parts:
    screens: Screens
    requests: Requests
    asking: Asking
    blobs: Blobs
    drafts: Drafts
    live: Live
    people: People
    personas: Personas | None  # None: nobody signs in as a demo person
    provider: Provider | None  # None: nobody signs in elsewhere
    sessions: Sessions
    missing: Callable[[], list[str]]  # what is not there yet, for /health; blocks
    acting: Room  # where those are who change something
    limits: Limits = field(default_factory=Limits)
    is_tls: bool = False


def parts_of(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)
