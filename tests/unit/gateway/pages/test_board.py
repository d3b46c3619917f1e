from __future__ import annotations

from datetime import date

import pytest

from services.gateway.pages.routes.board import promised_and_left
from services.gateway.views.board import OpenClock
from shared.calendar import china
from shared.calendar.deadline import deadline, start_of
from shared.runtime import clock
from tests import controls

ACCEPTED = date(2016, 2, 5)  # the day before the Spring Festival's exchanged Saturday
CALENDAR = china.working_calendar()


def running(promise: int) -> OpenClock:
    due_at = deadline(CALENDAR, ACCEPTED, promise).due_at
    return OpenClock(
        clock_id=controls.APPLICATION,
        application_id=controls.APPLICATION,
        number="1141018599000102820160104000001",
        item_name=controls.text("粮食收购许可证核发", "Grain purchase licence"),
        region=controls.DENGFENG,
        agency=controls.DENGFENG_GRAIN,
        agency_name=None,
        officer=None,
        started_at=start_of(ACCEPTED),
        warn_at=due_at,
        promised_due_at=due_at,
        statutory_due_at=None,
    )


@pytest.fixture(autouse=True)
def on_the_day_of_acceptance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: ACCEPTED)


@pytest.mark.parametrize("promise", [0, 3, 7, 20])
def test_a_clock_is_drawn_out_of_its_own_promise(promise: int):
    assert promised_and_left(running(promise), CALENDAR) == (promise, promise)


def test_days_gone_are_gone_and_the_promise_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "today", lambda: date(2016, 2, 16))

    assert promised_and_left(running(7), CALENDAR) == (7, 3)


def test_without_a_calendar_nothing_is_drawn():
    assert promised_and_left(running(7), None) is None
