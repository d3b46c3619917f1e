"""The whole system as people run it, started by its command, once per broker."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from deploy.kafka import kafka as apache
from tests.acceptance.city import Running, running
from tests.acceptance.people import People
from tests.left_out import CHROMIUM, JAVA, needs
from tongban.embedded.ports import free_port

# Chromium would call home at every start; here it may not.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def kafka_node(data: Path) -> Iterator[str]:
    """Apache Kafka, for one system."""
    needs("java", JAVA)
    needs("mvn", JAVA)
    address = apache.start(data, free_port())
    try:
        yield address
    finally:
        apache.stop(data)


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    # PostgreSQL runs as another user where we are root: pytest's own is closed to it.
    with tempfile.TemporaryDirectory(prefix="tongban-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session", params=["embedded", "apache"])
def city(request: pytest.FixtureRequest, place: Path) -> Iterator[Running]:
    """A system that serves; tests leave it serving."""
    data = place / request.param
    if request.param == "embedded":
        with running(data) as system:
            yield system
    else:
        with kafka_node(place / "kafka") as address, running(data, address) as system:
            yield system


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = needs("chromium", CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def people(browser: Browser, city: Running) -> Iterator[People]:
    people = People(browser, city)
    yield people
    people.go()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "acceptance" in item.path.parts:  # whole systems start, die and come back
            item.add_marker(pytest.mark.timeout(900))
