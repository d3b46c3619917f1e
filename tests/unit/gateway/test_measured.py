"""How long people wait is counted by what they asked for, never by who or which."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY

from services.gateway.measured import Measured


@pytest.fixture
def app() -> Measured:
    """A made-up app with a prefix, a page of the same path, and one that fails."""
    api, pages = APIRouter(), APIRouter(prefix="/cases")

    @api.get("/cases/{case}")
    @pages.get("/{case}")
    async def case(case: str) -> Any:
        return {"case": case}

    @pages.post("/{case}/close", status_code=409)
    async def close(case: str) -> Any:
        return {"no": case}

    app = FastAPI()
    app.include_router(api, prefix="/api/v1")
    app.include_router(pages)
    return Measured(app, "/api/v1")


def count(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("tongban_request_seconds_count", labels) or 0


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/api/v1/cases/7", "/api/v1/cases/{case}", 200),
        ("GET", "/cases/7", "/cases/{case}", 200),
        ("POST", "/cases/7/close", "/cases/{case}/close", 409),
        ("GET", "/api/v1/7", "none", 404),
        ("GET", "/static/7.css", "/static", 404),
    ],
)
async def test_by_the_route_as_it_is_written(
    app: Measured, method: str, path: str, route: str, status: int
):
    before = count(method, route, status)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        await client.request(method, path)

    assert count(method, route, status) == before + 1
    assert REGISTRY.get_sample_value("tongban_requests_under_way") == 0
