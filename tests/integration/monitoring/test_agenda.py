"""What has been heard, in a real PostgreSQL: once, whatever comes again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import uuid5

import pytest
from prometheus_client import REGISTRY
from psycopg.conninfo import make_conninfo

from services.monitoring.application import Cards
from services.monitoring.messages import tell
from services.monitoring.projections import Agenda, ClocksView
from shared.events.clocks import ClockFact
from shared.events.fact import Message
from shared.events.monitoring import CardRevoked
from shared.runtime import positions
from shared.runtime.hearing import Channel, Gap, Move, Overtaken
from shared.runtime.log import PostgresLog
from shared.runtime.relay import news
from shared.runtime.views import Views
from tests import controls
from tests.integration.children import wait_until
from tests.unit.monitoring.clocks import CLOCK, at, started, stopped

CHANNEL = Channel("intake", "tongban.clocks", 0)


class Monitoring:
    def __init__(self, uri: str) -> None:
        view = ClocksView(partitions=1)
        self.log = PostgresLog(
            make_conninfo(uri, dbname="tongban_monitoring"), [view.SCHEMA]
        )
        self.views = Views(self.log.pool, [view])
        self.agenda = Agenda(self.log.pool)
        self.cards = Cards(self.log)
        self.told: list[Message] = []

    def tell(self, *facts: ClockFact) -> None:
        for fact in facts:
            previous = len(self.told)
            message = controls.told(fact, previous + 1)
            self.told.append(message.model_copy(update={"previous": previous}))

    def hear(self, since: int = 0, to: int | None = None) -> None:
        self.views.hear({CHANNEL: self.told[since:to]})

    def locks_awaited(self) -> int:
        with self.log.pool.connection() as connection:
            [count] = connection.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
            ).fetchone() or (0,)
            return int(count)

    def look(self, now: datetime) -> int:
        """Return how many cards there are once everything due has been decided."""
        while self.agenda.decide({0: now}, self.cards.issue, self.cards.revoke):
            continue
        return self.log.max_notification_id() or 0

    def revoked(self) -> list[str]:
        """Return the severities of the cards that were taken back."""
        _, told = news(self.cards, "monitoring", tell, after=0)
        facts = [message.fact() for message in told]
        return [fact.severity for fact in facts if isinstance(fact, CardRevoked)]


@pytest.fixture
def monitoring(postgres: str) -> Iterator[Monitoring]:
    monitoring = Monitoring(postgres)
    yield monitoring
    monitoring.log.close()


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
    assert monitoring.agenda.never_heard([0]) == {0}
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
        positions.move(hearing, "clocks", [Move(CHANNEL, 1, 2)])
        forgetting = aside.submit(monitoring.views.forget, "clocks")
        wait_until(lambda: monitoring.locks_awaited() == 1)
        hearing.execute("UPDATE clocks SET is_running = false")
        connection.commit()
        forgetting.result(timeout=10)

    assert monitoring.agenda.running([0]) == {}
    assert monitoring.agenda.never_heard([0]) == {0}


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
    assert monitoring.agenda.never_heard([0]) == {0}


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
