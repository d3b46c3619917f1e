"""What time it is, for everybody: real, or warped so that weeks pass in minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Warp:
    """Began at `start` when real time was `began`, and runs `rate` times as fast.

    Once it has caught up with real time it is real time.
    """

    start: float  # seconds since the epoch, as shown
    began: float  # seconds since the epoch, real
    rate: float

    def at(self, real: float) -> float:
        """Return the shown time at a real time."""
        warped = self.start + max(0.0, real - self.began) * self.rate
        return min(warped, real) if self.start <= self.began else warped

    def __str__(self) -> str:
        return f"warp:{self.start},{self.began},{self.rate}"


_warp: Warp | None = None


def parse(setting: str) -> Warp | None:
    """Read the setting: "real", or "warp:<start>,<began>,<rate>" (epoch seconds).

    Raises ValueError for anything else.
    """
    if setting == "real":
        return None
    kind, _, numbers = setting.partition(":")
    if kind != "warp":
        raise ValueError(f"TONGBAN_CLOCK is {setting!r}: neither real nor warp:…")
    start, began, rate = (float(number) for number in numbers.split(","))
    return Warp(start, began, rate)


def set_clock(setting: str) -> None:
    """Choose the clock of this process; done once, by the composition root."""
    global _warp
    _warp = parse(setting)


def now() -> datetime:
    """Return the current instant (aware, UTC)."""
    real = time.time()
    return datetime.fromtimestamp(_warp.at(real) if _warp else real, UTC)


def rate() -> float:
    """Return how many shown seconds pass in a real second, at this moment."""
    real = time.time()
    return (_warp.at(real + 1) - _warp.at(real)) if _warp else 1.0


def today() -> date:
    """Return the current date in Shanghai."""
    return now().astimezone(SHANGHAI).date()


def seconds_until(instant: datetime) -> float:
    """Return the real seconds until a shown instant; negative once it has passed."""
    return (instant - now()) / timedelta(seconds=1) / max(rate(), 1e-9)
