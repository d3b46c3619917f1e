"""Every no as a page: the rule in plain words, its article, and what to do now."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.gateway.pages.rendering import show
from services.gateway.problems import FieldError, Problem
from services.gateway.security import SAFE_METHODS
from shared.events.fact import Text

SIGN_IN = 401


def error_page(request: Request, problem: Problem) -> Response:
    """Show a problem to a person; who is not signed in is asked to, and comes back."""
    if problem.status == SIGN_IN:
        return RedirectResponse(f"/sign-in?back={quote(_came_from(request))}", 303)
    page = show(request, "error.html", status=problem.status, problem=problem.shape)
    page.headers.update(problem.headers or {})
    return page


def by_field(problem: Problem) -> dict[str, Text]:
    """Return the reasons of a problem; raises it again if it is about no field."""
    if not problem.shape.errors:
        raise problem
    return reasons(problem.shape.errors)


def reasons(errors: Iterable[FieldError]) -> dict[str, Text]:
    """Return what is wrong by the field it is about: the last part of its pointer."""
    return {error.pointer.rpartition("/")[2]: error.reason for error in errors}


def is_ours(address: str) -> bool:
    """Return whether an address leads to a page of this site."""
    return address.startswith("/") and not address.startswith(("//", "/\\"))


def _came_from(request: Request) -> str:
    if request.method in SAFE_METHODS:
        return str(request.url.path)
    try:
        path = urlsplit(request.headers.get("referer", "")).path
    except ValueError:  # no address at all
        return "/"
    return path if is_ours(path) else "/"
