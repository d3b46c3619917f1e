"""A credential: what it says, for how long it holds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.runtime.aggregate import Aggregate, Counter, Created


class Credential(Aggregate):
    """One per case and type, however often it is ordered."""

    TOPIC = "credentials.Credential"

    class Issued(Created):
        application_id: UUID
        credential_type: str
        identifier: str
        number: str  # 证照编号
        name: dict[str, str]
        holder: dict[str, Any]
        agency: str
        region: str
        valid_from: date
        valid_to: date | None
        face: dict[str, str]
        issued_at: datetime

    def __init__(
        self,
        application_id: UUID,
        credential_type: str,
        identifier: str,
        number: str,
        name: dict[str, str],
        holder: dict[str, Any],
        agency: str,
        region: str,
        valid_from: date,
        valid_to: date | None,
        face: dict[str, str],
        issued_at: datetime,
    ) -> None:
        self.identifier = identifier
        self.valid_to = valid_to

    @staticmethod
    def create_id(application_id: UUID, credential_type: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"credential/{application_id}/{credential_type}")


class Register(Counter):
    """The serial numbers one issuer has given to one type in one year."""

    TOPIC = "credentials.Register"

    class Opened(Created):
        credential_type: str
        agency: str
        year: int

    class Entered(Aggregate.Event):
        serial: int

        def apply(self, aggregate: Register) -> None:
            aggregate.last = self.serial

    def __init__(self, credential_type: str, agency: str, year: int) -> None:
        self.year = year
        self.last = 0

    @staticmethod
    def create_id(credential_type: str, agency: str, year: int) -> UUID:
        return uuid5(NAMESPACE_URL, f"register/{credential_type}/{agency}/{year}")

    def enter(self) -> str:
        """Return the next serial: year and seven digits."""
        self.trigger_event(self.Entered, serial=self.last + 1)
        return f"{self.year}{self.last:07d}"


def last_valid_day(first: date, years: int | None) -> date | None:
    """Return the last day of a validity in years; None for long-term."""
    if years is None:
        return None
    try:
        end = first.replace(year=first.year + years)
    except ValueError:  # 29 February
        end = date(first.year + years, 3, 1)
    return date.fromordinal(end.toordinal() - 1)
