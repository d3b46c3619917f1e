"""Which instances of review a city runs: some departments' own, one for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.catalog.loader import load_catalogue

# Departments that run review themselves, each on its own database and topics.
OWN = ("410185-grain", "410100-grain")


@dataclass(frozen=True)
class Instance:
    """One instance of review: `source` is how it signs what it tells."""

    name: str
    agencies: tuple[str, ...]

    @property
    def source(self) -> str:
        return f"review.{self.name}"

    @property
    def arguments(self) -> list[str]:
        """Return what follows `python -m services.review`."""
        named = [part for agency in self.agencies for part in ("--agency", agency)]
        return [*named, "--name", self.name]


def agencies() -> list[str]:
    """Return the codes of all agencies of the catalogue."""
    return sorted(load_catalogue().agencies)


def regions() -> list[str]:
    """Return the regions whose supervisors are told of cards."""
    known = load_catalogue().agencies.values()
    return sorted({agency.region.code[:6] for agency in known})


def instances(all_agencies: Sequence[str]) -> list[Instance]:
    """Return every instance: the departments' own, and "city" for the rest."""
    own = [Instance(agency, (agency,)) for agency in OWN if agency in all_agencies]
    rest = tuple(agency for agency in all_agencies if agency not in OWN)
    return [*own, Instance("city", rest)] if rest else own
