"""What a machine lacks: its tests are left out, and that is said plainly at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

import pytest

MISSING = "without "
JAVA = "sudo apt-get install default-jre-headless maven"
PROMETHEUS = "sudo apt-get install prometheus"
CHROMIUM = "sudo apt-get install chromium fonts-noto-cjk"


def needs(program: str, how_to_get_it: str) -> str:
    """Return the program's path; without it the test is left out, or fails in CI."""
    if path := shutil.which(program):
        return path
    missing = f"{MISSING}{program}: get it with  {how_to_get_it}"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def said(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """Return what is missing, each program once, of what was left out."""
    reasons = {r.longrepr[2] for r in skipped if isinstance(r.longrepr, tuple)}
    return sorted(r.partition(MISSING)[2] for r in reasons if MISSING in r)
