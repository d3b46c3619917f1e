"""Every no that an examining agency can say, in the words of the answer."""

from __future__ import annotations

from shared.runtime.aggregate import DomainError


class ExaminationClosed(DomainError):
    REASON = (
        "这一步已经办理完毕，不能再次办理。",
        "This step is already finished and can't be acted on again.",
    )
    WHAT_NEXT = (
        "请查看办件的最新进展。",
        "See what has happened in the case since.",
    )


class OpinionMissing(DomainError):
    REASON = (
        "办理时必须填写意见；不予许可时必须说明理由。",
        "An opinion must be given; a refusal needs its reason.",
    )
    WHAT_NEXT = ("请填写意见后再提交。", "Write the opinion, then submit again.")
    BASIS = "行政许可法第三十八条"


class StepDoesNotDecide(DomainError):
    REASON = (
        "这一步只提出审查意见，由决定环节作出决定。",
        "This step gives an opinion; the decision belongs to another step.",
    )
    WHAT_NEXT = ("请选择通过并填写意见。", "Pass it on with your opinion.")


class StepMustDecide(DomainError):
    REASON = (
        "这一步必须作出准予或不予许可的决定。",
        "This step must decide: grant or refuse.",
    )
    WHAT_NEXT = ("请选择准予或不予许可。", "Choose to grant or to refuse.")


class AnotherAgencysStep(DomainError):
    REASON = (
        "这一环节由其他机关办理，不能代为办理。",
        "This step was assigned to another agency, which alone may finish it.",
    )
    WHAT_NEXT = (
        "请由承办机关办理。",
        "Let the agency that holds the step finish it.",
    )


class ReviewerMayNotDecide(DomainError):
    REASON = (
        "同一人不能既审查又决定同一办件。",
        "Whoever has reviewed a case may not also decide it.",
    )
    WHAT_NEXT = (
        "请由另一位有决定权的人员办理。",
        "Let another officer with the power to decide do it.",
    )
