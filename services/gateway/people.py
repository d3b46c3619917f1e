"""Whom the gateway knows: demo personas, or people an identity provider vouches for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import NAMESPACE_URL, uuid5

import yaml
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, model_validator

from services.gateway.identifiers import is_code_of, is_mobile
from services.gateway.standing import OFFICERS, Person, Role
from services.gateway.views.rows import Reader
from shared.events.fact import Shape, Text
from shared.events.people import Applicant
from shared.runtime import clock

PERSONAS = Path(__file__).parent / "personas.yaml"
CROWD = Path(__file__).parent / "crowd.yaml"

SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    id text PRIMARY KEY, person jsonb NOT NULL, code text,
    seen_at timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS people_by_code ON people (code);
"""


class People(Protocol):
    def find(self, person_id: str) -> Person | None:
        """Return who bears this id, with the roles they have now."""

    def holder(self, kind: Literal["natural", "legal"], code: str) -> str:
        """Return the user id under which an applicant of this code follows cases."""


class Persona(BaseModel):
    """A demo person as written in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    about: str
    roles: frozenset[Role]
    region: str | None = None
    agencies: frozenset[str] = frozenset()
    applicant: dict[str, str] | None = None

    @model_validator(mode="after")
    def is_consistent(self) -> Persona:
        if not self.roles:
            raise ValueError(f"{self.id} has no role")
        if bool(self.roles & OFFICERS) != bool(self.agencies):
            raise ValueError(f"{self.id}: officers, and only they, have agencies")
        if (Role.APPLICANT in self.roles) != (self.applicant is not None):
            raise ValueError(f"{self.id}: applicants, and only they, say who they are")
        if Role.SUPERVISOR in self.roles and not self.region:
            raise ValueError(f"{self.id}: a supervisor has a region")
        if applicant := self.person.applicant:
            if not is_code_of(applicant.kind, applicant.code, clock.today()):
                raise ValueError(f"{self.id}: {applicant.code} is no valid code")
            if not is_mobile(applicant.mobile):
                raise ValueError(f"{self.id}: {applicant.mobile} is no mobile number")
        return self

    @property
    def person(self) -> Person:
        applicant = (
            Applicant.model_validate({"user_id": self.id, **self.applicant})
            if self.applicant
            else None
        )
        said: dict[str, Any] = self.model_dump(exclude={"about", "applicant"})
        return Person(**said, applicant=applicant)

    @property
    def description(self) -> Text:
        zh, _, en = (part.strip() for part in self.about.partition("|"))
        return Text(zh=zh, en=en or zh)


class Personas:
    """Demo people; anybody may sign in as any of them."""

    def __init__(
        self, personas: Sequence[Persona], crowd: Sequence[Persona] = ()
    ) -> None:
        """`crowd`: more applicants, whom nobody is offered to sign in as."""
        self.all = tuple(personas)
        self.crowd = tuple(crowd)
        everybody = [*personas, *crowd]
        self._people = {persona.id: persona.person for persona in everybody}
        if len(self._people) < len(everybody):
            raise ValueError("two personas bear the same id")

    @classmethod
    def load(cls, path: Path = PERSONAS, crowd: Path = CROWD) -> Personas:
        """Read and check the files; raises ValueError, naming who is wrong."""
        return cls(_read(path), _read(crowd))

    def find(self, person_id: str) -> Person | None:
        return self._people.get(person_id)

    def holder(self, kind: Literal["natural", "legal"], code: str) -> str:
        for person in self._people.values():
            if person.applicant and person.applicant.code == code:
                return person.id
        return derived_holder(kind, code)


def _read(path: Path) -> list[Persona]:
    written = yaml.safe_load(path.read_text("utf-8"))
    return [Persona.model_validate(each) for each in written]


class _Known(Shape):
    person: Person


class SignedIn(Reader):
    """People who have signed in through an identity provider."""

    def keep(self, person: Person) -> None:
        """Remember somebody as the provider describes them now."""
        code = person.applicant.code if person.applicant else None
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO people VALUES (%s, %s, %s, %s) ON CONFLICT (id)"
                " DO UPDATE SET person = EXCLUDED.person, code = EXCLUDED.code,"
                " seen_at = EXCLUDED.seen_at",
                (
                    person.id,
                    Jsonb(person.model_dump(mode="json")),
                    code,
                    clock.now(),
                ),
            )

    def find(self, person_id: str) -> Person | None:
        known = self._one(
            _Known, "SELECT person FROM people WHERE id = %s", (person_id,)
        )
        return known.person if known else None

    def holder(self, kind: Literal["natural", "legal"], code: str) -> str:
        known = self._one(
            _Known, "SELECT person FROM people WHERE code = %s LIMIT 1", (code,)
        )
        return known.person.id if known else derived_holder(kind, code)


def derived_holder(kind: str, code: str) -> str:
    """Return an id that says nothing about the code it is made from."""
    return f"person:{uuid5(NAMESPACE_URL, f'tongban/{kind}/{code}')}"
