"""Real PostgreSQL and two real brokers, each started once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from deploy.kafka import kafka as apache
from shared.runtime.settings import Settings
from tests.left_out import JAVA, needs
from tongban.embedded.broker import Broker
from tongban.embedded.ports import free_port
from tongban.embedded.postgres import Postgres


@dataclass(frozen=True)
class Place:
    """A broker to test against, by name."""

    name: str
    address: str


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    # PostgreSQL runs as another user where we are root: pytest's own is closed to it.
    with tempfile.TemporaryDirectory(prefix="tongban-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def server(data: Path) -> Iterator[str]:
    with Postgres(data) as uri:
        yield uri


@pytest.fixture
def postgres(server: str) -> Iterator[str]:
    """A server whose services' databases are gone when the test is over."""
    yield server
    with psycopg.connect(server, autocommit=True) as connection:
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'tongban\\_%'"
        ).fetchall()
        for (name,) in names:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session")
def embedded_broker(data: Path) -> Iterator[str]:
    with Broker(data / "embedded") as address:
        yield address


@pytest.fixture(scope="session")
def apache_kafka(data: Path) -> Iterator[str]:
    needs("java", JAVA)
    needs("mvn", JAVA)
    folder = data / "apache"
    yield apache.start(folder, free_port())
    apache.stop(folder)


@pytest.fixture(params=["embedded", "apache"])
def broker(request: pytest.FixtureRequest) -> Place:
    fixture = {"embedded": "embedded_broker", "apache": "apache_kafka"}[request.param]
    return Place(request.param, request.getfixturevalue(fixture))


@pytest.fixture
def settings(postgres: str, broker: Place, data: Path) -> Settings:
    return Settings(
        kafka=broker.address,
        postgres=postgres,
        data=data / uuid4().hex,
        broker=broker.name,
        partitions=2,
        addressed_partitions=1,
        secret="a secret of the tests",
        personas=True,
    )
