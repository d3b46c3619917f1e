"""The storm in its shortest form; `make chaos` blows longer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.left_out import JAVA, needs

ROOT = Path(__file__).parents[2]
SHORT = ["--cases", "600", "--faults", "16", "--over", "70", "--longest-stop", "15"]
ENDED_WITHIN = 420.0  # seconds


def test_nothing_is_lost_doubled_or_wrong_in_a_storm():
    needs("java", JAVA)
    needs("mvn", JAVA)
    storm = subprocess.run(
        [sys.executable, "-m", "bench.faults.storm", *SHORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=ENDED_WITHIN,
        check=False,
    )
    said = storm.stdout.splitlines()
    assert said, storm.stderr[-3_000:]
    found = json.loads(said[-1])
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0), found
    assert (found["cases"], found["planned"]) == (600, 16)
    assert found["faults"] + found["missed"] == 16
    assert found["faults"] >= found["missed"]
    assert found["cards"] > 0
    assert storm.returncode == 0
