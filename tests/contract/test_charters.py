"""Each service does what the first lines of its package say, and nothing else."""

from __future__ import annotations

import re

import pytest

from shared.events.fact import Fact
from tests.contract import charters
from tests.contract.charters import SERVICES, differences, facts_said


@pytest.mark.parametrize("service", SERVICES)
def test_it_hears_what_its_charter_says(service: str):
    heard = charters.heard(service)

    assert differences(facts_said(service, "Hears"), heard) == []
    assert heard or "nothing" in charters.says(service, "Hears")


@pytest.mark.parametrize("service", SERVICES)
def test_it_tells_what_its_charter_says(service: str):
    assert differences(facts_said(service, "Tells"), charters.told(service)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_it_owns_what_its_charter_says(service: str):
    """What it has only heard of others (`hearsay`) need not be named."""
    named = set(re.findall(r"\b[A-Z]\w+\b", charters.says(service, "Owns")))
    owned = charters.owned(service)

    assert named <= owned.keys()
    own = {n for n, kind in owned.items() if not kind.__module__.endswith("hearsay")}
    assert own <= named


def test_what_is_not_said_or_not_true_is_found():
    real = {"intake.step_assigned", "catalog.item_published"}

    assert differences(["intake.*", "review.*"], real) == [
        "does not say catalog.item_published",
        "says review.*, which it does not do",
    ]


def test_no_fact_is_told_by_two_services_but_refusals():
    told = [fact for service in SERVICES for fact in charters.told(service)]

    assert {f for f in told if told.count(f) > 1} == {"refusal.request_refused"}


def test_no_fact_is_without_a_teller():
    told = {fact for service in SERVICES for fact in charters.told(service)}

    assert told == {n for n, f in Fact.KNOWN.items() if "shared." in f.__module__}
