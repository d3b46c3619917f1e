"""What was asked and what was answered: the measure of everything that follows."""

from __future__ import annotations

from collections import Counter, defaultdict
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
    """`seconds` holds how long answers of each status took, by act and status."""

    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: defaultdict[int, list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def note(self, status: int, took: float) -> None:
        self.statuses[status] += 1
        self.seconds[status].append(took)

    def acknowledge(self, asked: Asked, receipt: Mapping[str, Any]) -> None:
        self.acknowledged[asked.key] = Acknowledged(
            asked, receipt["request_id"], receipt["application_id"]
        )

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
        self.seconds.clear()


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds; nothing of fewer than two values."""
    known = sorted(values)
    if len(known) < 2:
        return {}
    cut = quantiles(known, n=100, method="inclusive")
    return {f"p{n}_ms": round(1000 * cut[n - 1], 1) for n in (50, 95, 99)}
