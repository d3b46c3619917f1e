"""Tables are laid at every start: killed in the middle, two at once, beside others."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4, uuid5

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bench.faults.proxy import Proxy
from services.gateway import blobs, drafts, people
from services.gateway.views import views
from shared.events.fact import Message
from shared.runtime import database
from shared.runtime.hearing import INFRASTRUCTURE, Channel
from shared.runtime.log import PostgresLog
from shared.runtime.views import Views
from tests import controls
from tests.acceptance.city import ROOT, wait_until
from tests.city import City
from tests.faults.ground import a_place, postgres_behind_a_proxy
from tests.integration.gateway.test_views import heard_by_gateway
from tongban.embedded.ports import answers, free_port
from tongban.embedded.postgres import Postgres

WITHIN = 60.0
# What a service says somewhere in the middle of laying its tables.
MIDDLES = {
    "intake": b"events_in_order",
    "gateway": b"blob_uploads",
    "monitoring": b"half_read",
}
Shape = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with a_place() as folder, Postgres(folder) as uri:
        yield uri


@pytest.fixture
def through(server: str) -> Iterator[tuple[str, Proxy]]:
    with postgres_behind_a_proxy(server) as between:
        yield between


@contextmanager
def starting(
    service: str, postgres: str, port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of a service, as an operator starts it; Kafka is away."""
    said = {
        "TONGBAN_KAFKA": "127.0.0.1:1",
        "TONGBAN_POSTGRES": postgres,
        "TONGBAN_METRICS_PORT": str(port),
        "TONGBAN_PORT": str(free_port()),
        "TONGBAN_SECRET": "a secret of the tests",
        "TONGBAN_PERSONAS": "true",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", f"services.{service}"],
        cwd=ROOT,
        env=os.environ | said,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def shape(postgres: str, name: str) -> Shape:
    """Return every column and every index that a database has."""
    with psycopg.connect(make_conninfo(postgres, dbname=name)) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type, is_nullable::text"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION ALL SELECT tablename, indexname, indexdef, ''"
            " FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2, 3"
        ).fetchall()


def drop(postgres: str, name: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        dropped = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(dropped.format(sql.Identifier(name)))


def undisturbed(service: str, postgres: str) -> Shape:
    port = free_port()
    drop(postgres, f"tongban_{service}")
    with starting(service, postgres, port):
        wait_until(lambda: answers(port), WITHIN)
        found = shape(postgres, f"tongban_{service}")
    drop(postgres, f"tongban_{service}")
    return found


@pytest.mark.parametrize("service", MIDDLES)
def test_who_is_killed_while_it_lays_its_tables_has_laid_none_and_others_lay_all(
    service: str, server: str, through: tuple[str, Proxy]
):
    whole = undisturbed(service, server)
    name = f"tongban_{service}"
    address, between = through
    between.silent_from = MIDDLES[service]

    with starting(service, address, free_port()) as process:
        wait_until(lambda: between.silenced == 1, WITHIN)
        process.kill()
        process.wait(10)
    between.cut()  # as the kernel does for who was killed
    assert shape(server, name) == []

    one, other = free_port(), free_port()
    with starting(service, server, one), starting(service, server, other):
        wait_until(lambda: answers(one) and answers(other), WITHIN)
    assert shape(server, name) == whole
    assert len(whole) > 20
    drop(server, name)


def test_one_whose_machine_is_gone_while_it_lays_its_tables_keeps_nobody_waiting(
    server: str, through: tuple[str, Proxy], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "LONGEST_SILENCE", 2_000)
    address, between = through
    between.silent_from = b"events_in_order"
    name = f"trap_{uuid4().hex}"

    def lay() -> None:
        with pytest.raises(INFRASTRUCTURE):  # once the proxy is closed
            PostgresLog(make_conninfo(address, dbname=name)).close()

    gone = threading.Thread(target=lay)
    gone.start()
    wait_until(lambda: between.silenced == 1, WITHIN)

    log = PostgresLog(make_conninfo(server, dbname=name))
    assert log.max_notification_id() is None
    log.close()
    between.close()
    gone.join(WITHIN)
    drop(server, name)


def test_tables_are_laid_again_beside_one_that_is_at_work(server: str):
    name = f"trap_{uuid4().hex}"
    conninfo = make_conninfo(server, dbname=name)
    schema = [view.SCHEMA for view in views()]
    schema += [blobs.SCHEMA, drafts.SCHEMA, people.SCHEMA]
    log = PostgresLog(conninfo, schema)
    heard = Views(log.pool, views())
    told = heard_by_gateway(a_busy_day())

    with ThreadPoolExecutor(1) as working:
        work = working.submit(hear_one_by_one, heard, told)
        again = 0
        while not work.done():
            PostgresLog(conninfo, schema).close()
            again += 1
        work.result()

    assert again > 2
    for view in views():
        assert log.set_aside(view.NAME) == []
    assert log.ledger("gateway.cases").heard
    log.close()
    drop(server, name)


def a_busy_day() -> City:
    city = City()
    for number in range(100):
        city.submit(uuid5(controls.APPLICATION, str(number)))
    return city


def hear_one_by_one(heard: Views, told: list[Message]) -> None:
    for message in told:
        unchained = message.model_copy(update={"previous": 0})
        heard.hear({Channel(message.source, message.topic, 0): [unchained]})
