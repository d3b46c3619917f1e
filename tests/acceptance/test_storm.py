"""The storm in its shortest form; `make chaos` blows longer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.left_out import JAVA, needs

ROOT = Path(__file__).parents[2]
ENDED_WITHIN = 420.0  # seconds


@pytest.mark.parametrize(
    ("broker", "cases", "faults", "over"),
    [("apache", 600, 16, 70), ("embedded", 300, 12, 60)],
)
def test_nothing_is_lost_doubled_or_wrong_in_a_storm(
    broker: str, cases: int, faults: int, over: int
):
    if broker == "apache":
        needs("java", JAVA)
        needs("mvn", JAVA)
    said = {"cases": cases, "faults": faults, "over": over, "longest-stop": 15}
    storm = subprocess.run(
        [sys.executable, "-m", "bench.faults.storm"]
        + [f"--{name}={value}" for name, value in said.items()]
        + ["--embedded"] * (broker == "embedded"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=ENDED_WITHIN,
        check=False,
    )
    lines = storm.stdout.splitlines()
    assert lines, storm.stderr[-3_000:]
    found = json.loads(lines[-1])
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0), found
    assert (found["cases"], found["planned"]) == (cases, faults)
    assert found["faults"] + found["missed"] == faults
    assert found["faults"] >= found["missed"]
    assert found["broker"] == broker
    assert found["cards"] > 0
    assert storm.returncode == 0
