"""Rules about finding an item, reaching its people, and what a guide must say."""

from __future__ import annotations

import re

from services.catalog.catalogue import Catalogue
from services.catalog.rules.rule import Said
from shared.events.catalog import ItemPublished
from shared.events.fact import Text

# Contacts and audience.


def phones_differ(item: ItemPublished, _: Catalogue) -> Said:
    """咨询 and 监督 go to different people, and both carry the area code."""
    if item.consult_phone == item.complaint_phone:
        yield (
            "咨询电话与监督电话不得相同",
            "consultation and complaint phones must differ",
        )
    for phone in (item.consult_phone, item.complaint_phone):
        if not re.fullmatch(r"0371-\d{5,8}", phone):
            yield (
                f"电话 {phone} 须带区号 0371",
                f"{phone} must carry the area code 0371",
            )


def audience_finds_it(item: ItemPublished, catalogue: Catalogue) -> Said:
    """自然人 ⇔ one of the topics of life; 法人 ⇔ one of the topics of business."""
    for server, topics in catalogue.topics.items():
        if (server in item.servers) != any(topic in topics for topic in item.topics):
            yield (
                f"服务对象与主题不一致：{server}",
                f"topics and audience disagree about {server} persons",
            )


# Codes and dates.


def codes_decode(item: ItemPublished, catalogue: Catalogue) -> Said:
    """实施编码 31 = credit code 18 + level 1 + 基本编码 12, whose type is in it."""
    agency = catalogue.agencies[item.agency]
    if not re.fullmatch(r"[0-9A-Z]{12}", item.catalog_code):
        yield "基本编码须为 12 位", "a catalogue code has 12 characters"
    elif item.catalog_code[2:4] != item.item_type:
        yield (
            f"基本编码第 3、4 位应为事项类型 {item.item_type}",
            f"characters 3 and 4 of the catalogue code are the type {item.item_type}",
        )
    if item.task_code != f"{agency.credit_code}{item.level}{item.catalog_code}":
        yield "实施编码与机构、层级、基本编码不符", "the task code does not decode"
    if len(item.task_code) != 31:
        yield "实施编码须为 31 位", "a task code has 31 characters"


def life_is_in_order(item: ItemPublished, _: Catalogue) -> Said:
    """It ends after it begins; only a cancelled item has an end or a successor."""
    if item.valid_to and item.valid_to < item.valid_from:
        yield "失效日期早于生效日期", "it ends before it begins"
    if item.state == "cancelled" and item.valid_to is None:
        yield "已取消的事项须有失效日期", "a cancelled item needs the day it ended"
    if item.state != "cancelled" and item.successor:
        yield "在用事项不应有承接事项", "only a cancelled item has a successor"


def guide_is_complete(item: ItemPublished, _: Catalogue) -> Said:
    """The least a guide must say (最低公开要素), in both languages."""
    said: dict[str, tuple[Text, ...]] = {
        "名称 name": (item.name,),
        "概述 summary": (item.summary,),
        "条件 conditions": item.conditions,
        "依据 legal_basis": item.legal_basis,
        "地点 place": (item.place,),
        "时间 hours": (item.hours,),
        "救济 redress": (item.redress,),
    }
    for field, texts in said.items():
        if not texts or not all(t.zh.strip() and t.en.strip() for t in texts):
            yield f"指南缺少：{field}", f"the guide lacks {field}"
    if not item.materials and item.handling != "package":
        yield "指南缺少：材料 materials", "the guide lacks materials"
