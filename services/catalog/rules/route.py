"""Rules about how a case is handled, and what has to be handed in."""

from __future__ import annotations

from services.catalog.catalogue import Catalogue
from services.catalog.rules.rule import Said
from shared.events.catalog import ItemPublished, Material

# The route.


def flow_is_whole(item: ItemPublished, _: Catalogue) -> Said:
    """A permit's flow has at least five parts: 受理 审核 审批 办结 送达, and an answer.

    Acceptance comes before a route, completion and delivery after it; every item has
    those three. So a permit needs two steps of its own, one of them a review.
    """
    flow = ["受理", *(step.name.zh for step in item.steps), "办结", "送达"]
    if item.item_type != "01":
        return
    if len(flow) < 5 or "review" not in {step.kind for step in item.steps}:
        yield (
            f"行政许可须有受理、审核、审批、办结、送达，现有：{'、'.join(flow)}",
            "a permit is accepted, reviewed, decided, completed and delivered",
        )
    if not item.questions:
        yield (
            "行政许可须至少有一条常见问题",
            "a permit needs at least one question answered",
        )


def route_ends_in_a_decision(item: ItemPublished, _: Catalogue) -> Said:
    """A route is reviewed and then decided, once, by a decider, and never sent down."""
    if item.is_instant or item.handling == "package":
        return
    kinds = [step.kind for step in item.steps]
    if kinds.count("decide") != 1 or kinds[-1] != "decide":
        yield "最后一个环节须为决定，且只有一个", "the last step decides, and only it"
    for step in item.steps:
        if (step.kind == "decide") != (step.role == "decider"):
            yield (
                f"“{step.name.zh}”：决定由审批人作出，审核由承办人或审核人作出",
                f"{step.name.en}: a decider decides, and does nothing else",
            )
    if len({step.code for step in item.steps}) < len(item.steps):
        yield "环节代码重复", "two steps share a code"
    levels = [step.level for step in item.steps]
    if levels != sorted(levels, reverse=True):
        yield "环节须由下级到上级", "a file goes up, from the lower level to the higher"


# Materials and the form.

_VAGUE = ("其他材料", "有关材料", "相关材料")


def nothing_known_is_asked_for(item: ItemPublished, catalogue: Catalogue) -> Said:
    """What the city can fetch is 免提交: nobody brings it (在线政务服务规定 art. 7)."""
    known = {name.zh for name in catalogue.credential_types.values()}
    for material in item.materials:
        name = material.name
        if (material.source != "self") != material.is_exempt:
            yield (
                f"“{name.zh}”：可自动获取的材料应标为免提交，自备材料不得免",
                f"{name.en}: what can be fetched is exempt, what can't is not",
            )
        if material.source == "self" and name.zh in known:
            yield (
                f"“{name.zh}”在证照库中，不得要求自备",
                f"{name.en} is in the credential library and must not be asked for",
            )
        yield from _names_its_type(material, catalogue)


def _names_its_type(material: Material, catalogue: Catalogue) -> Said:
    code = material.credential_type
    if (material.source == "credential") != (code is not None):
        yield (
            f"“{material.name.zh}”：取自证照库的材料须有证照类型代码",
            f"{material.name.en}: a material from the library, and only it, has a type",
        )
    if code and code not in catalogue.credential_types:
        yield f"证照类型 {code} 未登记", f"credential type {code} is not known"


def materials_are_definite(item: ItemPublished, _: Catalogue) -> Said:
    """No catch-alls such as 其他材料, and no material listed twice."""
    for material in item.materials:
        if any(vague in material.name.zh for vague in _VAGUE):
            yield (
                f"“{material.name.zh}”含义模糊，须写明具体材料",
                f"{material.name.en} is vague: name what is needed",
            )
    codes = [material.code for material in item.materials]
    if len(set(codes)) < len(codes):
        yield "材料代码重复", "two materials share a code"


def form_can_be_filled(item: ItemPublished, _: Catalogue) -> Said:
    codes = [field.code for field in item.form]
    if len(set(codes)) < len(codes):
        yield "表单字段代码重复", "two form fields share a code"
    for field in item.form:
        if (field.kind == "choice") != (len(field.options) >= 2):
            yield (
                f"“{field.label.zh}”：选择项须有两个以上选项，其他字段没有",
                f"{field.label.en}: a choice has options, two at least, and only it",
            )
        if field.on_face and item.result.kind != "certificate":
            yield (
                f"“{field.label.zh}”：结果不是证照，没有照面",
                f"{field.label.en}: only a certificate has a face to be shown on",
            )
