"""Views show when people acted, however much later it was told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from services.gateway.views.cases import CasesView
from services.gateway.views.timeline import TimelineView
from shared.events.fact import Fact
from shared.events.intake import ApplicationSubmitted, StepStarted
from shared.runtime.views import View
from tests import controls
from tests.controls import ACCEPTED_AT, APPLICATION, DENGFENG, DENGFENG_GRAIN

OUTAGE = timedelta(hours=3)


class Written:
    """A cursor that keeps the rows it is given, and finds none."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def execute(self, _: bytes | str, params: Any = ()) -> None:
        match params:
            case (str() as rows,):
                self.rows += json.loads(rows)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return []


def rows(view: View, fact: Fact) -> list[dict[str, Any]]:
    written = Written()
    message = controls.told(fact, 1, at=ACCEPTED_AT + OUTAGE)
    view.apply(written, [message])  # type: ignore[arg-type]
    return written.rows


def test_the_time_line_shows_when_people_applied():
    submitted = ApplicationSubmitted(
        application_id=APPLICATION,
        number="1" * 43,
        task_code=controls.GRAIN_TASK,
        item_version=1,
        item_name=controls.text("粮食收购许可证核发"),
        agency=DENGFENG_GRAIN,
        region=DENGFENG,
        channel="online",
        submitted_at=ACCEPTED_AT,
    )

    [entry] = rows(TimelineView(), submitted)

    assert entry["at"].replace("Z", "+00:00") == ACCEPTED_AT.isoformat()


def test_a_step_has_started_when_it_did():
    started = StepStarted(
        application_id=APPLICATION,
        step="first-review",
        step_name=controls.text("初审"),
        kind="review",
        agency=DENGFENG_GRAIN,
        level=4,
        decide_by=ACCEPTED_AT.date(),
        forwarded_by=None,
        started_at=ACCEPTED_AT,
    )

    [step] = rows(CasesView(), started)

    assert step["started_at"].replace("Z", "+00:00") == ACCEPTED_AT.isoformat()
