"""What was asked and what was answered: the measure of everything that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One act, whatever number of times it was sent; `key` is its idempotency key."""

    key: str
    who: str
    act: str
    fate: str
    case: str = ""


@dataclass(frozen=True)
class Acknowledged:
    """The system has said: recorded (202), or seen (200)."""

    asked: Asked
    request_id: str
    application_id: str


@dataclass
class History:
    """How long people waited, in seconds, from their first try to the receipt.

    `visible`: those who wanted to see what follows, and `recorded`: who did not.
    `statuses` counts all answers. `unsure` are cases of people who were not answered
    and did not ask again: whether there are such cases nobody knows.
    """

    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    visible: list[float] = field(default_factory=list)
    recorded: list[float] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)

    def acknowledge(
        self, asked: Asked, receipt: Mapping[str, Any], took: float, to_see: bool
    ) -> None:
        self.acknowledged[asked.key] = Acknowledged(
            asked, receipt["request_id"], receipt["application_id"]
        )
        (self.visible if to_see else self.recorded).append(took)

    def fates(self) -> dict[str, tuple[str, int]]:
        """Return each acknowledged case's fate, and how many acts were acknowledged."""
        acts = Counter(a.application_id for a in self.acknowledged.values())
        return {
            a.application_id: (a.asked.fate, acts[a.application_id])
            for a in self.acknowledged.values()
        }

    def clear(self) -> None:
        """Forget the figures, not what was acknowledged."""
        self.statuses.clear()
        self.visible.clear()
        self.recorded.clear()


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds; nothing of fewer than two values."""
    known = sorted(values)
    if len(known) < 2:
        return {}
    cut = quantiles(known, n=100, method="inclusive")
    return {f"p{n}_ms": round(1000 * cut[n - 1], 1) for n in (50, 95, 99)}
