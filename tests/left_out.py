"""What a machine lacks: its tests are left out, and that is said plainly at the end."""

from __future__ import annotations

import os
import shutil

import pytest

JAVA = "sudo apt-get install default-jre-headless maven"
PROMETHEUS = "sudo apt-get install prometheus"
CHROMIUM = "sudo apt-get install chromium fonts-noto-cjk"

left_out: dict[str, str] = {}


def needs(program: str, how_to_get_it: str) -> str:
    """Return the program's path; without it the test is left out, or fails in CI."""
    if path := shutil.which(program):
        return path
    left_out[program] = how_to_get_it
    if os.environ.get("CI"):
        pytest.fail(f"{program} is missing; get it with: {how_to_get_it}")
    pytest.skip(f"without {program}")


def said() -> list[str]:
    return [f"{program}: get it with  {how}" for program, how in left_out.items()]
