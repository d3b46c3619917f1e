"""Which of our events we tell, to whom, and in what words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.review.domain.examination import Examination
from shared.events import review
from shared.events.fact import Fact
from shared.runtime.aggregate import Aggregate


def tell(event: Aggregate.Event) -> Iterator[Fact]:
    match event:
        case Examination.Opened(step=step):
            yield review.ExaminationOpened(
                application_id=event.application_id,
                examination_id=event.originator_id,
                step=step["code"],
                step_name=step["name"],
                kind=step["kind"],
                role=step["role"],
                agency=event.agency,
                decide_by=event.decide_by,
                opened_at=event.opened_at,
            )
        case Examination.Passed():
            yield _closed(event, event.about, "passed", event.passed_at)
            yield review.StepPassed.model_validate(event.about | vars(event))
        case Examination.Decided():
            outcome = "granted" if event.granted else "refused"
            yield _closed(event, event.about, outcome, event.decided_at)
            yield review.StepDecided.model_validate(event.about | vars(event))
        case Examination.Recalled():
            yield _closed(event, event.about, "recalled", event.recalled_at)


def _closed(
    event: Aggregate.Event, about: dict[str, Any], outcome: Any, at: datetime
) -> review.ExaminationClosed:
    return review.ExaminationClosed(
        application_id=about["application_id"],
        examination_id=event.originator_id,
        step=about["step"],
        agency=about["agency"],
        outcome=outcome,
        closed_at=at,
    )
