"""One city on Apache Kafka for all scenarios of the message side: starting is dear."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.city import PARTITIONS, UNLIMITED, City
from tests.acceptance.city import running
from tests.acceptance.conftest import kafka_node
from tests.faults.disturbed import Disturbed
from tests.faults.release import Release


@pytest.fixture(scope="package")
def disturbed() -> Iterator[Disturbed]:
    """A city of two workers that runs from a copy of the code; tests leave it well."""
    # PostgreSQL runs as another user where we are root: pytest's own is closed to it.
    with tempfile.TemporaryDirectory(prefix="tongban-") as folder:
        place = Path(folder)
        place.chmod(0o711)
        release = Release(place / "code")
        settings = PARTITIONS | UNLIMITED | {"session_timeout_ms": 6_000}
        with (
            kafka_node(place / "kafka") as kafka,
            running(
                place / "city", kafka, workers=2, root=release.folder, **settings
            ) as up,
        ):
            yield Disturbed(City(up, place, kafka), release)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "faults" in item.path.parts:
            item.add_marker(pytest.mark.timeout(600))
