"""Checks what was filled in against the item, and says all that is wrong at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from services.gateway import saying
from services.gateway.blobs import Stored
from services.gateway.identifiers import is_code_of, is_mobile
from services.gateway.problems import FieldError, Problem
from shared.events.catalog import FormField, ItemPublished, Material
from shared.events.fact import Text
from shared.events.people import Applicant, HandedIn
from shared.runtime import clock

DEEPEST = 10  # levels of lists and objects in what is sent
MOST_PARTS = 1_000  # values in what is sent: all lists, all forms
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
Uploaded = Mapping[str, Stored]  # by their addresses


class Sent(BaseModel):
    """What people send: text as meant, without blanks around it or controls in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def has_few_parts(cls, sent: Any) -> Any:
        """Each wrong part is described: endless ones would make everybody wait."""
        left, count = [(sent, 1)], 0
        while left:
            part, depth = left.pop()
            inner = part.values() if isinstance(part, dict) else part
            if isinstance(inner, str) or not isinstance(inner, Collection):
                continue
            count += len(inner)
            if count > MOST_PARTS or depth > DEEPEST:
                raise PydanticCustomError("too_many_parts", "Too much at once")
            left.extend((each, depth + 1) for each in inner)
        return sent

    @field_validator("*", mode="before")
    @classmethod
    def is_text(cls, value: Any) -> Any:
        return _as_meant(value)


class MaterialIn(Sent):
    """A file uploaded before, for one entry of the list of materials."""

    material: str = Field(min_length=1, max_length=100)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    file_name: str = Field(min_length=1, max_length=200)


class ApplicantIn(Sent):
    """Whom the clerk has at the window."""

    kind: Literal["natural", "legal"]
    name: str = Field(min_length=1, max_length=100)
    code: str = Field(min_length=1, max_length=18)
    contact_name: str = Field(min_length=1, max_length=100)
    mobile: str = Field(min_length=1, max_length=20)


class Filled(Sent):
    """A form and the files that go with it."""

    form: dict[str, str] = Field(default_factory=dict, max_length=200)
    materials: tuple[MaterialIn, ...] = Field(default=(), max_length=100)


def _as_meant(value: Any) -> Any:
    """Nobody means control characters, nor any that turn the way text runs."""
    match value:
        case str():
            return _CONTROLS.sub("", value)
        case dict():
            return {_as_meant(k): _as_meant(v) for k, v in value.items()}
        case list() | tuple():
            return [_as_meant(each) for each in value]
    return value


def must_be_right(errors: Sequence[FieldError]) -> None:
    """Raise a Problem naming every place that is wrong, if any is."""
    if errors:
        raise Problem(422, "Invalid", saying.INVALID, errors=errors)


def form_errors(
    item: ItemPublished, form: dict[str, str], is_whole: bool = True
) -> list[FieldError]:
    """Return what is wrong with a form; only a whole one must have all its fields."""
    known = {field.code: field for field in item.form}
    errors = [
        _error(f"/form/{code}", saying.UNKNOWN_FIELD) for code in form.keys() - known
    ]
    for code, field in known.items():
        if code in form or is_whole:
            value = form.get(code, "").strip()
            errors += [_error(f"/form/{code}", no) for no in _noes(field, value)]
    return errors


def _noes(field: FormField, value: str) -> Iterator[Text]:
    if not value:
        if field.is_required:
            yield saying.REQUIRED
        return
    if len(value) > field.max_length:
        yield saying.too_long(field.max_length)
    match field.kind:
        case "number" if not _NUMBER.fullmatch(value):
            yield saying.NOT_A_NUMBER
        case "number" if float(value) < field.minimum:
            yield saying.too_small(field.minimum)
        case "date" if not _is_date(value):
            yield saying.NOT_A_DATE
        case "choice" if value not in {
            word for option in field.options for word in (option.zh, option.en)
        }:
            yield saying.NOT_AN_OPTION


def hand_in(
    item: ItemPublished,
    materials: Sequence[MaterialIn],
    uploaded: Uploaded,
    is_whole: bool,
) -> tuple[tuple[HandedIn, ...], list[FieldError]]:
    """Return the files handed in, and what is wrong with the list of them."""
    known = {material.code for material in item.materials}
    handed_in, errors = [], []
    for at, material in enumerate(materials):
        stored = uploaded.get(material.sha256)
        if material.material not in known:
            errors.append(_error(f"/materials/{at}/material", saying.UNKNOWN_MATERIAL))
        elif stored is None:
            errors.append(_error(f"/materials/{at}/sha256", saying.NOT_UPLOADED))
        else:
            handed_in.append(
                HandedIn(
                    material=material.material,
                    file_name=material.file_name,
                    media_type=stored.media_type,
                    size=stored.size,
                    sha256=stored.sha256,
                )
            )
    codes = [material.material for material in materials]
    errors += [
        _error(f"/materials/{at}/material", saying.TWICE)
        for at, code in enumerate(codes)
        if code in codes[:at]
    ]
    if is_whole:
        errors += [
            _error(f"/materials/{material.code}", saying.MATERIAL_MISSING)
            for material in item.materials
            if must_bring(material) and material.code not in codes
        ]
    return tuple(handed_in), errors


def must_bring(material: Material) -> bool:
    """Return whether the applicant has to hand it in: the city does not have it."""
    return material.is_required and not material.is_exempt and material.source == "self"


def applicant_errors(applicant: ApplicantIn) -> list[FieldError]:
    errors = []
    if not is_code_of(applicant.kind, applicant.code, clock.today()):
        is_legal = applicant.kind == "legal"
        no = saying.BAD_CREDIT_CODE if is_legal else saying.BAD_IDENTITY_NUMBER
        errors.append(_error("/applicant/code", no))
    if not is_mobile(applicant.mobile):
        errors.append(_error("/applicant/mobile", saying.BAD_MOBILE))
    return errors


def as_applicant(applicant: ApplicantIn, user_id: str) -> Applicant:
    return Applicant(user_id=user_id, **applicant.model_dump())


def kept(form: dict[str, str]) -> dict[str, str]:
    """Return a form without blanks around its answers."""
    return {code: value.strip() for code, value in form.items() if value.strip()}


def supplement_errors(
    item: ItemPublished, before: Mapping[str, str], filled: Filled, note: str
) -> list[FieldError]:
    """Return what is wrong with the one supplement; it changes or adds something."""
    changes = kept(filled.form).items() - before.items()
    if not changes and not filled.materials and not note.strip():
        return [_error("/note", saying.NOTHING_ADDED)]
    errors = text_errors("/note", note, is_required=False)
    return errors + form_errors(item, filled.form, is_whole=False)


def text_errors(
    pointer: str, value: str, limit: int = 2_000, *, is_required: bool = True
) -> list[FieldError]:
    """Return what is wrong with words that must, or may, be said."""
    if is_required and not value.strip():
        return [_error(pointer, saying.REQUIRED)]
    return [_error(pointer, saying.too_long(limit))] if len(value) > limit else []


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _error(pointer: str, reason: Text) -> FieldError:
    return FieldError(pointer=pointer, reason=reason)
