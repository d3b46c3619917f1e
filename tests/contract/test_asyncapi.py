"""The published contract is the one the code keeps."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import orjson
import pytest

from shared.events.fact import Fact
from shared.runtime import wire
from tests import controls
from tests.contract import charters
from tests.contract.charters import SERVICES
from tests.contract.examples import GOLDEN
from tongban import asyncapi
from tongban.asyncapi import DOCUMENT, LISTENS, address, document, example, facts

described = cache(document)


def test_the_document_is_up_to_date():
    assert asyncapi.text() == DOCUMENT.read_text(encoding="utf-8"), (
        "write it again: python -m tongban.asyncapi"
    )


@pytest.mark.parametrize(
    "path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem
)
def test_every_example_is_as_its_schema_says(path: Path):
    kind = path.name.partition(".v")[0]

    check(f"#/components/messages/{kind}/payload", orjson.loads(path.read_bytes()))


def test_a_value_of_another_shape_is_not_as_its_schema_says():
    with pytest.raises(jsonschema.ValidationError, match="given_at"):
        check(
            "#/components/messages/intake.supplement_notice_given/payload",
            {"application_id": str(controls.APPLICATION)},
        )


def test_the_envelope_is_as_its_schema_says():
    message = controls.told(controls.grain_licence(), 3, "catalog")
    said = {name: value.decode() for name, value in wire.headers(message)}

    check("#/components/schemas/Envelope", said)
    assert (
        said.keys()
        == document()["components"]["schemas"]["Envelope"]["properties"].keys()
    )


@pytest.mark.parametrize("service", SERVICES)
def test_who_tells_a_fact_is_who_really_does(service: str):
    name = service.removeprefix("services.")
    said = {kind for kind in facts() if name in asyncapi.tellers(kind)}

    assert said == charters.told(service)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_wherever_it_is_told_what_it_hears(service: str):
    listens = LISTENS.get(service.removeprefix("services."), [])

    for kind in charters.heard(service):
        for teller in asyncapi.tellers(kind):
            topic = example(address(facts()[kind], teller))
            assert any(re.fullmatch(pattern, topic) for pattern in listens), (
                f"{service} does not listen to {topic}, where {kind} is told"
            )


def test_personal_data_is_only_told_to_whom_it_is_addressed():
    for kind, fact in facts().items():
        if {"Applicant", "Officer"} & set(shapes(fact)):
            assert fact.HEARER or fact.FOR, f"{kind} tells the world of a person"


def shapes(fact: type[Fact]) -> set[str]:
    schema: dict[str, Any] = fact.model_json_schema()
    return set(schema.get("$defs", {}))


def check(where: str, value: object) -> None:
    schema = {"$ref": where, "components": described()["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(value, schema, format_checker=checker)
