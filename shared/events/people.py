"""Who appears in facts, and what they hand in. Personal data: addressed facts only."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.fact import Shape


class Applicant(Shape):
    """The person or company a case is about, as signed in or as seen at the window."""

    user_id: str  # who may follow the case, e.g. "person:fengshou"
    kind: Literal["natural", "legal"]
    name: str
    code: str  # credit code (GB 32100) or identity number (GB 11643)
    contact_name: str
    mobile: str


class Officer(Shape):
    """Somebody acting for an agency."""

    id: str  # e.g. "officer:dengfeng-001"
    name: str


class HandedIn(Shape):
    """One material as handed in: a stored file, or a credential the city holds."""

    material: str  # the code of the material in the item's list
    file_name: str
    media_type: str
    size: int  # bytes
    sha256: str  # address of the content
    credential_id: UUID | None = None


class Opinion(Shape):
    """What an officer said when finishing a step; goes up with the file."""

    step: str
    agency: str
    officer: Officer
    outcome: Literal["passed", "granted", "refused"]
    text: str
    at: datetime
