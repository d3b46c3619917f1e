from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from services.gateway.pages.routes.board import Due, due_of
from services.gateway.views.board import OpenClock
from shared.calendar import china
from shared.runtime import clock
from tests import controls

CALENDAR = china.working_calendar()
PROMISED = datetime(2016, 1, 13, 16, tzinfo=UTC)  # the end of 13 January here
STATUTORY = datetime(2016, 1, 25, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def real_time_again() -> Iterator[None]:
    yield
    clock.set_clock("real")


def running() -> OpenClock:
    return OpenClock(
        clock_id=controls.REQUEST,
        application_id=controls.APPLICATION,
        number="1",
        item_name=controls.text("粮食收购许可"),
        region=controls.DENGFENG,
        agency=controls.DENGFENG_GRAIN,
        agency_name=None,
        officer=None,
        step_name=None,
        started_at=controls.ACCEPTED_AT,
        warn_at=PROMISED - timedelta(days=3),
        promised_due_at=PROMISED,
        statutory_due_at=STATUTORY,
    )


def due_on(now: datetime) -> Due:
    clock.set_clock("real")
    clock.set_clock(f"warp:{now.timestamp()},{clock.now().timestamp()},1")
    return due_of(running(), CALENDAR)


def test_counts_from_the_promise_until_the_law_is_broken() -> None:
    last_moment = STATUTORY - timedelta(hours=1)

    assert due_on(controls.ACCEPTED_AT) == Due("pledge", date(2016, 1, 13), 7, 7)
    assert due_on(last_moment) == Due("pledge", date(2016, 1, 13), 7, -8)


def test_counts_from_the_law_once_it_is_broken() -> None:
    a_week_later = STATUTORY + timedelta(days=6, hours=2)

    assert due_on(a_week_later) == Due("law", date(2016, 1, 25), 15, -5)


def test_without_a_calendar_nothing_is_drawn() -> None:
    clock.set_clock("real")

    assert due_of(running(), None).days is None
