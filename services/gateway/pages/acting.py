"""What every form does: read its fields, ask under its key, go to the receipt."""

from __future__ import annotations

from uuid import uuid4

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from services.gateway.parts import parts_of
from services.gateway.requests import Recorded

WAIT = 1.5  # seconds until the receipt is shown without the outcome
LONGEST_KEY = 100


def new_key() -> str:
    """Return a key that goes into a form: sending it twice asks once."""
    return str(uuid4())


def said(form: FormData, field: str) -> str:
    """Return what was written in a field, as one line ending after another."""
    value = form.get(field)
    return (
        value.replace("\r\n", "\n").replace("\0", "") if isinstance(value, str) else ""
    )


def key_of(form: FormData) -> str:
    return said(form, "key")[:LONGEST_KEY] or new_key()


async def to_receipt(request: Request, recorded: Recorded) -> RedirectResponse:
    """Go to what came of it; a moment later, so that it is mostly known by then."""
    await parts_of(request).asking.outcome(recorded, WAIT)
    return RedirectResponse(f"/requests/{recorded.request_id}", 303)
