"""A rebuild counts each message once, and the looks that ended while it lasted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import cast
from uuid import UUID, uuid4

from bench.rebuild import distinct, meanwhile
from shared.events.fact import Message


async def test_of_the_looks_that_ended_in_time_the_worst_counts():
    telling = asyncio.get_running_loop().create_future()
    left = [("home", 3.0), ("board", 9.0), ("home", 5.0), ("board", 99.0)]

    async def look() -> AsyncGenerator[tuple[str, dict[str, float]], None]:
        for _ in range(2):
            page, p95 = left.pop(0)
            if not left:
                telling.set_result(1.0)
            yield page, {"p95_ms": p95}

    worst = await meanwhile(cast("asyncio.Task[float]", telling), look)

    assert worst == {"home": 5.0, "board": 9.0}


async def test_no_look_counts_if_the_telling_was_done_before():
    telling = asyncio.get_running_loop().create_future()

    async def look() -> AsyncGenerator[tuple[str, dict[str, float]], None]:
        telling.set_result(1.0)
        yield "home", {"p95_ms": 3.0}

    assert await meanwhile(cast("asyncio.Task[float]", telling), look) == {}


def test_messages_are_those_of_the_logs_as_far_as_they_were_heard():
    told = [
        message("tongban.intake", 1),
        message("tongban.clocks", 1),
        message("tongban.intake", 4),
        message("tongban.intake", 6),
    ]

    assert distinct(told, {("intake", "tongban.intake"): 4}) == 2
    assert distinct(told, {}) == 0


def message(topic: str, position: int) -> Message:
    return Message(
        id=uuid4(),
        topic=topic,
        source="intake",
        position=position,
        type="intake.submitted",
        version=1,
        subject=UUID(int=1),
        time=datetime(2016, 1, 4, tzinfo=UTC),
        actor="somebody",
        correlation_id=UUID(int=2),
        causation_id=None,
        data={},
    )
