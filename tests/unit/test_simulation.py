"""Whatever is doubled, delayed, mixed or lost with a crash: the same lives follow."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.faults.simulation import Simulation, expected

calm = cache(expected)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_storm_leads_to_the_same_lives_as_calm(chance: random.Random):
    storm = Simulation(chance)
    storm.run(steps=60)

    assert storm.lives() == calm()
    assert storm.set_aside() == 0


@pytest.mark.parametrize("seed", range(10))
def test_a_long_storm_does_too(seed: int):
    storm = Simulation(random.Random(seed))
    storm.run()

    assert storm.lives() == calm()
    assert storm.set_aside() == 0
    assert storm.did["crash"]


def test_calm_lives_are_whole():
    kinds = [kind for life in calm().values() for kind in life]

    assert kinds.count("intake.Application.Completed") == 3
    assert kinds.count("credentials.Credential.Issued") == 3
