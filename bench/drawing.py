"""Charts as SVG: lines over axes, and bars; what they look like is in `templates`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


@dataclass(frozen=True)
class Axis:
    """From its first tick to its last."""

    label: str
    ticks: Sequence[float]
    is_log: bool = False

    def at(self, value: float) -> float:
        """Return where a value is, from 0 to 1."""
        low, high = self.ticks[0], self.ticks[-1]
        if self.is_log:
            return log10(value / low) / log10(high / low)
        return (value - low) / (high - low)


def upwards(label: str, most: float) -> Axis:
    """Return an axis from 0 to something round, by four or five round steps."""
    ten = 10.0 ** floor(log10(most / 5))
    step = next(n * ten for n in (1, 2, 5, 10) if most <= 5 * n * ten)
    return Axis(label, [n * step for n in range(ceil(most / step) + 1)])


def decades(label: str, values: Sequence[float]) -> Axis:
    """Return a logarithmic axis with whole powers of ten at its ends."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return Axis(label, [10.0**n for n in range(low, max(high, low + 1) + 1)], True)


@dataclass(frozen=True)
class Plot:
    """Lines by name, each through its points."""

    title: str
    x: Axis
    y: Axis
    lines: Mapping[str, Sequence[tuple[float, float]]]


def plots(title: str, side_by_side: Sequence[Plot]) -> str:
    return _drawn("plots", title=title, plots=side_by_side)


def stacks(title: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """Draw one bar a row, of parts that add up; the legend gives their order."""
    names = list(dict.fromkeys(name for parts in rows.values() for name in parts))
    longest = max(sum(parts.values()) for parts in rows.values())
    return _drawn("stacks", title=title, rows=rows, names=names, longest=longest)


def bars(title: str, axis: Axis, rows: Mapping[str, float], ours: set[str]) -> str:
    """Draw one bar a row along an axis, with its value; ours are dark."""
    return _drawn("bars", title=title, axis=axis, rows=rows, ours=ours)


def _drawn(template: str, **known: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["said"] = lambda number: f"{number:,.10g}"
    environment.filters["px"] = lambda number: f"{number:.1f}"
    return environment.get_template(f"{template}.svg").render(known) + "\n"
