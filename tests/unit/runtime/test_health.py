"""What a process says of itself: alive, ready, and how far behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from shared.runtime.health import BEHIND_AFTER, SILENT_AFTER, STUCK_AFTER, Health, Pulse
from shared.runtime.lag import Lag

Pass = Callable[[float], None]


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Let seconds pass."""
    now = [1_000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.time", lambda: 1e9 + now[0])

    def after(seconds: float) -> None:
        now[0] += seconds

    return after


def test_a_loop_that_no_longer_turns_is_stuck(after: Pass):
    turning, stuck, not_begun = Pulse("listening"), Pulse("telling"), Pulse("looking")
    health = Health([turning, stuck, not_begun])
    turning.turn()
    stuck.turn()

    after(STUCK_AFTER)
    turning.turn()
    assert health.stuck() == []
    after(1)
    assert health.stuck() == ["telling"]
    stuck.turn()
    assert health.stuck() == []


def test_who_does_not_answer_is_missing_but_nothing_is_stuck(after: Pass):
    pulse = Pulse("listening")
    health = Health([pulse], lambda: ["listening"])
    pulse.asks("kafka")
    pulse.answered("postgres")

    after(SILENT_AFTER)
    pulse.answered("postgres")
    assert health.missing() == ["listening"]
    after(1)
    assert health.missing() == ["listening", "kafka"]
    assert health.stuck() == []
    pulse.asks("kafka")
    assert health.missing() == ["listening", "kafka"]
    pulse.asks_no_more("kafka")
    pulse.failed("postgres")
    assert health.missing() == ["listening", "postgres"]


def test_who_is_far_behind_is_not_ready(after: Pass):
    behind = [BEHIND_AFTER]
    health = Health([Pulse("telling", lambda: behind[0]), Pulse("listening")])

    assert health.missing() == []
    behind[0] += 1
    assert health.missing() == ["current"]


def shown(metric: str, topic: str) -> float | None:
    labels = {"listener": "someone", "topic": topic}
    return REGISTRY.get_sample_value(metric, labels)


def test_a_message_after_a_long_silence_is_not_late(after: Pass):
    lag = Lag("someone")
    lag.heard("a", 1e9 + 1_000)
    lag.measured({"a": 0})

    after(3_600)
    lag.measured({"a": 0})
    after(2)
    lag.measured({"a": 5})

    assert lag.seconds() == 2
    assert shown("tongban_lag", "a") == 5
    assert shown("tongban_lag_seconds", "a") == 2


def test_nor_is_a_stream_that_never_ends(after: Pass):
    lag = Lag("someone")
    for _ in range(100):
        after(1)
        lag.heard("a", 1e9 + 1_000)
        lag.measured({"a": 3})
    assert lag.seconds() == 99  # what it hears is old
    lag.heard("a", 1e9 + 1_098)
    lag.measured({"a": 3})

    assert lag.seconds() == 2


def test_what_has_become_anothers_to_hear_is_no_lag_of_ours(after: Pass):
    lag = Lag("someone")
    lag.measured({"mine": 1, "lost": 7})
    after(5)
    lag.measured({"mine": 1})

    assert shown("tongban_lag", "lost") == 0
    assert shown("tongban_lag_seconds", "lost") == 0
    assert lag.seconds() == 5
