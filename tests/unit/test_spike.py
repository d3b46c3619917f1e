"""A crowd is counted as it comes, and after it people must wait as in calm again."""

from __future__ import annotations

import asyncio
import time
from typing import Any, cast

from bench.faults.checker import Verdict
from bench.load import People
from bench.spike import Crowd, is_well

ANSWERED_IN = 0.05


class Slow:
    """Answers everybody, but not at once."""

    async def try_once(self, name: str, prefer: bool) -> int:
        await asyncio.sleep(ANSWERED_IN)
        return 202


async def test_how_many_came_is_counted_over_the_time_in_which_they_came():
    crowd = Crowd(cast(People, Slow()))

    await crowd.come("spike", 1000, 0.1)

    came_in = crowd.last_came - crowd.began
    assert crowd.statuses == {202: 100}
    assert came_in >= 0.09
    assert crowd.arrived_per_s() == round(100 / came_in, 1)


async def test_the_last_has_come_before_it_is_answered():
    crowd = Crowd(cast(People, Slow()))

    await crowd.come("spike", 1000, 0.01)

    assert time.monotonic() - crowd.last_came >= 0.9 * ANSWERED_IN


def test_a_spike_after_which_it_is_never_calm_is_not_well():
    figures: dict[str, Any] = {"errors_percent": 0.1, "recovered_after_s": 3.0}

    assert is_well(figures, Verdict())
    assert not is_well(figures | {"recovered_after_s": None}, Verdict())
    assert not is_well(figures | {"errors_percent": 1.0}, Verdict())
    assert not is_well(figures, Verdict(lost=["a case"]))
