"""Small files that only their owner may read."""

from __future__ import annotations

import secrets
from pathlib import Path


def write_secret(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text + "\n")
    new.replace(path)


def remembered_secret(path: Path) -> str:
    """The same at every call; made by the first."""
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(32))
    return path.read_text().strip()
