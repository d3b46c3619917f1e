from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.gateway.pages.routes.desk import urgent
from services.gateway.views.desk import Task
from shared.calendar import china
from shared.calendar.deadline import start_of
from shared.runtime import clock
from tests import controls

FRIDAY = date(2016, 3, 4)
CALENDAR = china.working_calendar()


def task(kind: str, by: date) -> Task:
    said: dict[str, Any] = dict.fromkeys(Task.model_fields)
    return Task.model_validate(
        said
        | {
            "kind": kind,
            "application_id": controls.APPLICATION,
            "agency": controls.DENGFENG_GRAIN,
            "step": "" if kind == "window" else "first-review",
            "since": start_of(FRIDAY),
            "by": by,
        }
    )


@pytest.fixture(autouse=True)
def on_the_tuesday_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2016, 3, 8))


def test_a_step_is_drawn_out_of_its_own_days():
    asked = urgent(task("step", date(2016, 3, 9)), CALENDAR)

    assert (asked.by, asked.days, asked.left) == (date(2016, 3, 9), 3, 1)


def test_the_window_has_the_five_days_of_the_law():
    asked = urgent(task("window", date(2016, 4, 1)), CALENDAR)

    assert (asked.by, asked.days, asked.left) == (date(2016, 3, 11), 5, 3)
