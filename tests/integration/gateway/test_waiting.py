"""Queues hold what waits and nothing else, and are counted as they are."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from services.gateway.bootstrap import Stores
from services.gateway.people import Personas
from services.gateway.standing import Person
from services.gateway.views import views
from services.gateway.views.cases import CasesView
from services.gateway.views.desk import Desk
from shared.events import gateway as asked
from shared.events import intake, review
from tests.controls import APPLICATION, DENGFENG_GRAIN, REQUEST, ZHAO
from tests.integration.gateway.conftest import Town
from tests.integration.gateway.test_views import (
    finished,
    hear,
    heard_by_gateway,
    shown,
    shuffled,
)

OFFICERS = (
    "officer:dengfeng-window",
    "officer:dengfeng-001",
    "officer:zhengzhou-001",
    "officer:zhengzhou-002",
)


def officer(name: str) -> Person:
    found = Personas.load().find(name)
    assert found is not None
    return found


def queued(desk: Desk, name: str) -> Counter[str]:
    """Read a whole queue, a page of two at a time."""
    found: Counter[str] = Counter()
    page = desk.most_urgent(officer(name), limit=2)
    found.update(task.kind for task in page.items)
    while page.next:
        page = desk.most_urgent(officer(name), after=page.next, limit=2)
        found.update(task.kind for task in page.items)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_queue_is_counted_as_it_is_whatever_has_been_heard(
    town: Town, seed: int
) -> None:
    desk = town.made.parts.screens.desk
    seen: Counter[str] = Counter()
    for message in shuffled(heard_by_gateway(finished()), seed):
        hear(town.made, [message])
        for name in OFFICERS:
            tasks, counts = queued(desk, name), desk.counts(officer(name))
            waiting = desk.at_window(officer(name))

            assert counts.at_window == tasks["window"]
            assert counts.steps_open == tasks["step"]
            assert sum(day.cases for day in waiting) == tasks["window"]
            seen += tasks

    assert seen["window"]
    assert not any(queued(desk, name) for name in OFFICERS)


def test_a_queue_goes_on_where_the_page_before_it_ended(town: Town) -> None:
    desk, clerk = town.made.parts.screens.desk, officer(OFFICERS[0])
    for number in range(5):
        town.city.submit(UUID(int=number + 1))
    town.show()

    first = desk.most_urgent(clerk, limit=3)
    second = desk.most_urgent(clerk, after=first.next, limit=3)

    order = [task.application_id.int for task in (*first.items, *second.items)]
    assert order == [1, 2, 3, 4, 5]
    assert second.next is None
    assert desk.most_urgent(clerk, kind="step").items == ()
    assert len(desk.most_urgent(clerk, kind="window").items) == 5


def test_two_gateways_that_hear_of_one_step_at_once_queue_it_once(
    town: Town, kept: Stores
) -> None:
    """One has heard that it began, the other that its agency has opened it."""
    town.city.submit()
    town.city.window(asked.AcceptanceRequested)
    heard = heard_by_gateway(town.city)
    [begun] = [m for m in heard if m.type == intake.StepStarted.TYPE]
    [opened] = [m for m in heard if m.type == review.ExaminationOpened.TYPE]
    hear(town.made, [m for m in heard if m not in (begun, opened)])

    with (
        ThreadPoolExecutor(1) as other,
        kept.log.pool.connection() as first,
        kept.log.pool.connection() as second,
    ):
        CasesView().apply(first.cursor(), [begun])
        late = other.submit(CasesView().apply, second.cursor(), [opened])
        _until_it_waits(kept, second.info.backend_pid)
        first.commit()
        late.result(timeout=10)

    desk = town.made.parts.screens.desk
    assert queued(desk, "officer:dengfeng-001") == {"step": 1}
    assert desk.counts(officer("officer:dengfeng-001")).steps_open == 1


def _until_it_waits(kept: Stores, pid: int) -> None:
    """Return when a session waits for another's lock, or after a second without."""
    ends = time.monotonic() + 1
    asked_for = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
    while time.monotonic() < ends:
        with kept.log.pool.connection() as connection:
            row = connection.execute(asked_for, (pid,)).fetchone()
            if row and row[0]:
                return
        time.sleep(0.01)


def test_a_database_laid_before_there_were_queues_is_brought_up_to_date(
    town: Town, kept: Stores
) -> None:
    town.city.submit()
    town.city.window(asked.AcceptanceRequested)
    town.city.submit(REQUEST)
    town.show()
    expected = [shown(town.made), _counts(town)]
    assert [counts.steps_open for counts in expected[1]] == [0, 1, 0, 0]
    with kept.log.pool.connection() as connection:
        connection.execute("DROP TABLE waiting, waiting_days")
        connection.execute("ALTER TABLE clocks ADD stopped_at timestamptz")
        connection.execute(
            "INSERT INTO clocks (clock_id, agency, region, stopped_at)"
            " VALUES (%s, %s, '410185', now())",
            (APPLICATION, DENGFENG_GRAIN),
        )

    for _ in range(2):
        with kept.log.pool.connection() as connection:
            for view in views():
                connection.execute(view.SCHEMA.encode())

    assert [shown(town.made), _counts(town)] == expected
    town.city.officer(ZHAO, DENGFENG_GRAIN, "first-review")
    town.show()
    assert [counts.steps_open for counts in _counts(town)] == [0, 0, 1, 0]


def _counts(town: Town):
    return [town.made.parts.screens.desk.counts(officer(name)) for name in OFFICERS]
