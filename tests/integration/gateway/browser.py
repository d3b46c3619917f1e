"""A browser without JavaScript: it follows redirects and sends the forms of pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from services.gateway.sessions import CSRF_FIELD
from tests.integration.gateway.conftest import Town


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


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field, or nothing."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1].replace("&#34;", '"') if found else ""
