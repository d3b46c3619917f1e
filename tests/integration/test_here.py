"""Other commands find the system that runs here, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.runtime.settings import Settings
from tests.integration.children import python
from tongban import here

ANNOUNCES = """
import sys, time
from pathlib import Path
from shared.runtime.settings import Settings
from tongban.here import announced
data = Path(sys.argv[1])
with announced(Settings(kafka="127.0.0.1:9092", postgres="x", data=data)):
    print("there", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TONGBAN_KAFKA", "TONGBAN_POSTGRES", "TONGBAN_DATA"):
        monkeypatch.delenv(name, raising=False)


def test_what_runs_is_found_and_what_has_ended_is_not(tmp_path: Path):
    running = Settings(kafka="k:1", postgres="p", data=tmp_path, partitions=3)

    with here.announced(running):
        found = here.settings(tmp_path)
        assert here.settings(tmp_path) == found
        assert (found.kafka, found.postgres, found.partitions) == ("k:1", "p", 3)
    with pytest.raises(here.NothingRuns):
        here.settings(tmp_path)


def test_a_word_left_by_one_that_was_killed_misleads_nobody(tmp_path: Path):
    with python(ANNOUNCES, str(tmp_path)) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == "there\n"
        assert here.settings(tmp_path).kafka == "127.0.0.1:9092"
        killed.kill()

    assert (tmp_path / here.SAID).exists()
    with pytest.raises(here.NothingRuns, match="start tongban up"):
        here.settings(tmp_path)


def test_the_next_one_says_it_anew(tmp_path: Path):
    (tmp_path / here.SAID).write_text("TONGBAN_KAFKA=an.old.and.longer.name:9092\n" * 9)

    with here.announced(Settings(kafka="k:1", postgres="p", data=tmp_path)):
        assert here.settings(tmp_path).kafka == "k:1"
