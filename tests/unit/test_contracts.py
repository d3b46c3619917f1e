"""Each contract about who may import whom says no when an arrow is turned round."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
SOURCES = ("services", "shared", "tongban")

# Under the name of each contract, a file and what it must not import.
TURNED_ROUND = {
    "Facts depend on nothing of ours": (
        "shared/events/fact.py",
        "shared.runtime.clock",
    ),
    "Runtime knows no service": (
        "shared/runtime/clock.py",
        "services.intake.domain.limits",
    ),
    "Calendars know nothing of ours": (
        "shared/calendar/table.py",
        "shared.events.catalog",
    ),
    "Services know each other only through facts": (
        "services/intake/domain/limits.py",
        "services.review.domain.rules",
    ),
    "A service does not know the command that starts it": (
        "services/review/bootstrap.py",
        "tongban.instances",
    ),
    "Only the gateway speaks HTTP": (
        "services/catalog/messages.py",
        "httpx",
    ),
    "The domain knows no infrastructure and no wire": (
        "services/credentials/domain/credential.py",
        "shared.events.credentials",
    ),
    "Inside a service, knowledge points inward": (
        "services/intake/domain/rules.py",
        "services.intake.policies",
    ),
    "In the catalogue, what is written is read, then ruled upon, then told": (
        "services/catalog/rules/promise.py",
        "services.catalog.loader",
    ),
    "In monitoring, the rule knows nothing of how clocks are heard": (
        "services/monitoring/rules.py",
        "services.monitoring.projections",
    ),
    "In the gateway, knowledge points from what people see to what is known": (
        "services/gateway/views/case.py",
        "services.gateway.asking",
    ),
    "What runs needs neither tests nor measurements": (
        "shared/runtime/wire.py",
        "bench.load",
    ),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graph")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of everything that the contracts are about, to be spoilt."""
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken(copy: Path, cache: Path) -> set[str]:
    """Return the names of the contracts that do not hold in a copy."""
    linted = subprocess.run(
        [LINT, "--no-logo", "--cache-dir", cache],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = linted.stdout.splitlines()
    names = {line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")}
    assert linted.returncode == bool(names), linted.stdout + linted.stderr
    return names


def test_every_contract_is_tried():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]

    assert [contract["name"] for contract in contracts] == list(TURNED_ROUND)


def test_all_contracts_hold_as_it_is(copy: Path, cache: Path):
    assert broken(copy, cache) == set()


@pytest.mark.parametrize("contract", TURNED_ROUND)
def test_a_contract_says_no(contract: str, copy: Path, cache: Path):
    file, module = TURNED_ROUND[contract]
    with (copy / file).open("a", encoding="utf-8") as source:
        source.write(f"\nimport {module}\n")

    assert contract in broken(copy, cache)
