"""Files people hand in: stored once by their content, kept with the database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import puremagic
from psycopg.rows import TupleRow

from services.gateway.views.rows import Reader
from shared.events.fact import Shape
from shared.runtime import clock

LARGEST_FILE = 10 * 1024 * 1024
ALLOWED = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}

SCHEMA = """
CREATE TABLE IF NOT EXISTS blobs (
    sha256 text PRIMARY KEY, media_type text NOT NULL, size bigint NOT NULL,
    content bytea NOT NULL, stored_at timestamptz NOT NULL);
ALTER TABLE blobs ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE IF NOT EXISTS blob_uploads (
    sha256 text, person text, at timestamptz NOT NULL,
    PRIMARY KEY (sha256, person));
"""


class NotAllowed(ValueError):
    """The content is none of the kinds of file that may be handed in."""


class TooLarge(ValueError):
    """The file is larger than LARGEST_FILE."""


class Stored(Shape):
    """A stored file: what it is, and the address of its content."""

    sha256: str
    media_type: str
    size: int
    stored_at: datetime


class Blob(Stored):
    content: bytes


class Blobs(Reader):
    def put(self, content: bytes, person: str) -> Stored:
        """Store a file for this person; raises NotAllowed, TooLarge."""
        if len(content) > LARGEST_FILE:
            raise TooLarge
        stored = Stored(
            sha256=hashlib.sha256(content).hexdigest(),
            media_type=sniffed(content),
            size=len(content),
            stored_at=clock.now(),
        )
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(
                "INSERT INTO blobs (sha256, media_type, size, stored_at, content)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (*stored.model_dump().values(), content),
            )
            connection.execute(
                "INSERT INTO blob_uploads VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (stored.sha256, person, stored.stored_at),
            )
        return stored

    def uploaded(self, person: str, sha256: Iterable[str]) -> dict[str, Stored]:
        """Return which of these files this person has uploaded, by their addresses."""
        wanted = sorted(set(sha256))
        found = (
            self._all(
                Stored,
                "SELECT b.sha256, media_type, size, stored_at FROM blobs b JOIN"
                " blob_uploads u USING (sha256) WHERE sha256 = ANY(%s) AND person = %s",
                (wanted, person),
            )
            if wanted
            else []
        )
        return {stored.sha256: stored for stored in found}

    def read(self, sha256: str) -> Blob | None:
        """Return a file with its content; who may read it is asked before."""
        return self._one(Blob, "SELECT * FROM blobs WHERE sha256 = %s", (sha256,))

    def is_in_case(self, sha256: str, application_id: UUID) -> bool:
        """Return whether the file of a case holds this content."""
        with self._pool.connection() as connection:
            row: TupleRow | None = connection.execute(
                "SELECT 1 FROM files WHERE application_id = %s AND"
                " materials @> jsonb_build_array("
                "   jsonb_build_object('sha256', %s::text))",
                (application_id, sha256),
            ).fetchone()
        return row is not None


def sniffed(content: bytes) -> str:
    """Return the media type that the content itself shows; raises NotAllowed."""
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError) as unknown:
        raise NotAllowed from unknown
    for match in found:
        if media_type := ALLOWED.get(match.extension.lower()):
            return media_type
    raise NotAllowed
