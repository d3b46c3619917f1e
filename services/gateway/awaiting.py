"""What came of requests: one look for all who wait and whose case has news."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from prometheus_client import Gauge

from services.gateway import live, room
from services.gateway.live import Live
from services.gateway.requests import Recorded
from services.gateway.views.outcomes import Outcome, Outcomes

LOOK_AGAIN = 1.0  # seconds: another gateway may have heard the answer
MOST_WAITING = 500  # at once; whoever would wait beside them has a receipt instead

waiting = Gauge("tongban_people_waiting", "People who wait for what comes of a request")


@dataclass(eq=False)
class _Waiter:
    """Somebody who waits; `set` is called whenever there is news of their case."""

    recorded: Recorded
    awaiting: Awaiting
    answer: asyncio.Future[Outcome]

    def set(self) -> None:
        self.awaiting.look_for(self)


@dataclass
class Awaiting:
    outcomes: Outcomes
    live: Live
    _waiting: int = 0
    _due: set[_Waiter] = field(default_factory=set)
    _looking: asyncio.Task[None] | None = None

    async def outcome(self, recorded: Recorded, seconds: float) -> Outcome | None:
        """Return what came of a request; None if it is not known in that time.

        Nor is it when this gateway is told to stop: whoever waits has a receipt.
        """
        if seconds <= 0 or self._waiting >= MOST_WAITING:
            asked = {recorded.request_id: recorded.application_id}
            found = await asyncio.to_thread(self.outcomes.of, asked)
            return found.get(recorded.request_id)
        self._waiting += 1
        try:
            with room.outside():
                return await self._news_of(recorded, seconds)
        finally:
            self._waiting -= 1

    async def _news_of(self, recorded: Recorded, seconds: float) -> Outcome | None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        waiter = _Waiter(recorded, self, loop.create_future())
        topics = live.request(recorded.request_id), live.case(recorded.application_id)
        with waiting.track_inprogress(), self.live.listen(*topics, woken=waiter):
            while (left := ends - loop.time()) > 0 and not self.live.is_closing:
                self.look_for(waiter)
                await asyncio.wait([waiter.answer], timeout=min(left, LOOK_AGAIN))
                if waiter.answer.done():
                    return waiter.answer.result()
        waiter.answer.cancel()
        return None

    def look_for(self, waiter: _Waiter) -> None:
        """Have the next look include this one."""
        self._due.add(waiter)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while due := {w for w in self._due if not w.answer.done()}:
            self._due.clear()
            asked = {w.recorded.request_id: w.recorded.application_id for w in due}
            try:
                found = await asyncio.to_thread(self.outcomes.of, asked)
            except Exception as away:  # noqa: BLE001 - it is everybody's answer
                for waiter in due:
                    _fail(waiter, away)
                return
            _answer(due, found)
        self._due.clear()


def _answer(waiters: set[_Waiter], found: dict[UUID, Outcome]) -> None:
    for waiter in waiters:
        outcome = found.get(waiter.recorded.request_id)
        if outcome is not None and not waiter.answer.done():
            waiter.answer.set_result(outcome)


def _fail(waiter: _Waiter, why: Exception) -> None:
    if not waiter.answer.done():
        waiter.answer.set_exception(why)
