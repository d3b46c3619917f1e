"""What people do on page after page."""

from __future__ import annotations

import re

from tests import controls
from tests.integration.gateway.browser import Browser, hidden
from tests.integration.gateway.conftest import Town

FORM = ("申请书.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")
GRAIN = f"/apply/{controls.GRAIN_TASK}"


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


def case_in(page: str) -> str:
    found = re.search(r"/cases/([0-9a-f-]{36})", page)
    assert found, page
    return found[1]
