from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from shared.runtime.aggregate import because_of
from tests import controls, left_out

# Who runs tests beside each other says how wide a terminal is: commands would believe
# it from their first line on, whatever a test says.
os.environ.pop("COLUMNS", None)


@pytest.fixture(autouse=True)
def cause() -> Iterator[None]:
    with because_of(controls.CAUSE):
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if said := left_out.said(terminalreporter.stats.get("skipped", ())):
        terminalreporter.section("left out on this machine")
        for line in said:
            terminalreporter.write_line(line)
