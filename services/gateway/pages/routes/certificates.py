"""The certificate its holder shows, and the answer anybody gets about one."""

from __future__ import annotations

import io
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import segno
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from services.gateway.access import Act, Unseen
from services.gateway.guard import Requires, public
from services.gateway.identifiers import is_mistyped_credential
from services.gateway.pages.rendering import show
from services.gateway.parts import Parts, parts_of
from services.gateway.standing import Person
from services.gateway.views.certificates import Certificate
from shared.events.fact import Text
from shared.runtime import clock

router = APIRouter()


@router.get("/certificates/{credential_id}")
def certificate(
    credential_id: UUID,
    request: Request,
    _: Annotated[Person, Depends(Requires(Act.SEE_CERTIFICATE))],
) -> Response:
    parts = parts_of(request)
    found = parts.screens.certificates.certificate(credential_id)
    if found is None:
        raise Unseen
    where = f"/verify/{quote(found.identifier)}"
    return show(
        request,
        "certificate.html",
        certificate=found,
        face=_face(parts, found),
        holder_kind=_holder_kind(parts, found),
        is_valid=found.is_valid_on(clock.today()),
        where=where,
        code=qr_code(str(request.base_url).rstrip("/") + where),
    )


@router.get("/verify")
def ask(
    request: Request,
    _: Annotated[Person | None, Depends(public)],
    identifier: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    if wanted := identifier.strip():
        return RedirectResponse(f"/verify/{quote(wanted, safe='')}", 303)
    return show(request, "verify.html", asked="", found=None, now=clock.now())


@router.get("/verify/{identifier:path}")
def verify(
    identifier: str, request: Request, _: Annotated[Person | None, Depends(public)]
) -> Response:
    found = parts_of(request).screens.certificates.verify(identifier)
    return show(
        request,
        "verify.html",
        status=200 if found else 404,
        asked=identifier[:200],
        is_mistyped=found is None and is_mistyped_credential(identifier.strip()),
        found=found,
        now=clock.now(),
    )


def qr_code(address: str) -> Markup:
    """Return a QR code as SVG, without styles of its own."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, dark="#14262b"
    )
    return Markup(drawn.getvalue().decode())


def _face(parts: Parts, certificate: Certificate) -> list[tuple[Text, str]]:
    """Return the fields that the item puts on the face, under their labels."""
    case = parts.screens.cases.case(certificate.application_id)
    item = case and parts.screens.catalogue.item(case.task_code, case.item_version)
    return [
        (field.label, certificate.face[field.code])
        for field in (item.form if item else ())
        if field.on_face and field.code in certificate.face
    ]


def _holder_kind(parts: Parts, certificate: Certificate) -> str:
    file = parts.screens.cases.file(certificate.application_id)
    return file.applicant.kind if file else "natural"
