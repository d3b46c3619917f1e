from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from aiokafka import codec
from aiokafka.errors import KafkaConnectionError

from shared.runtime import wire
from tests import controls


@dataclass
class Received:
    topic: str
    value: bytes
    headers: list[tuple[str, bytes]]


def test_a_message_comes_out_as_it_went_in():
    message = controls.told(controls.grain_licence(), 3, "catalog")

    received = Received(message.topic, wire.value(message), wire.headers(message))

    assert wire.read(received) == message


def test_a_source_is_not_believed_on_anothers_topic():
    message = controls.told(controls.grain_licence(), 3, "catalog")
    received = Received("tongban.intake", wire.value(message), wire.headers(message))

    with pytest.raises(wire.Unreadable, match="catalog may not tell"):
        wire.read(received)


@pytest.mark.parametrize(
    ("source", "topic", "kind"),
    [
        ("review.x", "tongban.review.x.for.intake", "gateway.withdrawal_requested"),
        ("review.x", "tongban.review.x.for.intake", "catalog.calendar_published"),
        (
            "review.x",
            "tongban.review.x.for.gateway",
            "credentials.credential_face_made",
        ),
        ("review.x", "tongban.review.x.for.gateway", "intake.file_opened"),
        ("review.x", "tongban.review.x", "refusal.request_refused"),
        ("review.x", "tongban.clocks", "clocks.clock_stopped"),
        ("evil", "tongban.clocks", "clocks.clock_started"),
        ("intake", "tongban.alerts.410185", "monitoring.card_issued"),
        ("intake", "tongban.intake2", "intake.file_opened"),
    ],
)
def test_nobody_tells_the_facts_of_another(source: str, topic: str, kind: str):
    assert not wire.may_tell(source, topic, kind)


@pytest.mark.parametrize(
    ("source", "topic", "kind"),
    [
        ("intake.410185", "tongban.clocks", "clocks.clock_started"),
        ("review.x", "tongban.review.x.for.gateway", "refusal.request_refused"),
        ("review.x", "tongban.review.x", "review.examination_opened"),
        ("monitoring", "tongban.alerts.410185", "monitoring.card_issued"),
    ],
)
def test_everybody_tells_their_own(source: str, topic: str, kind: str):
    assert wire.may_tell(source, topic, kind)


def test_a_header_without_a_value_and_endless_nesting_are_unreadable():
    message = controls.told(controls.grain_licence(), 3, "catalog")
    nothing: list[tuple[str, bytes]] = [("x", None)]  # type: ignore[list-item]
    wire.read(
        Received(message.topic, wire.value(message), wire.headers(message) + nothing)
    )
    deep = b'{"a":' + b"[" * 300 + b"]" * 300 + b"}"

    with pytest.raises(wire.Unreadable, match="nested"):
        wire.read(Received(message.topic, deep, wire.headers(message)))


def test_what_is_no_message_says_what_is_wrong_with_it():
    with pytest.raises(wire.Unreadable, match="ce_type"):
        wire.read(Received("tongban.intake", b"{}", []))


@pytest.mark.parametrize(
    "place",
    [
        {"position": 0},
        {"position": 2**63},
        {"position": 3, "previous": 3},
        {"position": 3, "previous": -1},
    ],
)
def test_a_place_that_no_log_has_is_not_believed(place):
    message = controls.told(controls.grain_licence(), 3, "catalog")
    forged = message.model_copy(update=place)
    received = Received(forged.topic, wire.value(forged), wire.headers(forged))

    with pytest.raises(wire.Unreadable, match="no place in any log"):
        wire.read(received)


class Client:
    """Takes its time to start."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.may_start = asyncio.Event()

    async def start(self) -> None:
        await self.may_start.wait()
        self.did.append("started")

    async def stop(self) -> None:
        self.did.append("stopped")


async def test_a_client_cancelled_while_it_starts_is_started_whole_and_stopped():
    client = Client()

    async def work() -> None:
        async with wire.running(client):
            client.did.append("worked")

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    client.may_start.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.did == ["started", "stopped"]


async def test_a_client_that_can_not_start_says_why_and_is_stopped():
    class Broken(Client):
        async def start(self) -> None:
            raise KafkaConnectionError("nobody there")

    client = Broken()
    with pytest.raises(KafkaConnectionError):
        async with wire.running(client):
            client.did.append("worked")
    assert client.did == ["stopped"]


def test_whatever_a_teller_compresses_with_can_be_read():
    assert codec.has_gzip()
    assert codec.has_lz4()
    assert codec.has_snappy()
    assert codec.has_zstd()
