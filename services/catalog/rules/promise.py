"""Rules about what an item promises: time, fees, visits, and what one receives."""

from __future__ import annotations

from services.catalog.catalogue import Catalogue
from services.catalog.rules.rule import Said
from shared.events.catalog import ItemPublished

# Time.


def instant_means_at_once(item: ItemPublished, _: Catalogue) -> Said:
    """即办件: promised at once, and no route to take. All others take some days."""
    if item.is_instant != (item.promise_days == 0):
        yield (
            "即办件的承诺时限须为 0，承诺件须不少于 1 个工作日",
            "an instant item promises 0 days, any other at least 1",
        )
    if item.is_instant and (item.steps or item.statutory_days is not None):
        yield (
            "即办件当场受理并决定，不设审批环节和法定时限",
            "an instant item is decided when accepted: no steps, no statutory limit",
        )


def promise_keeps_the_law(item: ItemPublished, _: Catalogue) -> Said:
    """承诺时限 ≤ 法定时限, both in working days."""
    if item.is_instant:
        return
    if item.statutory_days is None:
        yield "承诺件须有法定时限", "a promised item needs its statutory limit"
    elif item.promise_days > item.statutory_days:
        yield (
            f"承诺时限 {item.promise_days} 长于法定时限 {item.statutory_days}",
            f"promises {item.promise_days} days, the law allows {item.statutory_days}",
        )


def steps_fit_the_promise(item: ItemPublished, _: Catalogue) -> Said:
    total = sum(step.limit_days for step in item.steps)
    if total > item.promise_days:
        yield (
            f"各环节时限合计 {total} 个工作日，超过承诺时限 {item.promise_days}",
            f"the steps take {total} days, the promise is {item.promise_days}",
        )


# Fees.


def fees_are_founded(item: ItemPublished, _: Catalogue) -> Said:
    """A fee has a basis, a name and a standard; without fees nothing is to be paid."""
    if bool(item.fees) != (item.fee_basis is not None):
        yield (
            "收费须有依据和收费项目；不收费则两者皆无",
            "fees need a basis and a list; without fees there is neither",
        )
    if item.is_pay_online and not item.fees:
        yield (
            "不收费的事项不能网上缴费",
            "nothing can be paid online where nothing is due",
        )
    if not all(fee.name.zh.strip() and fee.standard.zh.strip() for fee in item.fees):
        yield "收费项目须有名称和标准", "each fee needs a name and a standard"


# Visits.


def visits_are_explained(item: ItemPublished, _: Catalogue) -> Said:
    """到办事现场次数: each visit has its reason; without one there is another way."""
    if (item.visits > 0) != (item.visit_reason is not None):
        yield (
            "须到现场的应说明原因；无须到现场的不填原因",
            "a visit needs its reason, and no visit has none",
        )
    if item.visits == 0 and item.handling == "booking" and not item.is_mail_in:
        yield (
            "无须到现场的事项应可网上办理或邮寄申请",
            "without a visit one must be able to apply online or by post",
        )
    if item.online_depth == 4 and item.visits > 0:
        yield "网办深度Ⅳ级即全程网办，不得要求到现场", "wholly online means no visit"


def another_way_is_explained(item: ItemPublished, _: Catalogue) -> Said:
    """Who may only book, or apply for a package, is told why."""
    if (item.handling == "online") != (item.handling_reason is None):
        yield (
            "不能直接网上申请的须说明原因；可以申请的不填",
            "say why it can't be applied for online, and only then",
        )
    if item.handling != "online" and item.online_depth > 2:
        yield (
            "不能在线申请的事项，网办深度不得高于Ⅱ级",
            "what can't be applied for online is no deeper online than Ⅱ",
        )
    if (item.handling == "package") != bool(item.parts):
        yield (
            "“一件事”须列出所含事项，其他事项不列",
            "a package lists what it holds, and nothing else does",
        )


# The result.

_ENDINGS = {"证": "certificate", "文": "document", "批复": "document"}


def result_suits_its_name(item: ItemPublished, _: Catalogue) -> Said:
    """…证 is a certificate, …文 and …批复 documents; a named result shows a sample."""
    kind = item.result.kind
    for ending, due in _ENDINGS.items():
        if item.result.name.zh.endswith(ending) and kind != due:
            yield (
                f"结果名称以“{ending}”结尾，结果类型应为 {due}",
                f"a result whose name ends in {ending} is a {due}",
            )
    if kind != "none" and item.result.sample is None:
        yield "须提供结果样本", "a result needs a sample"


def certificate_has_a_type(item: ItemPublished, catalogue: Catalogue) -> Said:
    """A certificate is of a known type; nothing else is."""
    code = item.result.credential_type
    if (item.result.kind == "certificate") != (code is not None):
        yield "证照类结果须有证照类型代码", "a certificate, and only it, has a type"
    if code and code not in catalogue.credential_types:
        yield f"证照类型 {code} 未登记", f"credential type {code} is not known"
