"""Who applies for what, and what everybody asks for until the case is over."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any
from uuid import UUID

from services.catalog.catalogue import Catalogue
from services.gateway.filing import must_bring
from services.gateway.people import Personas
from services.gateway.requests import new_case, request_id
from shared.events import gateway
from shared.events.catalog import ItemPublished
from shared.events.gateway import Requested
from shared.events.people import Applicant, HandedIn, Officer

CLERK = Officer(id="officer:dengfeng-window", name="王芳")
INVENTED = 5_000  # people and companies beside those who can sign in
STUCK = 0.001  # of the cases that take steps: nobody acts on them any more
INSTANT = 0.6  # of all cases: decided in the one act at the window
GRAIN = 0.6  # of the others

Request = tuple[Requested, str]  # what is asked, and by whom


@dataclass(frozen=True)
class Life:
    """One case. `acts`: so many are done after it was submitted; None is all."""

    name: str
    item: ItemPublished
    applicant: Applicant
    paper: HandedIn
    acts: int | None = None

    @cached_property
    def case(self) -> UUID:
        return new_case(request_id(self._submitter, self._key(0)))

    @property
    def _submitter(self) -> str:
        return CLERK.id if self.item.is_instant else self.applicant.user_id

    def asked(self, number: int) -> Request | None:
        """Return the act of this number (0: the submission), or None if it is over."""
        if number and (self.item.is_instant or number > self._last):
            return None
        if number == 0:
            return self._submission(), self._submitter
        if number == 1:
            said = self._said(1, CLERK.id) | {"agency": self.item.agency}
            accept = gateway.AcceptanceRequested.model_validate(said | {"clerk": CLERK})
            return accept, CLERK.id
        return self._step(number)

    @property
    def _last(self) -> int:
        every = 1 + len(self.item.steps)
        return every if self.acts is None else min(self.acts, every)

    def _step(self, number: int) -> Request:
        step = self.item.steps[number - 2]
        officer = Officer(id=f"officer:{step.agency}-{step.role}", name="赵强")
        said = self._said(number, officer.id) | {
            "agency": step.agency,
            "step": step.code,
            "officer": officer,
            "opinion": "材料齐全，符合条件",
        }
        if step.kind == "decide":
            said["granted"] = True
            return gateway.StepDecisionRequested.model_validate(said), officer.id
        return gateway.StepPassRequested.model_validate(said), officer.id

    def _submission(self) -> Requested:
        is_instant = self.item.is_instant
        return gateway.SubmissionRequested.model_validate(
            self._said(0, self._submitter)
            | {
                "task_code": self.item.task_code,
                "item_version": 1,
                "applicant": self.applicant,
                "form": _form(self.item),
                "materials": [
                    self.paper.model_copy(update={"material": m.code})
                    for m in self.item.materials
                    if must_bring(m)
                ],
                "channel": "window" if is_instant else "online",
                "clerk": CLERK if is_instant else None,
            }
        )

    def _said(self, number: int, who: str) -> dict[str, Any]:
        return {
            "request_id": request_id(who, self._key(number)),
            "application_id": self.case,
            "desk": "intake",
        }

    def _key(self, number: int) -> str:
        return f"{self.name}/{number}"


def _form(item: ItemPublished) -> dict[str, str]:
    values = {"number": "3", "date": "2016-01-04"}
    return {
        f.code: f.options[0].zh
        if f.kind == "choice"
        else values.get(f.kind, "登封市中岳街道嵩山路18号")
        for f in item.form
    }


class Town:
    """The people of a city and what they apply for; a seed decides it all."""

    def __init__(self, catalogue: Catalogue, paper: HandedIn, seed: int) -> None:
        self._chance = random.Random(seed)
        self._paper = paper
        offered = [
            item.model_copy(update={"version": 1})
            for item in catalogue.items
            if item.handling == "online" and item.state == "in_use"
        ]
        self._instant = [item for item in offered if item.is_instant]
        self._grain = [i for i in offered if i.task_code.endswith("000103001000")]
        self._others = [i for i in offered if not i.is_instant and i not in self._grain]
        self._people = {kind: _people(kind) for kind in ("natural", "legal")}
        self._weights = {
            kind: list(accumulate(1 / (rank + 1) for rank in range(len(people))))
            for kind, people in self._people.items()
        }

    def life(self, name: str, is_open: bool) -> Life:
        """Return one more life; one that is open has been begun and not ended."""
        drawn = self._chance.random()
        if is_open:
            items, acts = self._grain, self._chance.choice((0, 1, 2))
            if drawn < 0.3:
                items = self._others
            return self._life(name, items, acts)
        if drawn < INSTANT:
            return self._life(name, self._instant, None)
        items = self._grain if self._chance.random() < GRAIN else self._others
        is_stuck = self._chance.random() < STUCK
        return self._life(name, items, 1 if is_stuck else None)

    def _life(
        self, name: str, items: Sequence[ItemPublished], acts: int | None
    ) -> Life:
        item = self._chance.choice(items)
        kind = self._chance.choice(item.servers)
        people, weights = self._people[kind], self._weights[kind]
        [applicant] = self._chance.choices(people, cum_weights=weights)
        return Life(name, item, applicant, self._paper, acts)


def _people(kind: str) -> list[Applicant]:
    """Return who applies, those first who do so most often (Zipf's law)."""
    known = Personas.load()
    applicants = [p.person.applicant for p in (*known.all, *known.crowd)]
    named = [a for a in applicants if a is not None and a.kind == kind]
    return [*named, *_invented(kind)]


def _invented(kind: str) -> Iterator[Applicant]:
    names: Mapping[str, tuple[str, str]] = {
        "natural": ("居民{:05d}", "4101851980010{:05d}"),
        "legal": ("登封市第{:05d}粮油有限公司", "91410185MB{:08d}"),
    }
    name, code = names[kind]
    for number in range(INVENTED):
        yield Applicant.model_validate(
            {
                "user_id": f"person:{kind}-{number:05d}",
                "kind": kind,
                "name": name.format(number),
                "code": code.format(number),
                "contact_name": "周丰",
                "mobile": "13800003210",
            }
        )
