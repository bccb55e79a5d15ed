"""Random choices that are the same on every Python version and use every word about equally often."""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence
from typing import TypeVar

Option = TypeVar("Option", bound=Hashable)


class Dice:
    """Draws from `random.Random.random` alone, the one method whose sequence Python guarantees for a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._uses: dict[Hashable, int] = {}

    def below(self, bound: int) -> int:
        """A whole number from 0 to bound - 1."""
        return int(self._random.random() * bound)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def pick(self, options: Sequence[Option]) -> Option:
        """One option, each as likely as its neighbour: for numbers and grammar."""
        return options[self.below(len(options))]

    def choose(self, options: Sequence[Option]) -> Option:
        """Of two options drawn at random, the one that was used less so far: for words, so that none is rare."""
        first, second = (self.pick(options) for _ in range(2))
        chosen = second if self._uses.get(second, 0) < self._uses.get(first, 0) else first
        self._uses[chosen] = self._uses.get(chosen, 0) + 1
        return chosen

    def weighted(self, options: Sequence[tuple[Option, float]]) -> Option:
        """One option of `(option, weight)` pairs."""
        point = self._random.random() * sum(weight for _, weight in options)
        for option, weight in options:
            point -= weight
            if point < 0:
                return option
        return options[-1][0]

    def shuffle(self, items: list) -> None:
        """In place, by Fisher and Yates."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
