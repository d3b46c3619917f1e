from __future__ import annotations

from datetime import date
from typing import Any

from services.gateway.pages.routes.desk import urgent
from services.gateway.views.desk import Task
from shared.calendar import china
from tests import controls

CALENDAR = china.working_calendar()


def task(**said: Any) -> Task:
    usual = {
        "kind": "step",
        "application_id": controls.APPLICATION,
        "number": None,
        "item_name": None,
        "applicant_name": None,
        "agency": controls.DENGFENG_GRAIN,
        "step": "first-review",
        "step_name": None,
        "step_kind": "review",
        "role": "handler",
        "state": "reviewing",
        "channel": "online",
        "since": controls.ACCEPTED_AT,
        "by": date(2016, 1, 7),
        "promise_by": None,
    }
    return Task.model_validate(usual | said)


def test_a_step_has_as_many_days_as_its_own_limit() -> None:
    assert urgent(task(), CALENDAR).limit == 3
    assert urgent(task(by=date(2016, 1, 5)), CALENDAR).limit == 1


def test_the_window_has_the_five_days_of_the_law() -> None:
    at_window = urgent(task(kind="window", by=date(2016, 1, 11)), CALENDAR)

    assert (at_window.by, at_window.limit) == (date(2016, 1, 11), 5)
