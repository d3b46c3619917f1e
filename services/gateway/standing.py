"""Who somebody is, and what about a case decides what they may do with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.events.fact import Shape
from shared.events.people import Applicant, Officer


class Role(StrEnum):
    APPLICANT = "applicant"
    CLERK = "clerk"
    HANDLER = "handler"
    REVIEWER = "reviewer"
    DECIDER = "decider"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"


EXAMINERS = frozenset({Role.HANDLER, Role.REVIEWER, Role.DECIDER})
OFFICERS = EXAMINERS | {Role.CLERK}


class Person(Shape):
    """Who is signed in. Roles of an officer hold in each of the agencies."""

    id: str
    name: str
    roles: frozenset[Role]
    region: str | None = None
    agencies: frozenset[str] = frozenset()
    applicant: Applicant | None = None

    def is_any(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def serves(self, agency: str, *roles: Role) -> bool:
        return agency in self.agencies and self.is_any(*roles)

    @property
    def is_officer(self) -> bool:
        return not self.roles.isdisjoint(OFFICERS)

    @property
    def officer(self) -> Officer:
        return Officer(id=self.id, name=self.name)

    @property
    def county(self) -> str | None:
        """Return the region supervised; None for the city, which sees all of it."""
        return county_of(self.region)


def county_of(region: str | None) -> str | None:
    """Return the county a region lies in; None for the whole city."""
    return None if not region or region[4:6] == "00" else region[:6]


class CaseStanding(Shape):
    """What about a case decides who may see it and act on it."""

    application_id: UUID
    user_id: str
    agency: str  # who accepts it
    region: str
    state: str
    agencies: tuple[str, ...] = ()  # who has, or has had, a step of it


class StepStanding(Shape):
    application_id: UUID
    user_id: str | None  # who applied
    step: str
    agency: str
    role: Literal["handler", "reviewer", "decider"]


class CertificateStanding(Shape):
    credential_id: UUID
    application_id: UUID
    holder_user_id: str


class RequestStanding(Shape):
    request_id: UUID
    person: str
