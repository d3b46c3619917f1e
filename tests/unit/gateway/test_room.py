"""Only so many requests are worked on at once; the others are told when to return."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest
from starlette.types import Message, Receive, Scope, Send

from services.gateway import room
from services.gateway.problems import Problem
from services.gateway.security import Limits, Security

OK = {"type": "http.response.start", "status": 200, "headers": []}


@dataclass
class House:
    """An app that works on each request until it is told to go on.

    It reads what is sent, if `is_curious`; and if `is_patient` it waits outside.
    """

    is_curious: bool = True
    is_patient: bool = False
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    work: Callable[[House], object] = lambda _: None

    def __post_init__(self) -> None:
        limits = Limits(acting=2, looking=2)
        self.door = Security(self.app, limits, lambda _: None, is_tls=False)

    @property
    def inside(self) -> int:
        return self.door.acting.inside

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        while self.is_curious and (await receive()).get("more_body"):
            pass
        with room.outside() if self.is_patient else nullcontext():
            await self.go_on.wait()
        self.work(self)
        await send(OK)
        await send({"type": "http.response.body", "body": b""})

    async def ask(
        self,
        method: str = "POST",
        body: list[Message] | None = None,
        until: asyncio.Event | None = None,
    ) -> int:
        """Return the status; `body` are the messages, a last one that never comes.

        They are sent not before `until`.
        """
        said, answers = body or [{"type": "http.request"}], list[Message]()

        async def receive() -> Message:
            if until:
                await until.wait()
            if not said:
                await asyncio.Event().wait()
            return said.pop(0)

        async def send(message: Message) -> None:
            answers.append(message)

        length = [(b"content-length", b"9")] if method == "POST" else []
        scope = {
            "type": "http",
            "method": method,
            "path": "/api/v1/applications",
            "query_string": b"",
            "headers": length,
            "client": ("127.0.0.1", 1),
        }
        await self.door(scope, receive, send)
        headers = dict(answers[0]["headers"])
        if answers[0]["status"] in (429, 503):
            assert 1 <= int(headers[b"retry-after"]) <= 5
        return int(answers[0]["status"])


async def soon(task: asyncio.Task[int]) -> bool:
    """Return whether it is answered without anybody else doing anything."""
    for _ in range(20):
        await asyncio.sleep(0)
    return task.done()


async def test_who_finds_no_room_is_told_when_to_return():
    house = House()
    inside = [asyncio.create_task(house.ask()) for _ in range(2)]
    assert not await soon(inside[-1])

    assert await house.ask() == 429

    house.go_on.set()
    assert [await one for one in inside] == [200, 200]
    assert await house.ask() == 200
    assert house.inside == 0


async def test_those_who_act_leave_room_to_those_who_look():
    house = House()
    acting = [asyncio.create_task(house.ask()) for _ in range(2)]
    looking = asyncio.create_task(house.ask("GET"))

    assert not await soon(looking)

    house.go_on.set()
    assert await looking == 200
    assert {await one for one in acting} == {200}


async def test_who_sends_slowly_keeps_nobody_out():
    house = House()
    half = [{"type": "http.request", "body": b"half", "more_body": True}]
    slow = [asyncio.create_task(house.ask(body=list(half))) for _ in range(5)]
    assert not await soon(slow[-1])

    house.go_on.set()
    assert await house.ask() == 200

    for one in slow:
        one.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    assert house.inside == 0


async def test_who_waits_for_news_has_left():
    house = House(is_patient=True)
    waiting = [asyncio.create_task(house.ask()) for _ in range(5)]
    assert not await soon(waiting[-1])
    assert house.inside == 0

    house.go_on.set()
    assert [await one for one in waiting] == [200] * 5
    assert house.inside == 0


async def test_who_sent_what_nobody_reads_is_inside_all_the_same():
    house = House(is_curious=False)
    inside = [asyncio.create_task(house.ask()) for _ in range(2)]
    assert not await soon(inside[-1])

    assert await house.ask() == 429

    house.go_on.set()
    assert [await one for one in inside] == [200, 200]


async def test_who_has_sent_all_finds_that_the_room_has_filled():
    house = House()
    gate = asyncio.Event()
    slow = [asyncio.create_task(house.ask(until=gate)) for _ in range(5)]
    assert not await soon(slow[-1])
    assert house.inside == 0

    gate.set()
    assert not await soon(slow[0])
    house.go_on.set()
    ended = await asyncio.gather(*slow, return_exceptions=True)
    sent_away = [no.status for no in ended if isinstance(no, Problem)]

    assert sent_away == [429] * 3
    assert ended.count(200) == 2
    assert house.inside == 0


async def test_whatever_fails_inside_goes_out_again():
    def fail(_: House) -> None:
        raise Problem(500, "OurFault")

    house = House(work=fail)
    house.go_on.set()
    for _ in range(3):
        with pytest.raises(Problem):
            await house.ask()

    assert house.inside == 0


async def test_who_is_cut_short_because_we_stop_is_told_to_return():
    house = House()
    asked = asyncio.create_task(house.ask())
    assert not await soon(asked)

    asked.cancel()

    assert await asked == 503
    assert house.inside == 0


async def test_an_answer_that_has_begun_is_cut_short_without_another():
    begun = asyncio.Event()
    answers: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(OK)
        begun.set()
        await asyncio.Event().wait()

    async def send(message: Message) -> None:
        answers.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    door = Security(app, Limits(), lambda _: None, is_tls=False)
    scope = {"type": "http", "method": "GET", "path": "/live/cards", "headers": []}
    asked = asyncio.create_task(door(scope, receive, send))
    await begun.wait()
    asked.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asked
    assert len(answers) == 1
