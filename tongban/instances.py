"""Which instances of review a city runs: some departments' own, one for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from services.catalog.loader import load_catalogue


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


def instances() -> list[Instance]:
    """Return every instance the catalogue names, that of most agencies last."""
    served: dict[str, list[str]] = {}
    for code, agency in sorted(load_catalogue().agencies.items()):
        served.setdefault(agency.review, []).append(code)
    return [
        Instance(source.removeprefix("review."), tuple(codes))
        for source, codes in sorted(served.items(), key=lambda each: len(each[1]))
    ]
