"""One example of every fact, as it was told; kept for ever."""

from __future__ import annotations

from pathlib import Path

import orjson

from shared.events.fact import Fact
from tongban.asyncapi import facts

GOLDEN = Path(__file__).parent / "golden"
FACTS = facts()


def read(name: str) -> Fact:
    """Read an example as a listener would that hears it today."""
    kind, _, version = name.removesuffix(".json").partition(".v")
    data = orjson.loads((GOLDEN / f"{kind}.v{version}.json").read_bytes())
    return FACTS[kind].recall(data, int(version.partition(".")[0]))
