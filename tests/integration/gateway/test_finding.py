"""What people find who look for a service or a case."""

from __future__ import annotations

import re
from urllib.parse import unquote

from tests import controls
from tests.integration.gateway.browsing import apply, browser
from tests.integration.gateway.conftest import Town


async def test_a_case_number_leads_to_the_case_once_signed_in(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        case = await apply(town, company)
    number = f"{controls.GRAIN_TASK}201601040001"
    async with browser(town) as stranger:
        page = await stranger.see(f"/items?q={number}")
        assert "<h1>请先登录后查看办件</h1>" in page
        [back] = re.findall(r"/sign-in\?back=([^\"]+)", page)
        found = await stranger.send_form(
            "/sign-in", persona="person:fengshou", back=unquote(back)
        )
        assert found.url.path == f"/cases/{case}"
    async with browser(town, "person:limin") as other:
        assert "<h1>没有找到这个办件</h1>" in await other.see(f"/items?q={number}")
