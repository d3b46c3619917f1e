"""What pages and API stand on; put together by `bootstrap`, carried by the app."""

from __future__ import annotations

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
from services.gateway.security import Limits
from services.gateway.sessions import Sessions
from services.gateway.views import Screens
from shared.runtime.health import Health


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
    health: Health
    limits: Limits = field(default_factory=Limits)
    is_tls: bool = False

    def missing(self) -> list[str]:
        """Return what is not there yet."""
        return self.health.missing()


def parts_of(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)
