"""What every page knows: who is signed in, where they may go, their forms' token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from services.gateway.access import Act, is_allowed
from services.gateway.sessions import CSRF_FIELD, Session
from services.gateway.standing import Person


@dataclass(frozen=True)
class Way:
    """One of the few places in the letterhead."""

    name: str
    href: str
    holds: tuple[str, ...] = ()  # other addresses that belong here


def ways(person: Person | None) -> list[Way]:
    """Return where somebody may go; strangers see where signing in would take them."""
    own = [
        Way(name, f"/{name}", (f"/{name}",))
        for name, act in (
            ("cases", Act.SEE_OWN_CASES),
            ("desk", Act.SEE_DESK),
            ("board", Act.SEE_BOARD),
            ("operations", Act.SEE_OPERATIONS),
        )
        if is_allowed(person, act)
    ]
    return [
        Way("home", "/", ("/items", "/apply")),
        *(own or [Way("cases", "/cases", ("/cases",))]),
        Way("verify", "/verify", ("/verify",)),
        Way("help", "/help"),
    ]


def surroundings(request: Request) -> dict[str, Any]:
    session: Session | None = getattr(request.state, "session", None)
    person = session.person if session else None
    return {
        "person": person,
        "ways": ways(person),
        "csrf_field": CSRF_FIELD,
        "csrf": session.csrf_token if session else "",
    }
