"""What has once been told can always be read, and is still told in the same bytes."""

from __future__ import annotations

import orjson
import pytest

from shared.runtime import wire
from tests import controls
from tests.contract.examples import FACTS, GOLDEN, read

WHEN_IT_FAILS = """
{name} is no longer told as it was. A fact only gains optional fields: then copy the
example to {stem}.before-<field>.json, which must stay readable, and add the field here.
A changed meaning is a new fact, told beside the old one (docs/patterns.md).
"""

CURRENT = sorted(f"{kind}.v{fact.VERSION}" for kind, fact in FACTS.items())
EVER = sorted(path.name for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", CURRENT)
def test_every_fact_has_an_example_and_is_told_as_it_says(name: str):
    path = GOLDEN / f"{name}.json"
    assert path.exists(), f"write an example of it: {path}"

    told = wire.value(controls.told(read(path.name), 1))

    golden = orjson.dumps(orjson.loads(path.read_bytes()))
    assert told == golden, WHEN_IT_FAILS.format(name=name, stem=name)


@pytest.mark.parametrize("name", EVER)
def test_whatever_was_ever_told_is_still_read(name: str):
    assert read(name).subject


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_every_version_of_a_fact_has_its_example(kind: str):
    for version in range(1, FACTS[kind].VERSION + 1):
        assert f"{kind}.v{version}.json" in EVER


def test_an_example_of_a_fact_that_is_gone_is_not_forgotten():
    assert {name.partition(".v")[0] for name in EVER} <= FACTS.keys()
