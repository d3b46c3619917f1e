"""The workflow engine beside us leads whole lives, and its history keeps them."""

from __future__ import annotations

from collections.abc import Mapping

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
    place: Settings, monkeypatch: pytest.MonkeyPatch
):
    compare, noticed = flowable.compare, []

    def is_noticed(conninfo: str, led: Mapping[str, int]) -> None:
        """One life more is said to have been led than there was; then the truth."""
        with pytest.raises(
            flowable.Miscounted, match=r"'grain': \[20, 20, 100, 20, 0\]"
        ):
            compare(conninfo, {**led, "grain": led["grain"] + 1})
        noticed.append(led)
        compare(conninfo, led)

    monkeypatch.setattr(flowable, "compare", is_noticed)
    seen = flowable.lives_per_second(place, 120, warm_up=0, threads=4, lives=20)

    assert noticed == [dict.fromkeys(flowable.ITEMS, 20)]
    for kind in flowable.ITEMS:
        assert seen[f"{kind}_lives"] == 20
        assert seen[f"{kind}_per_s"] > 0
        assert seen[f"{kind}_life"]["p95_ms"] >= seen[f"{kind}_act"]["p50_ms"] > 0
