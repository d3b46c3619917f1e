"""Certificates as their holder sees them, and whether one holds, for anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from services.gateway.standing import CertificateStanding
from services.gateway.views.rows import (
    LAST,
    PAGE,
    Page,
    Reader,
    columns,
    place_of,
    told,
    upsert,
)
from shared.events.credentials import CredentialFaceMade, CredentialIssued
from shared.events.fact import Message, Shape, Text
from shared.runtime import clock
from shared.runtime.database import Cursor
from shared.runtime.views import View


class Verification(Shape):
    """What anybody may know: whether it is valid, whose (masked), since when."""

    identifier: str
    name: Text
    agency: str
    agency_name: Text | None
    holder: str  # masked: 李*, 登封市****公司
    valid_from: date
    valid_to: date | None  # last valid day; None: long-term
    issued_at: datetime
    is_valid: bool


class Certificate(Shape):
    credential_id: UUID
    application_id: UUID
    identifier: str
    number: str
    name: Text
    credential_type: str | None
    holder_name: str
    holder_code: str
    holder_user_id: str
    agency: str
    agency_name: Text | None
    valid_from: date
    valid_to: date | None
    face: dict[str, str]
    issued_at: datetime

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (not self.valid_to or day <= self.valid_to)

    def verified(self) -> Verification:
        """Return what anybody may know of it today."""
        known = self.model_dump(include=set(Verification.model_fields))
        return Verification(
            **known,
            holder=masked(self.holder_name),
            is_valid=self.is_valid_on(clock.today()),
        )


class CertificatesView(View):
    NAME = "gateway.certificates"
    TABLES: ClassVar = ("certificates",)
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS certificates (
        credential_id uuid PRIMARY KEY, application_id uuid, identifier text,
        number text, name jsonb, credential_type text, holder_name text,
        holder_code text, holder_user_id text, agency text, region text,
        valid_from date, valid_to date, face jsonb, issued_at timestamptz);
    CREATE INDEX IF NOT EXISTS certificates_by_identifier
        ON certificates (identifier);
    CREATE INDEX IF NOT EXISTS certificates_by_number ON certificates (number);
    CREATE INDEX IF NOT EXISTS certificates_held
        ON certificates (holder_user_id, issued_at DESC, credential_id DESC);
    CREATE INDEX IF NOT EXISTS certificates_of_case ON certificates (application_id);
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        upsert(cursor, "certificates", ["credential_id"], _issued(messages))
        upsert(cursor, "certificates", ["credential_id"], _faces(messages))


def _issued(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [
        columns(fact, "credential_id", "application_id", "credential_type", "region")
        for _, fact in told(messages, CredentialIssued)
    ]


def _faces(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [
        columns(fact, *CredentialFaceMade.model_fields)
        for _, fact in told(messages, CredentialFaceMade)
    ]


_CERTIFICATE = (
    "SELECT c.*, a.name AS agency_name FROM certificates c"
    " LEFT JOIN agencies a ON a.code = c.agency WHERE c.number IS NOT NULL AND "
)


class Certificates(Reader):
    def certificate(self, credential_id: UUID) -> Certificate | None:
        return self._one(
            Certificate, f"{_CERTIFICATE} c.credential_id = %s", (credential_id,)
        )

    def of_case(self, application_id: UUID) -> Certificate | None:
        return self._one(
            Certificate, f"{_CERTIFICATE} c.application_id = %s", (application_id,)
        )

    def of_person(
        self, user_id: str, *, after: str | None = None, limit: int = PAGE
    ) -> Page[Certificate]:
        """Return what somebody holds, newest first."""
        at, credential_id = place_of(after, datetime.fromisoformat, UUID)
        return self._page(
            Certificate,
            f"""{_CERTIFICATE} c.holder_user_id = %(user_id)s
            AND (c.issued_at, c.credential_id) < (
                COALESCE(%(at)s::timestamptz, 'infinity'), COALESCE(%(id)s, {LAST}))
            ORDER BY c.issued_at DESC, c.credential_id DESC LIMIT %(limit)s
            """,
            {"user_id": user_id, "at": at, "id": credential_id},
            limit,
            lambda row: (row.issued_at.isoformat(), row.credential_id),
        )

    def verify(self, identifier: str) -> Verification | None:
        """Return whether the certificate of this identifier holds.

        A number will do where only one certificate bears it: issuers number their own.
        """
        wanted = identifier.replace("\0", "").strip()[:200]
        found = self._one(
            Certificate, f"{_CERTIFICATE} c.identifier = %s LIMIT 1", (wanted,)
        )
        if found:
            return found.verified()
        numbered = self._all(
            Certificate, f"{_CERTIFICATE} c.number = %s LIMIT 2", (wanted,)
        )
        return numbered[0].verified() if len(numbered) == 1 else None

    def standing(self, credential_id: UUID) -> CertificateStanding | None:
        return self._one(
            CertificateStanding,
            "SELECT credential_id, application_id, holder_user_id FROM certificates"
            " WHERE credential_id = %s AND number IS NOT NULL",
            (credential_id,),
        )


def masked(name: str) -> str:
    """Return a name that its owner recognises and a stranger does not: 李*, 李*敏."""
    if len(name) <= 2:
        return name[:1] + "*"
    if len(name) <= 4:
        return name[0] + "*" * (len(name) - 2) + name[-1]
    return name[:3] + "****" + name[-2:]
