"""The system that runs here: what `tongban up` is running, other commands can find."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shared.runtime.settings import Settings

METRICS = "metrics.json"  # in the data directory: where each process says how it is
SAID = "running.env"  # in the data directory, while it runs; readable by its owner


class NothingRuns(RuntimeError):
    """Neither the environment nor the data directory says where the system is."""


@contextmanager
def announced(settings: Settings) -> Iterator[None]:
    """Say in the data directory where the system is, for as long as it runs.

    The file is locked meanwhile: the kernel frees it when we die, however we die.
    """
    path = settings.data / SAID
    path.touch(mode=0o600)
    said = {"KAFKA": settings.kafka, "POSTGRES": settings.postgres}
    said |= {"BROKER": settings.broker}
    said |= {"PARTITIONS": str(settings.partitions)}
    said |= {"ADDRESSED_PARTITIONS": str(settings.addressed_partitions)}
    with path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        file.truncate()
        file.write("".join(f"TONGBAN_{k}={v}\n" for k, v in said.items()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def settings(data: Path | None = None) -> Settings:
    """Return the environment's settings, completed by what runs in a data directory.

    Raises NothingRuns, saying what to do.
    """
    folder = data or Path(os.environ.get("TONGBAN_DATA", "var"))
    found: dict[str, Any] = {"_env_file": folder / SAID if _runs(folder) else None}
    try:
        return Settings(**found)
    except ValidationError as lacking:
        missing = ", ".join(f"TONGBAN_{e['loc'][0]}".upper() for e in lacking.errors())
        raise NothingRuns(
            f"没有找到正在运行的系统。请先运行 tongban up，或设置 {missing}。"
            f" Nothing runs in {folder}: start tongban up, or set {missing}."
        ) from None


def _runs(folder: Path) -> bool:
    """Return whether who has said so still lives; a killed one leaves its word."""
    try:
        with (folder / SAID).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
