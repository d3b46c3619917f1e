"""Traps of the ground we stand on, each of which has been stepped into somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4, uuid5

import pytest
from eventsourcing.persistence import StoredEvent
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.faults.proxy import Proxy, proxy
from services.intake.application import Applications
from shared.events.fact import Message
from shared.runtime.hearing import INFRASTRUCTURE, Channel
from shared.runtime.log import PostgresLog
from tests import controls
from tests.acceptance.city import wait_until

CATALOG = Channel("catalog", "tongban.catalog", 0)
WRITERS, BATCHES, SIZE = 4, 40, 5


def database(postgres: str) -> str:
    return make_conninfo(postgres, dbname="tongban_trap")


def told() -> list[Message]:
    facts = [controls.january_2016(), controls.grain_licence()]
    return [
        controls.told(fact, n, "catalog").model_copy(update={"previous": n - 1})
        for n, fact in enumerate(facts, 1)
    ]


def test_a_reader_that_follows_the_log_misses_nothing(postgres: str):
    log = PostgresLog(database(postgres))

    def write(_: int) -> None:
        for _ in range(BATCHES):
            log.insert_events(
                [StoredEvent(uuid4(), 1, "x", b"{}") for _ in range(SIZE)]
            )

    seen: list[int] = []
    with ThreadPoolExecutor(WRITERS) as writers:
        work = [writers.submit(write, n) for n in range(WRITERS)]
        while True:
            is_written = all(each.done() for each in work)
            after = seen[-1] if seen else 0
            found = log.select_notifications(after, 50, inclusive_of_start=False)
            seen += [notification.id for notification in found]
            if is_written and not found:
                break
        for each in work:
            each.result()
    log.close()

    assert len(seen) == WRITERS * BATCHES * SIZE
    assert seen == sorted(set(seen))


def test_many_processes_lay_the_tables_at_once(postgres: str):
    with ThreadPoolExecutor(8) as starting:
        logs = list(starting.map(PostgresLog, [database(postgres)] * 8))

    for log in logs:
        assert log.max_notification_id() is None
        log.close()


@pytest.fixture
def between(postgres: str) -> Iterator[Proxy]:
    address = conninfo_to_dict(postgres)
    with proxy(str(address["host"]), int(str(address["port"]))) as made:
        yield made


def test_a_commit_whose_answer_is_lost_has_its_effect_once(
    postgres: str, between: Proxy
):
    straight = PostgresLog(database(postgres))
    log = PostgresLog(make_conninfo(database(postgres), port=between.port))
    intake = Applications(log)
    assert intake.ledger.heard == {}

    between.drop_after = b"COMMIT"
    with pytest.raises(INFRASTRUCTURE):
        intake.hear({CATALOG: told()})
    wait_until(lambda: straight.max_notification_id() == 2)  # the server is at it still
    stored = [n.topic for n in straight.select_notifications(1, 100)]
    intake.hear({CATALOG: told()})

    assert between.dropped == 1
    assert stored == ["intake.WorkingDays.Heard", "intake.Offer.Heard"]
    assert [n.topic for n in straight.select_notifications(1, 100)] == stored
    assert intake.log.ledger("intake").heard == {CATALOG: 2}
    log.close()
    straight.close()


def test_a_connection_that_is_cut_before_the_commit_stores_nothing(
    postgres: str, between: Proxy
):
    straight = PostgresLog(database(postgres))
    log = PostgresLog(make_conninfo(database(postgres), port=between.port))
    intake = Applications(log)
    assert intake.ledger.heard == {}

    between.cut()
    with pytest.raises(INFRASTRUCTURE):
        intake.hear({CATALOG: told()})
    assert straight.max_notification_id() is None
    for _ in range(5):
        try:
            intake.hear({CATALOG: told()})
            break
        except INFRASTRUCTURE:
            continue

    assert straight.max_notification_id() == 2
    log.close()
    straight.close()


def test_a_series_of_numbers_is_read_by_its_ends(postgres: str):
    log = PostgresLog(database(postgres))
    series = uuid5(controls.APPLICATION, "series")
    log.insert_events([StoredEvent(series, n, f"x{n}", b"{}") for n in range(1, 2_001)])

    ends = log.select_ends(series)
    since = log.select_since({series: 1_998, controls.APPLICATION: 0})
    log.close()

    assert [event.originator_version for event in ends] == [1, 2_000]
    assert [event.originator_version for event in since] == [1_999, 2_000]
