"""A copy of the code that a whole system runs from, so that it can be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.acceptance.city import ROOT

PACKAGES = ("services", "shared", "tongban")


class Release:
    """Whoever has started keeps the code as it was; who starts later has it changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for package in PACKAGES:
            shutil.copytree(
                ROOT / package,
                folder / package,
                ignore=shutil.ignore_patterns("__pycache__"),
            )

    def change(self, path: str, before: str, after: str) -> None:
        """Put other words in the place of these, which are there once."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path}: {before!r}"
        file.write_text(text.replace(before, after), encoding="utf-8")

    def add(self, path: str, text: str) -> None:
        """Add a file that the repository does not have."""
        assert not (ROOT / path).exists(), path
        (self.folder / path).write_text(text, encoding="utf-8")

    def restore(self, path: str) -> None:
        """Make this file what it is in the repository; remove it if it is not there."""
        if (ROOT / path).exists():
            shutil.copyfile(ROOT / path, self.folder / path)
        else:
            (self.folder / path).unlink()
