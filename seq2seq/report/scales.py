"""Where values lie on an axis, and which of them are written there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` onto positions from `first` to `last`, evenly or by their logarithms."""

    low: float
    high: float
    first: float
    last: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            value, low, high = math.log(value), math.log(low), math.log(high)
        share = (value - low) / (high - low) if high > low else 0.5
        return round(self.first + share * (self.last - self.first), 2)


def even_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about `count`.

    >>> even_ticks(0, 23)
    [0.0, 5.0, 10.0, 15.0, 20.0]
    """
    if not high > low:
        return [low]
    step = _step(low, high, count)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def round_limits(low: float, high: float) -> tuple[float, float]:
    """The ticks next below and above, so that nothing touches the edge of a chart.

    >>> round_limits(0.3, 23)
    (0.0, 25.0)
    """
    step = _step(low, high, 5)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def logarithmic_ticks(low: float, high: float) -> list[float]:
    """1, then 5, then 2 times powers of ten within the range, until there are four; even ticks where that is in vain.

    >>> logarithmic_ticks(3, 120)
    [5.0, 10.0, 50.0, 100.0]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1.0,), (1.0, 5.0), (1.0, 2.0, 5.0)):
        found = [factor * 10.0**power for power in powers for factor in factors]
        found = [round(value, 12) for value in found if low <= value <= high]
        if len(found) >= 4:
            return found
    return found if len(found) >= 3 else even_ticks(low, high)


def number_text(value: float) -> str:
    """A tick as it is written: 12,000; 0.5; 2e-05."""
    if value == 0 or 1e-4 <= abs(value) < 1e7:
        return f"{value:,.6g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.0e}"


def _step(low: float, high: float, count: int) -> float:
    rough = (high - low) / count
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(step * magnitude for step in _STEPS if step * magnitude >= rough * 0.999)


def thinned(points: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most that many points, each the mean of its neighbours."""
    if len(points) <= most:
        return list(points)
    edges = [round(place * len(points) / most) for place in range(most + 1)]
    found = []
    for begin, end in pairwise(edges):
        part = points[begin:end]
        found.append((sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)))
    return found
