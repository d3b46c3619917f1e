"""Certificates: one's own, and whether one holds, for anybody."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from services.gateway.access import Act, Unseen
from services.gateway.api.answers import A_PAGE, ONE, SIGNED_IN, After, Limit, noes
from services.gateway.guard import Requires, public
from services.gateway.parts import parts_of
from services.gateway.standing import Person
from services.gateway.views.certificates import Certificate, Verification
from services.gateway.views.rows import Page

router = APIRouter(tags=["certificates"])


@router.get("/certificates", responses=SIGNED_IN)
def mine(
    request: Request,
    after: After,
    person: Annotated[Person, Depends(Requires(Act.SEE_OWN_CASES))],
    limit: Limit = A_PAGE,
) -> Page[Certificate]:
    """What one holds, newest first."""
    certificates = parts_of(request).screens.certificates
    return certificates.of_person(person.id, after=after, limit=limit)


@router.get(
    "/certificates/{credential_id}",
    dependencies=[Depends(Requires(Act.SEE_CERTIFICATE))],
    responses=ONE,
)
def certificate(request: Request, credential_id: UUID) -> Certificate:
    """One's own certificate, with its face."""
    found = parts_of(request).screens.certificates.certificate(credential_id)
    if found is None:
        raise Unseen
    return found


@router.get("/verify/{identifier}", dependencies=[Depends(public)], responses=noes(404))
def verify(
    request: Request, identifier: Annotated[str, Path(max_length=200)]
) -> Verification:
    """Whether the certificate of this identifier or number holds, and since when."""
    found = parts_of(request).screens.certificates.verify(identifier)
    if found is None:
        raise Unseen
    return found
