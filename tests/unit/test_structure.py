"""The repository stays one that somebody can find their way around in."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 300  # lines of a file
NOT_OURS_TO_WRITE = {"LICENSE", "requirements.lock", "docs/asyncapi.yaml"}
NAMELESS = {"utils", "helpers", "common", "base", "manager", "misc", "service"}
RUNTIME = {"shared/runtime/service.py"}  # a service at work is what it is about
SERVICES = sorted(path.parent for path in ROOT.glob("services/*/__init__.py"))
WORLDS = [ROOT / "shared/events", ROOT / "shared/runtime", ROOT / "shared/calendar"]


@cache
def tracked(pattern: str) -> list[Path]:
    said = subprocess.run(
        ["git", "ls-files", "-z", "--", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    return [
        path for name in said.split("\0") if name and (path := ROOT / name).exists()
    ]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_a_reader_likes():
    too_long = {
        name(path): lines(path)
        for path in tracked("*")
        if path.suffix != ".png"
        and name(path) not in NOT_OURS_TO_WRITE
        and lines(path) > LONGEST
    }

    assert too_long == {}


def test_no_module_is_called_after_nothing_in_particular():
    nameless = [
        name(path)
        for path in tracked("*.py")
        if NAMELESS & {path.stem, path.parent.name} and name(path) not in RUNTIME
    ]

    assert nameless == []


@pytest.mark.parametrize("package", [*SERVICES, *WORLDS], ids=name)
def test_a_package_says_in_one_sentence_what_it_is_for(package: Path):
    said = charter(package).partition("\n")[0]

    assert said.endswith(".")
    assert len(said) < 100


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_a_service_has_the_rooms_that_every_service_has(service: Path):
    rooms = {"__init__.py", "__main__.py", "bootstrap.py", "messages.py", "domain"}

    assert rooms <= {path.name for path in service.iterdir()}


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_files_that_a_charter_names_exist(service: Path):
    words = (word.strip(":;,()`") for word in charter(service).split())

    for word in words:
        if word.endswith((".py", "/")):
            assert (service / word).exists(), f"{name(service)} names {word}"


def test_somebody_who_asks_for_the_one_supplement_notice_finds_it():
    """From the package of the desk to the file of its rules, to the rule by name."""
    desk = ROOT / "services/intake"
    assert "domain/rules.py" in charter(desk)

    rules = ast.parse((desk / "domain/rules.py").read_text(encoding="utf-8"))

    assert "OnlyOneSupplementNotice" in {
        node.name for node in rules.body if isinstance(node, ast.ClassDef)
    }


def test_every_module_says_what_one_may_ask_of_it():
    silent = [
        name(path)
        for pattern in ("services/*.py", "shared/*.py", "tongban/*.py", "deploy/*.py")
        for path in tracked(pattern)
        if path.stem != "__init__"
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []


def charter(package: Path) -> str:
    source = (package / "__init__.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""
