"""What a measurement finds is summed up, told and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench import speed
from bench.figures import kept, tell
from bench.growth import with_others
from bench.peers import flowable
from shared.runtime.settings import Settings


def step(kind: str, offered: float, done: float, visible: float) -> dict[str, Any]:
    return {
        "kind": kind,
        "offered_per_s": offered,
        "done_per_s": done,
        "visible": {"p95_ms": visible},
        "recorded": {"p99_ms": visible / 10},
    }


STEPS = [
    step("instant", 50, 49.5, 100),
    step("instant", 100, 99.0, 150),
    step("instant", 250, 210.0, 900),
    step("grain", 30, 29.8, 700),
    step("grain", 60, 58.0, 1100),
]


def test_people_wait_as_long_as_at_half_of_the_best_rate():
    assert speed.summary(STEPS) == {
        "instant_per_s": 99.0,
        "instant_visible_p95_ms": 100,
        "instant_accepted_p99_ms": 10,
        "grain_per_s": 58.0,
        "grain_visible_p95_ms": 700,
        "grain_accepted_p99_ms": 70,
        "visible_p95_ms": 700,
        "accepted_p99_ms": 70,
    }


def test_nothing_is_credited_beyond_what_was_offered():
    backlog = step("instant", 200, 230.0, 900)
    too_much = step("instant", 300, 240.0, 2000)

    assert speed.summary([*STEPS, backlog, too_much])["instant_per_s"] == 200


def test_nothing_is_credited_that_was_not_kept_up_with():
    assert speed.summary([step("grain", 100, 21.0, 9000)])["grain_per_s"] == 0


def test_ours_are_compared_with_those_of_the_engine():
    theirs = {"threads": 8, "instant_per_s": 49.5, "at_once_per_s": 420.0}

    assert speed.ratios(speed.summary(STEPS), theirs) == {
        "flowable_instant_per_s": 49.5,
        "flowable_at_once_per_s": 420.0,
        "instant_to_flowable": 2.0,
    }


def test_without_java_the_engine_is_left_out_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(speed, "lives_per_second", lambda *_: {"copy_per_s": 1.0})
    console = Console(record=True)

    found = speed.beside(Settings(kafka="x:1", postgres="unused"), 1, console)

    assert found == {"copy_per_s": 1.0}
    assert "left out: without java" in console.export_text()
    with pytest.raises(flowable.Missing, match="java"):
        flowable.build()


def test_the_last_line_is_what_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    figures = {"lost": 0, "where": "登封"}

    tell(figures, tmp_path / "storm.json")

    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == figures
    assert kept("storm", tmp_path) == figures
    assert kept("speed", tmp_path) is None


def test_growth_keeps_what_is_known_of_other_sizes(tmp_path: Path):
    save = tmp_path / "growth.json"
    first = [{"cases": 10_000, "rate_per_s": 1}, {"cases": 1_000_000, "rate_per_s": 2}]
    tell({"growth": with_others(first, save)}, save)

    again = [{"cases": 10_000, "rate_per_s": 3}, {"cases": 100_000, "rate_per_s": 4}]

    assert with_others(again, save) == [again[0], again[1], first[1]]
