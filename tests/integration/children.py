"""Processes that tests start, and what becomes of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tongban.child import Child

ROOT = Path(__file__).parents[2]

SLEEPS = "import time; time.sleep(60)"


@contextmanager
def a_directory() -> Iterator[Path]:
    """PostgreSQL runs as another user where we are root: pytest's own is closed."""
    directory = Path(tempfile.mkdtemp(prefix="tongban-"))
    yield directory
    shutil.rmtree(directory)


def a_child(data: Path, name: str, code: str = SLEEPS, *args: str) -> Child:
    return Child(
        name,
        [sys.executable, "-c", code, *args],
        data / "log" / f"{name}.log",
        is_ready=lambda: True,
    )


def wait_until(holds: Callable[[], bool], within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """A zombie that nobody has collected yet is gone all the same."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def python(code: str, *args: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", code, *args],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
