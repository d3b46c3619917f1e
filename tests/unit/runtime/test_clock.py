from __future__ import annotations

import pytest

from shared.runtime.clock import Warp, parse


def test_runs_faster_until_it_has_caught_up():
    month = 30 * 86_400.0
    warp = Warp(start=0.0, began=month, rate=month / 120 + 1)

    assert warp.at(month) == 0.0
    assert warp.at(month + 60) == pytest.approx(month / 2, rel=0.01)
    assert warp.at(month + 121) == month + 121


def test_survives_being_written_down():
    warp = Warp(start=1.5, began=100.0, rate=20.0)

    assert parse(str(warp)) == warp


def test_an_unknown_clock_is_refused_with_its_name():
    with pytest.raises(ValueError, match="sundial"):
        parse("sundial")
