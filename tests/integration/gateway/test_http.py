"""What every request meets: forms of one's own, limits, headers, and problems."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from services.gateway.app import create_app
from services.gateway.blobs import LARGEST_FILE
from services.gateway.security import Limits
from services.gateway.sessions import COOKIE
from shared.events.catalog import FormField
from tests import controls
from tests.controls import text
from tests.integration.gateway.conftest import Town

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 16


async def test_the_same_key_applies_once(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        first = await company.apply("my key")
        again = await company.apply("my key")
        town.settle()
        other = await company.apply("my key", task_code="x")
        cases = (await company.see("/cases"))["items"]

    assert again.json()["application_id"] == first.json()["application_id"]
    assert len(cases) == 1
    assert other.status_code == 404  # an item that does not exist, before any key


async def test_the_same_key_applies_once_though_the_item_has_changed(
    town: Town,
) -> None:
    capacity = FormField(code="storage-capacity", label=text("仓容"), kind="number")
    async with town.visitor("person:fengshou") as company:
        first = await company.apply("my key")
        town.tell("catalog", controls.grain_licence(version=2, form=(capacity,)))
        again = await company.apply("my key")
        other = await company.apply("another key")

    assert again.json()["request_id"] == first.json()["request_id"]
    assert other.status_code == 422  # it asks for the storage capacity now


async def test_a_key_used_for_something_else_is_refused(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        case = (await company.apply()).json()["application_id"]
        town.settle()
        answers = [
            await company.post(
                f"/api/v1/cases/{case}/withdrawal",
                json={"reason": reason},
                headers={"Idempotency-Key": "one"},
            )
            for reason in ("不再办理", "另有原因")
        ]

    assert [answer.status_code for answer in answers] == [202, 422]
    assert answers[1].json()["rule"] == "KeyReused"


async def test_who_prefers_to_wait_gets_the_outcome(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        company.headers["Prefer"] = "wait=10"
        city = asyncio.create_task(_settle_again_and_again(town))
        done = await company.apply()
        case = done.json()["application_id"]
        early = await company.ask(f"/cases/{case}/delivery")
        city.cancel()

    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert early.status_code == 409
    assert early.headers["content-type"] == "application/problem+json"
    assert early.json()["rule"] == "NotYetDecided"


async def test_nothing_is_lost_while_kafka_is_down(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        applied = await company.apply()
        waited = await company.get(
            f"/api/v1/requests/{applied.json()['request_id']}",
            headers={"Prefer": "wait=1"},
        )

    assert applied.status_code == 202
    assert waited.json()["state"] == "recorded"


async def test_a_cookie_needs_the_form_token_that_goes_with_it(town: Town) -> None:
    async with town.visitor() as browser:
        signed_in = await browser.ask("/session", persona="person:fengshou")
        case = f"/api/v1/cases/{uuid4()}/withdrawal"
        without = await browser.post(case, json={"reason": "x"})
        token = {"X-CSRF-Token": signed_in.json()["csrf_token"]}
        with_it = await browser.post(case, json={"reason": "x"}, headers=token)

    cookie = signed_in.headers["set-cookie"]
    assert all(word in cookie for word in (COOKIE, "HttpOnly", "SameSite=lax"))
    assert (without.status_code, without.json()["rule"]) == (403, "FormNotYours")
    assert with_it.status_code == 404


async def test_another_site_can_not_make_a_browser_ask(town: Town) -> None:
    async with town.visitor() as browser:
        answer = await browser.post(
            "/api/v1/session",
            json={"persona": "person:fengshou"},
            headers={"Origin": "https://elsewhere.example"},
        )

    assert (answer.status_code, answer.json()["rule"]) == (403, "FromAnotherSite")


async def test_every_answer_has_safe_headers(town: Town) -> None:
    async with town.visitor() as anybody:
        answers = [
            await anybody.get(path)
            for path in ("/api/v1/items", "/api/v1/nothing", "/health")
        ]

    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("content", "status", "media_type"),
    [
        (b"%PDF-1.7\n%%EOF\n", 201, "application/pdf"),
        (PNG, 201, "image/png"),
        (JPEG, 201, "image/jpeg"),
        (b"MZ\x90\x00" + b"\0" * 60, 415, None),
        (b"<html><script>alert(1)</script></html>", 415, None),
        (b"", 415, None),
        (b"%PDF-1.7\n" + b"x" * LARGEST_FILE, 413, None),
    ],
    ids=["pdf", "png", "jpeg", "program", "html", "empty", "too large"],
)
async def test_only_documents_and_pictures_of_a_sensible_size_are_taken(
    town: Town, content: bytes, status: int, media_type: str | None
) -> None:
    async with town.visitor("person:fengshou") as company:
        answer = await company.post("/api/v1/uploads", content=content)

    assert answer.status_code == status
    assert answer.json().get("media_type") == media_type


async def test_a_body_without_a_length_is_measured_as_it_comes(town: Town) -> None:
    async def endless() -> AsyncGenerator[bytes, None]:
        for _ in range(30):
            yield b"x" * 100_000

    async with town.visitor("person:fengshou") as company:
        answer = await company.post("/api/v1/applications", content=endless())

    assert (answer.status_code, answer.json()["rule"]) == (413, "TooLarge")


async def test_who_asks_too_often_is_told_when_to_come_back(town: Town) -> None:
    hasty = Limits(rate=1, burst=3)
    parts = replace(town.made.parts, limits=hasty)
    transport = httpx.ASGITransport(app=create_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        answers = [await client.get("/api/v1/agencies") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["title"]["zh"]


async def test_a_form_filled_in_wrongly_is_pointed_at(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        answer = await company.apply(form={"unheard-of": "x"}, materials=[])

    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/form/unheard-of",
        "/materials/application-form",
    }
    assert all(error["reason"]["zh"] for error in answer.json()["errors"])


async def test_it_is_alive_but_not_ready_while_kafka_is_down(town: Town) -> None:
    town.made.looking.look()
    async with town.visitor() as anybody:
        ready, alive = await anybody.get("/ready"), await anybody.get("/health")

    assert ready.status_code == 503
    assert ready.json() == {"missing": ["listening", "telling"]}
    assert alive.status_code == 200
    assert alive.json() == {"stuck": []}


async def test_how_it_is_it_says_without_looking_up_who_asks(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: object) -> None:
        raise AssertionError("PostgreSQL may hang")

    async with town.visitor("person:fengshou") as company:
        monkeypatch.setattr(town.made.parts.sessions, "session", never)
        answers = [await company.get(path) for path in ("/health", "/ready")]

    assert [next(iter(answer.json())) for answer in answers] == ["stuck", "missing"]


async def _settle_again_and_again(town: Town) -> None:
    while True:
        await asyncio.to_thread(town.settle)
        await asyncio.sleep(0.05)


async def test_who_waits_when_the_gateway_stops_has_a_receipt(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        company.headers["Prefer"] = "wait=10"
        waiting = asyncio.create_task(company.apply())
        await asyncio.sleep(0.3)
        town.made.parts.live.close()

        async with asyncio.timeout(5):
            answer = await waiting

    assert answer.status_code == 202
