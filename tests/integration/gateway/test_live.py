"""News reaches whoever listens, and goes on from where they left off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid5

import pytest

from services.gateway import live
from services.gateway.live import Live
from services.gateway.problems import Problem
from shared.events.monitoring import CardIssued, CardRevoked
from tests.controls import ACCEPTED_AT, APPLICATION, DENGFENG_GRAIN, text
from tests.integration.gateway.conftest import Town


def card(number: int, region: str = "410185") -> CardIssued:
    return CardIssued(
        card_id=uuid5(APPLICATION, f"card {number}"),
        clock_id=APPLICATION,
        application_id=APPLICATION,
        severity="yellow",
        rule="R-T1",
        number="11410185",
        item_name=text("粮食收购许可"),
        region=region,
        agency=DENGFENG_GRAIN,
        due_at=ACCEPTED_AT,
        issued_at=ACCEPTED_AT + timedelta(seconds=number),
        message=text("超过承诺时限"),
    )


async def test_a_card_is_pushed_as_soon_as_it_is_shown(town: Town) -> None:
    stream = _cards(town, "0")
    assert await _next(stream) == b"retry: 2000\n\n"
    waiting = asyncio.create_task(_next(stream))
    await asyncio.sleep(0.1)

    await asyncio.to_thread(town.tell, "monitoring", card(1))

    news = await asyncio.wait_for(waiting, 5)
    assert _data(news)["card_id"] == str(card(1).card_id)
    await stream.aclose()  # type: ignore[attr-defined]


async def test_who_comes_back_gets_what_was_missed_and_nothing_twice(
    town: Town,
) -> None:
    for number in range(3):
        town.tell("monitoring", card(number))
    town.tell("monitoring", card(0))
    board = town.made.parts.screens.board
    first = board.cards_since(None, 0)[0]

    stream = _cards(town, str(first.news))
    await _next(stream)
    missed = [_data(await _next(stream))["card_id"] for _ in range(2)]
    await stream.aclose()  # type: ignore[attr-defined]

    assert missed == [str(card(1).card_id), str(card(2).card_id)]
    assert [c.severity for c in board.cards(None).items] == ["yellow"] * 3
    [lamps] = [a for a in board.lamps("410185") if a.agency == DENGFENG_GRAIN]
    assert lamps.yellow_cards == 3


async def test_a_supervisor_of_a_county_gets_its_cards_only(town: Town) -> None:
    town.tell("monitoring", card(1))
    town.tell("monitoring", card(2, region="410102"))
    board = town.made.parts.screens.board

    assert [c.region for c in board.cards("410185").items] == ["410185"]
    assert [c.region for c in board.cards_since("410102", 0)] == ["410102"]
    assert len(board.cards(None).items) == 2


async def test_a_request_says_by_itself_what_came_of_it(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        applied = (await company.apply()).json()
        later = asyncio.create_task(_settle_later(town))
        seen = []
        async with company.stream(
            "GET", f"/live/requests/{applied['request_id']}"
        ) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    seen.append(json.loads(line.removeprefix("data:"))["state"])

        await later

    assert seen == ["recorded", "done"]


async def test_a_case_tells_its_time_line_from_the_beginning(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        case = (await company.apply()).json()["application_id"]
        town.settle()
        asyncio.get_running_loop().call_later(0.2, town.made.parts.live.close)
        answer = await company.get(f"/live/cases/{UUID(case)}")

    assert "event: entry" in answer.text
    assert '"kind":"submitted"' in answer.text


async def test_only_so_many_streams_are_held_for_one_person() -> None:
    held = Live()
    streams = [
        held.stream(live.CARDS, lambda _: [], "0", "a")
        for _ in range(live.MOST_STREAMS_EACH)
    ]
    for stream in streams:
        await anext(stream)

    with pytest.raises(Problem) as no:
        held.must_have_room("a")
    held.must_have_room("b")
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]
    held.must_have_room("a")

    assert no.value.status == 503


async def _settle_later(town: Town) -> None:
    await asyncio.sleep(0.2)
    await asyncio.to_thread(town.settle)
    await asyncio.sleep(0.2)
    town.made.parts.live.close()


def _cards(town: Town, after: str) -> AsyncIterator[bytes]:
    from services.gateway.live import News

    board = town.made.parts.screens.board

    def read(after: str) -> list[News]:
        return [
            News(id=str(c.seq), event="card", data=c)
            for c in board.cards_since(None, int(after))
        ]

    return town.made.parts.live.stream(live.CARDS, read, after, "supervisor")


async def _next(stream: AsyncIterator[bytes]) -> bytes:
    return await asyncio.wait_for(anext(stream), 5)


def _data(news: bytes) -> dict[str, object]:
    [line] = [x for x in news.decode().splitlines() if x.startswith("data:")]
    data: dict[str, object] = json.loads(line.removeprefix("data:"))
    return data


async def test_a_card_that_is_revoked_is_news_and_no_longer_counts(town: Town) -> None:
    town.tell("monitoring", card(0))
    town.tell("monitoring", card(1))
    board = town.made.parts.screens.board
    seen = board.newest()

    told = {
        name: getattr(card(0), name)
        for name in CardRevoked.model_fields
        if name in CardIssued.model_fields
    }
    taken_back = CardRevoked.model_validate(
        told | {"ended_at": card(0).due_at, "revoked_at": card(0).issued_at}
    )
    for _ in range(2):
        town.tell("monitoring", taken_back)

    [news] = board.cards_since(None, seen)
    assert news.card_id == card(0).card_id
    assert news.revoked_at
    [lamps] = [one for one in board.lamps(None) if one.agency == card(0).agency]
    assert lamps.warning_cards + lamps.yellow_cards + lamps.red_cards == 1
