"""The desk of a window clerk: what is taken there, and what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import controls
from tests.integration.gateway.browser import browser
from tests.integration.gateway.conftest import Town

pytestmark = pytest.mark.usefixtures("receipts_at_once")


async def test_the_window_hears_all_that_is_wrong_at_once(town: Town) -> None:
    filing = f"/desk/file/{controls.FILING_TASK}/upload"
    seen = {"applicant-kind": "legal", "applicant-mobile": "138"}
    async with browser(town, "officer:dengfeng-window") as clerk:
        page = await clerk.send_form(filing, **seen)
        assert page.status_code == 422
        for said in (
            "有 5 处需要改正",
            "姓名或名称：必须填写。",
            "手机号码：请填写 11 位手机号码。",
            "申请书：这份材料必须提交。",
        ):
            assert said in page.text
        rest = {"name": "丰收", "code": "91410185MA90001186", "contact_name": "周丰"}
        named = {f"applicant-{field}": value for field, value in rest.items()}
        page = await clerk.send_form(filing, **seen, **named)
        assert "有 2 处需要改正" in page.text


async def test_a_clerk_counts_silence_that_has_lasted_too_long(town: Town) -> None:
    town.city.now -= timedelta(days=14)
    town.city.submit()
    town.show()
    async with browser(town, "officer:dengfeng-window") as clerk:
        page = await clerk.see("/desk")
        assert '<b class="number">1</b> 待受理' in page
        assert '<b class="number">1</b> 已超期' in page
        assert "审查中" not in page
