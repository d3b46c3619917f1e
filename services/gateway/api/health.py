"""How this gateway is, for whoever keeps it running.

A load balancer asks /health: /ready misses Kafka too, without which people can still
apply, and all gateways would be taken out at once.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from services.gateway.guard import whoever
from services.gateway.parts import parts_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(whoever)])


@router.get("/health")
async def health(request: Request) -> Response:
    """Answer 200 while all loops turn, else 503 with those that are stuck."""
    return _said("stuck", parts_of(request).health.stuck())


@router.get("/ready")
async def ready(request: Request) -> Response:
    """Answer 200 when everything is there, else 503 with what is missing."""
    return _said("missing", parts_of(request).health.missing())


def _said(name: str, found: list[str]) -> Response:
    return JSONResponse({name: found}, status_code=503 if found else 200)
