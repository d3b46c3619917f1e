"""The workflow engine beside us leads whole lives, and its history keeps them."""

from __future__ import annotations

import pytest

from bench.peers import flowable
from shared.runtime.settings import Settings
from tests.left_out import JAVA, needs


@pytest.fixture
def place(postgres: str) -> Settings:
    needs("java", JAVA)
    needs("mvn", JAVA)
    return Settings(kafka="unused:1", postgres=postgres)


def test_it_leads_the_lives_that_are_asked_for_and_its_history_has_them(
    place: Settings,
):
    seen = flowable.lives_per_second(place, 120, warm_up=0, threads=4, lives=20)

    for kind in flowable.ITEMS:
        assert seen[f"{kind}_lives"] == 20
        assert seen[f"{kind}_per_s"] > 0
        assert seen[f"{kind}_life"]["p95_ms"] >= seen[f"{kind}_act"]["p50_ms"] > 0


def test_it_is_noticed_when_history_has_other_acts_than_were_led(
    place: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(flowable.TASKS, "grain", 4)

    with pytest.raises(flowable.Miscounted, match=r"'grain': \[1, 1, 5, 1, 0\]"):
        flowable.lives_per_second(place, 120, warm_up=0, threads=1, lives=1)
