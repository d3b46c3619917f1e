"""Facts told by credentials: what has been issued, and whether it still holds."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from shared.events.fact import Fact, Text


class CredentialIssued(Fact):
    """To the world: a credential exists. Who holds it is not said here."""

    TYPE = "credentials.credential_issued"

    credential_id: UUID
    application_id: UUID
    identifier: str  # 证照标识, GB/T 36904
    credential_type: str
    name: Text
    agency: str
    region: str
    valid_from: date
    valid_to: date | None  # last valid day; None: long-term
    issued_at: datetime


class CredentialFaceMade(Fact):
    """What the credential shows (照面), for the holder and for who verifies it."""

    TYPE = "credentials.credential_face_made"
    FOR = "gateway"

    credential_id: UUID
    application_id: UUID
    identifier: str
    number: str  # 证照编号
    name: Text
    holder_name: str
    holder_code: str
    holder_user_id: str
    agency: str
    valid_from: date
    valid_to: date | None
    face: dict[str, str]
    issued_at: datetime
