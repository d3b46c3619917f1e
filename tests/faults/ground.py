"""What scenarios stand on: servers of their own, and proxies that fail on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.faults.proxy import Proxy, proxy
from deploy.kafka import kafka as apache
from tests.integration.children import a_directory
from tests.left_out import JAVA, needs
from tongban.embedded.ports import HOST, free_port


@contextmanager
def a_place() -> Iterator[Path]:
    """Hand out a folder that PostgreSQL's own user may enter."""
    with a_directory() as folder:
        folder.chmod(0o711)
        yield folder


@dataclass(frozen=True)
class Kafka:
    """One node of Apache Kafka; whoever comes by `through` passes the proxy."""

    address: str
    through: str
    proxy: Proxy


@contextmanager
def kafka_behind_a_proxy(data: Path) -> Iterator[Kafka]:
    needs("java", JAVA)
    needs("mvn", JAVA)
    door = free_port()
    with proxy(HOST, door) as between:
        address = apache.start(data, free_port(), door=door, seen_at=between.port)
        try:
            yield Kafka(address, f"{HOST}:{between.port}", between)
        finally:
            apache.stop(data)


@contextmanager
def postgres_behind_a_proxy(uri: str) -> Iterator[tuple[str, Proxy]]:
    """Hand out the same server's address as it is through a proxy, and the proxy."""
    there = conninfo_to_dict(uri)
    with proxy(str(there["host"]), int(str(there["port"]))) as between:
        yield make_conninfo(uri, port=between.port), between
