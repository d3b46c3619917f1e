"""Traps of the library's own recorder, each sprung there; and our log beside it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    StoredEvent,
    Tracking,
)
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from services.intake.application import Applications
from shared.runtime.database import MIGRATING
from shared.runtime.hearing import Overtaken
from shared.runtime.log import PostgresLog
from tests.acceptance.city import wait_until
from tests.faults.ground import a_place, postgres_behind_a_proxy
from tests.integration.test_traps import CATALOG, told
from tongban.embedded.postgres import Postgres

DATABASE_FUNCTIONS = "POSTGRES_ENABLE_DB_FUNCTIONS"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with a_place() as folder, Postgres(folder) as uri:
        yield uri


@pytest.fixture
def database(server: str) -> Iterator[str]:
    """A database that is empty."""
    name = f"trap_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield make_conninfo(server, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def stock(conninfo: str, has_functions: bool = False) -> PostgresProcessRecorder:
    """Return the library's recorder as it comes, its tables laid."""
    where = conninfo_to_dict(conninfo)
    store = PostgresDatastore(
        str(where["dbname"]),
        str(where["host"]),
        str(where["port"]),
        str(where["user"]),
        str(where["password"]),
        pool_size=3,  # two who write at once, and who reads
        enable_db_functions=has_functions,
    )
    recorder = PostgresProcessRecorder(
        store, events_table_name="events", tracking_table_name="tracking"
    )
    recorder.create_table()
    return recorder


def an_event() -> StoredEvent:
    return StoredEvent(uuid4(), 1, "x", b"{}")


class TestDatabaseFunctions:
    def test_make_the_library_forget_what_it_has_heard(self, database: str):
        recorder = stock(database, has_functions=True)
        for _ in range(2):  # the same message, twice
            recorder.insert_events([an_event()], tracking=Tracking("upstream", 1))

        assert recorder.max_tracking_id("upstream") is None
        assert recorder.max_notification_id() == 2
        recorder.datastore.close()

    def test_without_them_it_remembers(self, database: str):
        recorder = stock(database)
        recorder.insert_events([an_event()], tracking=Tracking("upstream", 1))

        with pytest.raises(IntegrityError):
            recorder.insert_events([an_event()], tracking=Tracking("upstream", 1))
        recorder.datastore.close()

    @pytest.mark.parametrize("setting", ["y", "n"])
    def test_mean_nothing_to_our_log(
        self, database: str, setting: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv(DATABASE_FUNCTIONS, setting)
        log = PostgresLog(database)
        intake = Applications(log)
        for _ in range(2):
            intake.hear({CATALOG: told()})

        assert log.ledger("intake").heard == {CATALOG: 2}
        assert log.max_notification_id() == 2
        with log.pool.connection() as connection:
            [functions] = connection.execute(
                "SELECT count(*) FROM pg_proc"
                " WHERE pronamespace = 'public'::regnamespace"
            ).fetchone() or (None,)
        assert functions == 0
        log.close()


class TestTablesLaidAtOnce:
    def test_end_the_librarys_process(self, database: str):
        first = stock(database)
        with (
            ThreadPoolExecutor() as starting,
            psycopg.connect(database) as one,
            psycopg.connect(database, autocommit=True) as looking,
        ):
            one.execute(first.sql_create_pg_function_insert_events)
            other = starting.submit(stock, database)
            wait_until(lambda: is_waiting(looking))
            one.commit()

            with pytest.raises(Exception, match="tuple concurrently updated"):
                other.result(30)
        first.datastore.close()

    def test_wait_for_each_other_in_our_log(self, database: str):
        first = PostgresLog(database)
        with (
            ThreadPoolExecutor() as starting,
            psycopg.connect(database) as one,
            psycopg.connect(database, autocommit=True) as looking,
        ):
            one.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
            other = starting.submit(PostgresLog, database)
            wait_until(lambda: is_waiting(looking))
            one.commit()
            other.result(30).close()
        first.close()


def is_waiting(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return row.fetchone() != (0,)


class TestACommitWhoseAnswerIsLost:
    """Our log: test_traps.py, and test_databases.py for who writes besides."""

    def test_is_a_conflict_to_the_library(self, database: str):
        straight = stock(database)
        with postgres_behind_a_proxy(database) as (through, between):
            recorder = stock(through)
            between.drop_after = b"COMMIT"

            with pytest.raises(IntegrityError):  # though it is stored
                recorder.insert_events([an_event()], tracking=Tracking("upstream", 1))

            assert between.dropped == 1
            recorder.datastore.close()
        assert straight.max_notification_id() == 1
        assert straight.max_tracking_id("upstream") == 1
        straight.datastore.close()


class TestABatchOfOneWhoSlept:
    """It had read 100 to 150 when another took over and stored up to 121."""

    def test_is_stored_by_the_library(self, database: str):
        recorder = stock(database)
        recorder.insert_events([an_event()], tracking=Tracking("upstream", 121))
        recorder.insert_events([an_event()], tracking=Tracking("upstream", 151))

        assert recorder.max_notification_id() == 2
        recorder.datastore.close()

    def test_is_refused_by_our_log(self, database: str):
        log = PostgresLog(database)
        slept, awake = Applications(log), Applications(log)
        assert slept.ledger.heard == {}
        awake.hear({CATALOG: told()[:1]})

        with pytest.raises(Overtaken):
            slept.hear({CATALOG: told()})

        assert log.max_notification_id() == 1
        log.close()


# Who stores an event of this topic has its place in the log, and can't commit yet.
HOLD = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.topic = 'slow') EXECUTE FUNCTION hold();
SELECT pg_advisory_lock(1);
"""


class TestASlowCommit:
    """The first has its place; a second comes, and the first commits after that."""

    def test_is_missed_if_the_library_uses_database_functions(self, database: str):
        recorder = stock(database, has_functions=True)

        assert followed(recorder, database) == [2]
        assert after(recorder, 0) == [1, 2]
        recorder.datastore.close()

    def test_is_waited_for_by_the_library_without_them(self, database: str):
        recorder = stock(database)

        assert followed(recorder, database) == [1, 2]
        recorder.datastore.close()

    def test_is_waited_for_in_our_log(self, database: str):
        log = PostgresLog(database)

        assert followed(log, database) == [1, 2]
        log.close()


def followed(log: ApplicationRecorder, database: str) -> list[int]:
    """Return what a reader sees that looks before the slow commit, and after it."""
    with (
        ThreadPoolExecutor() as writers,
        psycopg.connect(database, autocommit=True) as gate,
    ):
        gate.execute(HOLD)
        slow = [StoredEvent(uuid4(), 1, "slow", b"{}")]
        first = writers.submit(log.insert_events, slow)
        wait_until(lambda: awaited(gate) == 1)
        second = writers.submit(log.insert_events, [an_event()])
        wait_until(lambda: second.done() or awaited(gate) == 2)
        seen = after(log, 0)

        gate.execute("SELECT pg_advisory_unlock(1)")
        first.result(30)
        second.result(30)
        return seen + after(log, max(seen, default=0))


def awaited(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Return how many locks somebody waits for."""
    rows = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
    [[count]] = rows.fetchall()
    return int(str(count))


def after(log: ApplicationRecorder, position: int) -> list[int]:
    found = log.select_notifications(position, 10, inclusive_of_start=False)
    return [notification.id for notification in found]


class TestTidyingUp:
    """VACUUM and ANALYZE hold a lock of the table as long as they work on it."""

    def test_holds_up_the_library(self, database: str):
        recorder = stock(database)

        assert not is_stored_meanwhile(recorder, database)
        recorder.datastore.close()

    def test_holds_up_nobody_in_our_log(self, database: str):
        log = PostgresLog(database)

        assert is_stored_meanwhile(log, database)
        log.close()


def is_stored_meanwhile(log: ApplicationRecorder, database: str) -> bool:
    """Return whether an event is stored while the table is tidied up."""
    with ThreadPoolExecutor() as writers, psycopg.connect(database) as tidying:
        tidying.execute("LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE")
        storing = writers.submit(log.insert_events, [an_event()])
        wait_until(lambda: storing.done() or awaited(tidying) == 1)
        is_stored = storing.done()
        tidying.commit()
        storing.result(30)
        return is_stored
