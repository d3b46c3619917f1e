"""Files, handed in before the application that names them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from services.gateway.access import Act, Unseen
from services.gateway.api.answers import ONE, SIGNED_IN, noes
from services.gateway.blobs import ALLOWED, LARGEST_FILE, Stored, TooLarge
from services.gateway.guard import Requires
from services.gateway.parts import parts_of
from services.gateway.standing import Person

router = APIRouter(tags=["uploads"])

BINARY = {"schema": {"type": "string", "format": "binary"}}
CONTENT = {media_type: BINARY for media_type in sorted(set(ALLOWED.values()))}


@router.post(
    "/uploads",
    status_code=201,
    responses={**SIGNED_IN, **noes(415)},
    openapi_extra={"requestBody": {"required": True, "content": CONTENT}},
)
async def upload(
    request: Request, person: Annotated[Person, Depends(Requires(Act.UPLOAD))]
) -> Stored:
    """Store the body (PDF, PNG or JPEG, at most 10 MiB); its sha256 is its address."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_FILE:
            raise TooLarge
    blobs = parts_of(request).blobs
    return await run_in_threadpool(blobs.put, bytes(content), person.id)


@router.get(
    "/blobs/{sha256}",
    dependencies=[Depends(Requires(Act.READ_BLOB))],
    responses={**ONE, 200: {"content": CONTENT, "description": "The file"}},
    response_class=Response,
)
def read(
    request: Request,
    sha256: Annotated[str, Path(max_length=64)],
    case: Annotated[  # noqa: ARG001 - read by the guard
        str | None, Query(max_length=36, description="the case whose file holds it")
    ] = None,
) -> Response:
    """Return a file to who uploaded it, or to a party of the case."""
    blob = parts_of(request).blobs.read(sha256)
    if blob is None:
        raise Unseen
    return Response(
        blob.content,
        media_type=blob.media_type,
        headers={"Content-Disposition": f'inline; filename="{sha256[:12]}"'},
    )
