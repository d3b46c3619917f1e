"""How far behind a listener says it is, whatever clocks say."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from shared.runtime.lag import Lag

DAYS = 10 * 86_400.0


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch):
    """Two clocks at 1000; returns how to let them go on, and set one of them."""
    at = {"time": 1000.0, "monotonic": 1000.0}
    monkeypatch.setattr("time.time", lambda: at["time"])
    monkeypatch.setattr("time.monotonic", lambda: at["monotonic"])

    def go_on(seconds: float, set_by: float = 0.0) -> None:
        at["time"] += seconds + set_by
        at["monotonic"] += seconds

    return go_on


def shown() -> float | None:
    labels = {"listener": "x", "topic": "t"}
    return REGISTRY.get_sample_value("tongban_lag_seconds", labels)


def test_a_message_of_a_clock_that_ran_ahead_hides_nothing(passes):
    lag = Lag("x")
    lag.measured({"t": 0})
    lag.heard("t", 1000.0 + DAYS)

    passes(90)
    lag.measured({"t": 7})

    assert (lag.seconds(), shown()) == (90, 90)


def test_nobody_is_ahead_of_what_was_told(passes):
    lag = Lag("x")
    lag.measured({"t": 0})
    lag.heard("t", 1000.0)

    passes(90, set_by=-DAYS)
    lag.measured({"t": 7})

    assert (lag.seconds(), shown()) == (0, 0)


def test_our_own_clock_that_ran_ahead_hides_nothing_once_it_is_set_right(passes):
    lag = Lag("x")
    lag.measured({"t": 0})
    lag.heard("t", 1000.0)
    passes(0, set_by=-DAYS)
    lag.heard("t", 1000.0 - DAYS)

    passes(90)
    lag.measured({"t": 7})

    assert (lag.seconds(), shown()) == (90, 90)
