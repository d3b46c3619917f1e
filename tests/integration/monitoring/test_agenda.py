"""What has been heard, in a real PostgreSQL: once, whatever comes again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid5

import pytest
from prometheus_client import REGISTRY

from shared.runtime import positions
from shared.runtime.hearing import Gap, Move, Overtaken
from tests.integration.children import wait_until
from tests.integration.monitoring.brokerless import CHANNEL, Monitoring
from tests.unit.monitoring.clocks import CLOCK, at, started, stopped


def test_what_is_told_again_changes_nothing(monitoring: Monitoring):
    monitoring.tell(started(), stopped(at(15)))
    for _ in range(3):
        monitoring.hear()

    assert monitoring.look(at(30)) == 2
    monitoring.hear()
    assert monitoring.look(at(30)) == 2


def test_a_stop_that_comes_before_we_look_keeps_the_card_away(monitoring: Monitoring):
    monitoring.tell(started(), stopped(at(13)))
    monitoring.hear(to=1)
    assert monitoring.look(at(12)) == 1
    monitoring.hear()

    assert monitoring.look(at(30)) == 1
    assert monitoring.agenda.next_due_at([0]) is None
    assert monitoring.agenda.running([0]) == {}


def test_a_card_is_taken_back_once_it_is_heard_that_the_work_had_ended(
    monitoring: Monitoring,
):
    monitoring.tell(started(), stopped(at(13)))
    monitoring.hear(to=1)
    assert monitoring.look(at(20)) == 3  # warning, yellow, red

    monitoring.hear()

    assert monitoring.look(at(20)) == 5
    assert monitoring.revoked() == ["yellow", "red"]
    monitoring.views.forget("clocks")
    monitoring.hear()
    assert monitoring.look(at(30)) == 5


def test_forgotten_rows_are_told_again_and_no_card_is_issued_twice(
    monitoring: Monitoring,
):
    monitoring.tell(started(), stopped(at(15)))
    monitoring.hear()
    monitoring.look(at(30))

    monitoring.views.forget("clocks")
    assert monitoring.agenda.lacking([0]) == {0}
    monitoring.hear()

    assert monitoring.look(at(30)) == 2


def test_forgetting_waits_for_who_is_hearing(monitoring: Monitoring):
    monitoring.tell(started(), stopped(at(15)))
    monitoring.hear(to=1)

    with (
        ThreadPoolExecutor() as aside,
        monitoring.log.pool.connection() as connection,
        connection.cursor() as hearing,
    ):
        positions.move(hearing, {"clocks": [Move(CHANNEL, 1, 2)]})
        forgetting = aside.submit(monitoring.views.forget, "clocks")
        wait_until(lambda: monitoring.locks_awaited() == 1)
        hearing.execute("UPDATE clocks SET is_running = false")
        connection.commit()
        forgetting.result(timeout=10)

    assert monitoring.agenda.running([0]) == {}
    assert monitoring.agenda.lacking([0]) == {0}


def test_what_the_only_view_has_forgotten_is_noticed(monitoring: Monitoring):
    monitoring.tell(started(), stopped(at(15)))
    monitoring.hear(to=1)
    assert monitoring.views.gaps() == set()

    monitoring.views.forget("clocks")
    with pytest.raises(Overtaken):
        monitoring.hear(since=1)

    assert monitoring.views.gaps() == {CHANNEL}


def test_what_was_missed_is_noticed(monitoring: Monitoring):
    monitoring.tell(started(), stopped(at(13)))

    with pytest.raises(Gap):
        monitoring.hear(since=1)
    assert monitoring.agenda.lacking([0]) == {0}


def test_a_stop_whose_start_was_never_told_waits_and_stops_nobody_else(
    monitoring: Monitoring,
):
    other = uuid5(CLOCK, "other")
    monitoring.tell(stopped(at(13)), started(other, application_id=other))
    monitoring.hear()

    [waiting] = monitoring.log.set_aside("clocks")
    assert waiting.is_waiting
    assert monitoring.look(at(11)) == 1


def test_an_operator_sees_how_many_keys_are_set_aside_and_when_none_is(
    monitoring: Monitoring,
):
    def shown() -> float:
        monitoring.views.retry_set_aside()
        value = REGISTRY.get_sample_value("tongban_set_aside", {"listener": "clocks"})
        assert value is not None
        return value

    monitoring.tell(stopped(at(13)))
    monitoring.hear()
    assert shown() == 1

    monitoring.views.forget("clocks")
    monitoring.views.gaps()
    assert shown() == 0
