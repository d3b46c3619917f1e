"""Every no that the front desk can say, in the words of the answer."""

from __future__ import annotations

from shared.runtime.aggregate import DomainError


class OnlyOneSupplementNotice(DomainError):
    """Everything that is missing must be said at once, and only once."""

    REASON = (
        "本办件已经发出过一次补正告知，不能再次要求补正。",
        "A supplement notice has already been given for this case; "
        "a second one is not allowed.",
    )
    WHAT_NEXT = (
        "请依据现有材料受理，或者不予受理并说明理由。",
        "Accept the case on the materials at hand, or decline it with a reason.",
    )
    BASIS = "行政许可法第三十二条第一款第四项"


class NothingIsSaidToBeMissing(DomainError):
    REASON = (
        "补正告知必须一次列明全部需要补正的内容。",
        "A supplement notice must list everything that is missing.",
    )
    WHAT_NEXT = ("请至少填写一项。", "Name at least one thing.")
    BASIS = "行政许可法第三十二条第一款第四项"


class NotAwaitingAcceptance(DomainError):
    REASON = (
        "办件{zh}，不能再受理、补正或不予受理。",
        "The case {en}: it can't be accepted, supplemented or declined now.",
    )
    WHAT_NEXT = (
        "请查看办件的最新进展。",
        "See what has happened in the case since.",
    )


class NotAwaitingSupplement(DomainError):
    REASON = (
        "办件当前没有等待补正的内容。",
        "Nothing is awaited from the applicant at the moment.",
    )
    WHAT_NEXT = (
        "请查看办件的最新进展。",
        "See what has happened in the case since.",
    )


class NothingIsAdded(DomainError):
    """The one supplement is not used up by an empty one."""

    REASON = (
        "没有补交材料、没有改动内容，也没有写说明，补正没有提交。",
        "No document, no correction and no note was added; nothing was handed in.",
    )
    WHAT_NEXT = (
        "请按补正告知补齐后再提交，补正机会没有用掉。",
        "Add what the notice asks for and send it; you still can.",
    )


STATES = {
    "supplementing": {
        "zh": "正在等待申请人补正",
        "en": "awaits what the applicant must add",
    },
    "accepted": {"zh": "已经受理", "en": "has been accepted"},
    "declined": {"zh": "已经不予受理", "en": "has been declined"},
    "decided": {"zh": "已经作出决定", "en": "has been decided"},
    "completed": {"zh": "已经办结", "en": "is complete"},
    "delivered": {"zh": "结果已经领取", "en": "is complete, its result received"},
    "withdrawn": {"zh": "已由申请人撤回", "en": "has been withdrawn"},
}


class ReasonMissing(DomainError):
    REASON = (
        "不予受理必须书面说明理由。",
        "A case can be declined only with a written reason.",
    )
    WHAT_NEXT = ("请填写理由。", "Write down the reason.")
    BASIS = "行政许可法第三十八条"


class AlreadyDecided(DomainError):
    REASON = (
        "办件已经办结或已作出决定，不能撤回。",
        "The case has been decided or closed and can't be withdrawn.",
    )
    WHAT_NEXT = (
        "如不服决定，可以依法申请行政复议或提起行政诉讼。",
        "If you disagree, you may ask for review or go to court.",
    )


class NotYetDecided(DomainError):
    REASON = (
        "办件还没有结果，不能确认领取。",
        "There is no result yet that could be received.",
    )
    WHAT_NEXT = (
        "办结后会在这里显示领取方式。",
        "How to receive it appears here once the case is complete.",
    )


class AlreadyReceived(DomainError):
    REASON = (
        "结果已经确认领取过。",
        "That the result was received has been confirmed already.",
    )
    WHAT_NEXT = (
        "无需再次确认。",
        "There is nothing more to confirm.",
    )


class ItemNotOffered(DomainError):
    REASON = (
        "该事项目前不能在这里申请：{why}。",
        "This item can't be applied for here: {why}.",
    )
    WHAT_NEXT = (
        "请在办事指南中查看可用的办理方式。",
        "See the guide for the ways in which it is handled.",
    )


class MaterialsMissing(DomainError):
    REASON = (
        "缺少必要材料：{names}。",
        "Required materials are missing: {names}.",
    )
    WHAT_NEXT = (
        "请补上后重新提交。",
        "Add them and submit again.",
    )
    BASIS = "行政许可法第三十一条"


class AnotherAgencysCase(DomainError):
    REASON = (
        "该办件由其他机关受理，您无权操作。",
        "This case belongs to another agency's window.",
    )
    WHAT_NEXT = (
        "请联系受理机关。",
        "Please turn to the agency that handles it.",
    )


class AnotherAgencysStep(DomainError):
    REASON = (
        "这一环节由其他机关办理，不能代为办理。",
        "This step was assigned to another agency, which alone may finish it.",
    )
    WHAT_NEXT = (
        "请由承办机关办理。",
        "Let the agency that holds the step finish it.",
    )


class NotWhatTheStepIsFor(DomainError):
    REASON = (
        "审查环节只能提出意见，决定环节必须作出决定。",
        "A review step gives an opinion; only a deciding step decides.",
    )
    WHAT_NEXT = (
        "请由决定环节作出决定。",
        "Leave the decision to the step that decides.",
    )


class NotAnInstantItem(DomainError):
    REASON = (
        "只有即办件可以在窗口当场受理并办结。",
        "Only an instant item can be accepted and decided in one act at the window.",
    )
    WHAT_NEXT = (
        "请让申请人在线提交，或由窗口收件后按流程办理。",
        "Let the applicant apply online; it then follows its route.",
    )


class NoSuchCase(DomainError):
    REASON = (
        "没有这个办件：申请没有被登记。",
        "There is no such case: the application was not registered.",
    )
    WHAT_NEXT = (
        "请查看申请的回执，按其中的说明重新提交。",
        "See the receipt of the application, and submit it again as it says.",
    )


class NotYourCase(DomainError):
    REASON = (
        "只有申请人本人可以这样做。",
        "Only the applicant may do this.",
    )
    WHAT_NEXT = (
        "请用申请时的账号登录。",
        "Sign in as the one who applied.",
    )
