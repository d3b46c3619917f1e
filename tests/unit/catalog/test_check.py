from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from services.catalog.check import check
from services.catalog.loader import DATA


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def checked(folder: Path) -> tuple[bool, str]:
    page = StringIO()
    is_fine = check(folder, Console(file=page, width=160))
    return is_fine, page.getvalue()


def test_shows_what_is_ready_to_publish(folder: Path):
    is_fine, page = checked(folder)

    assert is_fine
    assert "初审 → 复审 → 决定" in page
    assert "11410185990001028Y4000103001000" in page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("promise_days: 7", "promise_days: 16", "承诺时限 16 长于法定时限 15"),
        ("promise_days: 7", "promise_days: soon", "应为整数"),
    ],
)
def test_shows_what_is_wrong(folder: Path, old: str, new: str, said: str):
    item = folder / "items/grain-purchase-licence.yaml"
    item.write_text(item.read_text("utf-8").replace(old, new), "utf-8")

    is_fine, page = checked(folder)

    assert not is_fine
    assert said in page
