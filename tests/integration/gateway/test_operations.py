"""What an operator sees of messages that did not arrive."""

from __future__ import annotations

from shared.events.intake import ApplicationSubmitted
from shared.runtime.hearing import Channel
from tests import controls
from tests.contract.examples import read
from tests.integration.gateway.browser import browser
from tests.integration.gateway.conftest import Town

POISON = "周丰 13800003210"


def poison(town: Town) -> None:
    """Tell the gateway something that no view can read."""
    fact = read(f"{ApplicationSubmitted.TYPE}.v1.json")
    told = controls.told(fact, 1)
    bad = told.model_copy(update={"data": told.data | {"item_version": POISON}})
    town.made.heard.hear({Channel(bad.source, bad.topic, 0): [bad]})


async def test_all_is_well_while_nothing_is_set_aside(town: Town) -> None:
    async with browser(town, "operator:platform") as operator:
        page = await operator.see("/operations")
        assert "没有搁置的消息" in page
        assert "gateway.catalogue" in page


async def test_a_message_that_nobody_can_read_is_shown_without_its_words(
    town: Town,
) -> None:
    poison(town)
    async with browser(town, "operator:platform") as operator:
        page = await operator.see("/operations")
        assert "条消息处理不了" in page
        assert ApplicationSubmitted.TYPE in page
        assert POISON not in page
    async with browser(town, "supervisor:zhengzhou") as supervisor:
        assert "运行情况只对平台运行人员开放" in await supervisor.see(
            "/operations", 403
        )
