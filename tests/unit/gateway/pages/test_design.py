"""Every component renders, in both languages and both sizes of letters."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from services.gateway.pages import design
from services.gateway.pages.rendering import Pages
from services.gateway.pages.surroundings import ways


def surroundings(_: Request) -> dict[str, Any]:
    return {"person": None, "ways": ways(None), "csrf": "", "csrf_field": "csrf_token"}


@pytest.fixture
def app() -> FastAPI:
    app, pages = FastAPI(), Pages(surroundings)

    @app.get("/design")
    def components(request: Request) -> HTMLResponse:
        return pages.show(request, "design.html", on=design.ON, **design.examples())

    return app


async def look(app: FastAPI, query: str = "") -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        return await client.get(f"/design{query}")


async def test_chinese_comes_first(app: FastAPI) -> None:
    page = await look(app)
    assert page.status_code == 200
    assert '<html lang="zh-CN">' in page.text
    assert "页面组件" in page.text
    assert "2月26日 周五 17:30 前" in page.text
    assert "set-cookie" not in page.headers


async def test_english_is_a_switch_away_and_stays(app: FastAPI) -> None:
    page = await look(app, "?lang=en")
    assert '<html lang="en">' in page.text
    assert "by 17:30, Fri 26 February" in page.text
    assert "lang=en" in page.headers["set-cookie"]


async def test_large_text_is_a_switch_away_and_stays(app: FastAPI) -> None:
    page = await look(app, "?size=large")
    assert 'class="large"' in page.text
    assert "size=large" in page.headers["set-cookie"]


async def test_the_calendar_says_what_it_draws(app: FastAPI) -> None:
    page = await look(app)
    assert "特别程序，不计入时限" in page.text
    assert "春节" in page.text
    assert "到期日" in page.text


async def test_cards_have_a_shape_and_a_word(app: FastAPI) -> None:
    page = await look(app)
    for word in ("预警", "黄牌", "红牌"):
        assert f"</svg>{word}" in page.text
