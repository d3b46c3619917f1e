from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from services.gateway import requests
from services.gateway.messages import tell
from services.gateway.requests import KeyReused, RequestLog, Requests, TooBusy
from shared.events.gateway import SubmissionRequested, WithdrawalRequested
from shared.runtime.memory import MemoryLog
from shared.runtime.relay import news
from tests.controls import APPLICATION, FENGSHOU, GRAIN_TASK

ME = FENGSHOU.user_id
REACHED_ELSEWHERE = {"mobile": "13800009999"}


def withdrawal(key: str = "once", reason: str = "不再经营") -> WithdrawalRequested:
    return WithdrawalRequested(
        request_id=requests.request_id(ME, key),
        application_id=APPLICATION,
        desk="intake",
        reason=reason,
    )


def submission(**changes: Any) -> SubmissionRequested:
    fact = SubmissionRequested(
        request_id=requests.request_id(ME, "once"),
        application_id=APPLICATION,
        desk="intake",
        task_code=GRAIN_TASK,
        item_version=1,
        applicant=FENGSHOU,
        form={"storage-capacity": "500"},
        materials=(),
        channel="window",
    )
    return fact.model_copy(update=changes)


@asynccontextmanager
async def recording() -> AsyncIterator[Requests]:
    asked = Requests(RequestLog(MemoryLog()))
    writer = asyncio.create_task(asked.run())
    yield asked
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)


async def test_a_request_is_told_to_the_desk_under_its_own_correlation() -> None:
    async with recording() as asked:
        recorded = await asked.record(withdrawal(), ME)

        _, [message] = news(asked.log, "gateway", tell, after=0)

    assert message.topic == "tongban.gateway.for.intake"
    assert message.fact() == withdrawal()
    assert message.correlation_id == recorded.request_id
    assert message.actor == ME


async def test_the_same_request_is_recorded_once() -> None:
    async with recording() as asked:
        first = await asked.record(withdrawal(), ME)
        again = await asked.record(withdrawal(), ME)

        _, messages = news(asked.log, "gateway", tell, after=0)

    assert again == first
    assert len(messages) == 1


async def test_the_same_request_twice_at_once_is_recorded_once() -> None:
    async with recording() as asked:
        receipts = await asyncio.gather(
            *(asked.record(withdrawal(), ME) for _ in range(20))
        )
        _, messages = news(asked.log, "gateway", tell, after=0)

    assert len(set(receipts)) == 1
    assert len(messages) == 1


async def test_a_key_can_not_be_used_for_something_else() -> None:
    async with recording() as asked:
        await asked.record(withdrawal(), ME)

        with pytest.raises(KeyReused):
            await asked.record(withdrawal(reason="另有原因"), ME)


@pytest.mark.parametrize(
    "looked_up",
    [
        {"item_version": 2},
        {"desk": "intake.410185"},
        {"applicant": FENGSHOU.model_copy(update={"user_id": "oidc:fengshou"})},
        {
            "channel": "online",
            "applicant": FENGSHOU.model_copy(update=REACHED_ELSEWHERE),
        },
    ],
    ids=["version", "desk", "holder", "who is signed in"],
)
async def test_what_was_looked_up_may_change_before_a_request_is_repeated(
    looked_up: dict[str, Any],
) -> None:
    channel = looked_up.get("channel", "window")
    async with recording() as asked:
        first = await asked.record(submission(channel=channel), ME)
        again = await asked.record(submission(**looked_up), ME)

    assert again == first


@pytest.mark.parametrize(
    "said",
    [
        {"task_code": "another"},
        {"form": {"storage-capacity": "900"}},
        {"applicant": FENGSHOU.model_copy(update=REACHED_ELSEWHERE)},
    ],
    ids=["item", "form", "who is at the window"],
)
async def test_a_key_goes_with_everything_that_was_said(said: dict[str, Any]) -> None:
    async with recording() as asked:
        await asked.record(submission(), ME)

        with pytest.raises(KeyReused):
            await asked.record(submission(**said), ME)


async def test_many_requests_share_a_transaction() -> None:
    commits: list[str] = []
    async with recording() as asked:
        asked.log.committed = lambda: commits.append("committed")
        await asyncio.gather(
            *(asked.record(withdrawal(str(n)), ME) for n in range(100))
        )
        _, messages = news(asked.log, "gateway", tell, after=0)

    assert len(messages) == 100
    assert len(commits) <= 2


async def test_one_repeated_request_does_not_spoil_the_others() -> None:
    async with recording() as asked:
        await asked.record(withdrawal("a"), ME)

        receipts = await asyncio.gather(
            *(asked.record(withdrawal(key), ME) for key in "abc")
        )
        _, messages = news(asked.log, "gateway", tell, after=0)

    assert len({receipt.request_id for receipt in receipts}) == 3
    assert len(messages) == 3


async def test_a_full_queue_says_so_instead_of_growing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requests, "LONGEST_QUEUE", 2)
    asked = Requests(RequestLog(MemoryLog()))  # nobody writes
    waiting = [
        asyncio.create_task(asked.record(withdrawal(str(n)), ME)) for n in range(2)
    ]
    await asyncio.sleep(0)

    with pytest.raises(TooBusy):
        await asked.record(withdrawal("one too many"), ME)

    for task in waiting:
        task.cancel()


async def test_the_ids_of_one_persons_keys_are_never_anothers() -> None:
    mine = requests.request_id(ME, "once")

    assert mine == requests.request_id(ME, "once")
    assert mine != requests.request_id("person:limin", "once")
    assert requests.new_case(mine) != mine
    assert isinstance(mine, UUID)
