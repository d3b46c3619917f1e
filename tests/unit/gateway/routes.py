"""Every route of the app, however deeply it was included, and what guards it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from services.gateway.guard import Requires, public, whoever

OPEN = (public, whoever)  # anybody may use what these guard


class Rule(NamedTuple):
    path: str
    method: str
    guards: tuple[object, ...]  # a Requires, `public` or `whoever`


def rules(app: FastAPI) -> list[Rule]:
    """Return what guards each route; the app's own document excepted."""
    return [
        Rule(str(route.path), method, tuple(_guards(getattr(route, "dependant", None))))
        for route in iter_route_contexts(app.routes)
        if route.path not in ("/api/v1/openapi.json", "/static")
        for method in sorted(route.methods or {"GET"})
        if isinstance(route.original_route, APIRoute) or method == "GET"
    ]


def _guards(dependant: Dependant | None) -> Iterator[object]:
    if dependant is None:
        return
    if isinstance(dependant.call, Requires) or dependant.call in OPEN:
        yield dependant.call
    for each in dependant.dependencies:
        yield from _guards(each)
