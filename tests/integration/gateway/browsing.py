"""A browser without JavaScript, and what people do with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from services.gateway.sessions import CSRF_FIELD
from tests import controls
from tests.integration.gateway.conftest import Town

FORM = ("申请书.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")
GRAIN = f"/apply/{controls.GRAIN_TASK}"


class Browser(httpx.AsyncClient):
    """Follows redirects, accepts pages, and sends the token its forms hold."""

    async def sign_in(self, persona: str) -> httpx.Response:
        return await self.send_form("/sign-in", persona=persona)

    async def see(self, path: str, status: int = 200) -> str:
        page = await self.get(path)
        assert page.status_code == status, page.text
        return page.text

    async def send_form(
        self,
        path: str,
        files: dict[str, tuple[str, bytes, str]] | None = None,
        /,
        **fields: str,
    ) -> httpx.Response:
        token = hidden(await self.see("/help"), CSRF_FIELD)
        return await self.post(path, data={CSRF_FIELD: token} | fields, files=files)


@asynccontextmanager
async def browser(town: Town, persona: str | None = None) -> AsyncIterator[Browser]:
    writer = asyncio.create_task(town.made.parts.requests.run())
    async with Browser(
        transport=httpx.ASGITransport(app=town.app),
        base_url="http://tongban",
        headers={"Accept": "text/html"},
        follow_redirects=True,
        timeout=30,
    ) as client:
        if persona:
            await client.sign_in(persona)
        yield client
    writer.cancel()
    with suppress(asyncio.CancelledError):
        await writer


async def apply(town: Town, company: Browser) -> str:
    """Apply for the grain licence page by page; return the id of the case."""
    await company.send_form(f"{GRAIN}/applicant")
    await company.send_form(f"{GRAIN}/upload", {"application-form": FORM}, go="on")
    key = hidden(await company.see(f"{GRAIN}/check"), "key")
    receipt = await company.send_form(f"{GRAIN}/check", key=key)
    assert "已收到，正在登记" in receipt.text
    town.settle()
    done = await company.see(str(receipt.url.path))
    assert "申请已提交" in done
    assert "最迟 1月11日 周一 17:30 前告诉您是否受理" in done
    return case_in(done)


async def act(town: Town, officer: Browser, path: str, /, **fields: str) -> None:
    await officer.send_form(path, **fields)
    town.settle()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1].replace("&#34;", '"') if found else ""


def case_in(page: str) -> str:
    found = re.search(r"/cases/([0-9a-f-]{36})", page)
    assert found, page
    return found[1]
