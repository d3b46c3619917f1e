"""What people find who look for a service or a case."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote
from uuid import UUID

import pytest

from services.catalog.loader import load_catalogue
from shared.events import gateway as asked
from tests import controls
from tests.controls import (
    APPLICATION,
    DENGFENG_GRAIN,
    FENGSHOU,
    GRAIN_TASK,
    ZHENGZHOU_GRAIN,
)
from tests.integration.gateway.browser import browser
from tests.integration.gateway.conftest import Town
from tests.integration.gateway.walking import apply

pytestmark = pytest.mark.usefixtures("receipts_at_once")


@pytest.mark.parametrize(
    "query", ["粮食", "收购 许可", "GRAIN", GRAIN_TASK[-12:], "证"]
)
def test_an_item_is_found_by_any_part_of_its_name_or_code(
    town: Town, query: str
) -> None:
    found = town.made.parts.screens.catalogue.search(query)

    assert GRAIN_TASK in [item.task_code for item in found.items]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("低保", "最低生活保障待遇认定"),
        ("残疾证", "残疾人证核发"),
        ("公租房", "城市公共租赁住房保障资格认定"),
        ("过户", "二手房转移登记"),
        ("食品经营许可证", "食品经营许可（新办）"),
        ("办营业执照", "开办企业一件事"),
        ("卖粮", "粮食收购许可"),
    ],
)
def test_an_item_is_found_by_what_people_call_it(
    town: Town, query: str, name: str
) -> None:
    for item in load_catalogue().items:
        town.tell("catalog", item.model_copy(update={"version": 2}))

    found = town.made.parts.screens.catalogue.search(query)

    assert name in [item.name.zh for item in found.items]


def test_an_agency_offers_what_it_accepts_and_what_it_has_a_step_of(
    town: Town,
) -> None:
    town.tell("catalog", controls.agency("410100-idle", "11410100990001087T"))
    catalogue = town.made.parts.screens.catalogue

    offered = [agency.code for agency in catalogue.busy_agencies()]
    items = catalogue.search(agency=ZHENGZHOU_GRAIN).items

    assert offered == [ZHENGZHOU_GRAIN, DENGFENG_GRAIN]
    assert [item.task_code for item in items] == [GRAIN_TASK]


def test_an_item_is_not_found_by_what_it_is_not(town: Town) -> None:
    catalogue = town.made.parts.screens.catalogue

    assert catalogue.search("粮油").items == ()
    assert catalogue.search("%").items == ()
    assert catalogue.search("粮食", server="natural").items == ()


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


def test_what_is_late_comes_first_on_whatever_page(town: Town) -> None:
    cases = town.made.parts.screens.cases
    town.city.now -= timedelta(days=30)
    town.city.submit()
    town.city.window(asked.AcceptanceRequested)
    town.city.now += timedelta(days=30)
    for number in range(3):
        town.city.submit(UUID(int=number + 1))
    town.show()

    first = cases.of_person(FENGSHOU.user_id, limit=2)
    second = cases.of_person(FENGSHOU.user_id, after=first.next, limit=2)

    assert first.items[0].application_id == APPLICATION
    rest = [case.application_id.int for case in (*first.items[1:], *second.items)]
    assert rest == [3, 2, 1]
    assert second.next is None


async def test_ones_cases_say_their_number_and_when_the_window_answers(
    town: Town,
) -> None:
    async with browser(town, "person:fengshou") as company:
        await apply(town, company)
        page = await company.see("/cases")
        assert "…201601040001" in page
        assert "最迟 1月11日 周一 17:30 前告诉您是否受理" in page
