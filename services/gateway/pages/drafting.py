"""Applications not sent yet: answers, files and key, saved as people go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.gateway.drafts import Draft
from services.gateway.pages.acting import new_key
from services.gateway.pages.uploads import Given, recalled
from services.gateway.parts import Parts
from services.gateway.standing import Person
from shared.events.catalog import ItemPublished

SUPPLEMENT = "supplement:"  # drafts under such a name are not applications


@dataclass(frozen=True)
class Answers:
    """What one has filled in so far. `key` names the sending, whenever it comes."""

    form: dict[str, str] = field(default_factory=dict)
    materials: dict[str, Given] = field(default_factory=dict)
    key: str = field(default_factory=new_key)
    note: str = ""

    def with_files(self, given: Mapping[str, Given], removed: str = "") -> Answers:
        kept = {**self.materials, **given}
        kept.pop(removed, None)
        return replace(self, materials=kept)

    def with_form(self, form: Mapping[str, str]) -> Answers:
        return replace(self, form={**self.form, **form})


def answers_of(parts: Parts, person: Person, name: str) -> Answers | None:
    """Return a saved draft; None if there is none."""
    draft = parts.drafts.draft(person.id, name)
    return _read(draft.content) if draft else None


def save(parts: Parts, person: Person, name: str, answers: Answers) -> None:
    materials = {code: given.model_dump() for code, given in answers.materials.items()}
    content = {"form": answers.form, "key": answers.key, "note": answers.note}
    parts.drafts.save(person.id, name, {**content, "materials": materials})


def open_drafts(parts: Parts, person: Person) -> list[tuple[Draft, ItemPublished]]:
    """Return somebody's unsent applications, with what they are for."""
    found = [
        (draft, parts.screens.catalogue.item(draft.task_code))
        for draft in parts.drafts.of_person(person.id)
        if not draft.task_code.startswith(SUPPLEMENT)
    ]
    return [(draft, item) for draft, item in found if item]


def _read(content: Mapping[str, Any]) -> Answers:
    return Answers(
        form=dict(content.get("form", {})),
        materials=recalled(content),
        key=content.get("key") or new_key(),
        note=content.get("note", ""),
    )
