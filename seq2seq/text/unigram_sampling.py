"""Sampling from a unigram language model's segmentations (Kudo 2018)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

from seq2seq.text.model_file import Piece
from seq2seq.text.sampling import SubwordSampler
from seq2seq.text.unigram_segmentation import UNKNOWN_PENALTY
from seq2seq.text.units import LONGEST_REMEMBERED_UNIT, REMEMBERED_UNITS

# For each end position of a unit: cumulative probabilities of the pieces that can end there, and where each begins.
Choices = list[tuple[list[float], list[int]]]


class UnigramSampling(SubwordSampler):
    """Segmentation s of a word has probability P(s)^rate / sum over all of P^rate (Kudo 2018, eq. 8, l = infinity).

    Drawn from the end of the word backwards, each piece with the share of all ways to reach its beginning
    (forward filtering, backward sampling). The shares of a word are worked out once and remembered.
    """

    def __init__(self, pieces: list[Piece], normalize: Callable[[list[str]], list[str]], rate: float) -> None:
        super().__init__(pieces, normalize, rate)
        self._scores = {text: self._units.scores[index] for text, index in self._units.pieces.items()}
        self._longest = max(map(len, self._scores), default=1)
        self._unknown_score = min(self._scores.values(), default=0.0) - UNKNOWN_PENALTY
        self._memory: dict[str, Choices] = {}

    def _sample(self, unit: str, draw: Callable[[], float]) -> tuple[int, ...]:
        choices = self._memory.get(unit)
        if choices is None:
            choices = self._choices(unit)
            if len(unit) <= LONGEST_REMEMBERED_UNIT:
                if len(self._memory) >= REMEMBERED_UNITS:
                    self._memory.clear()
                self._memory[unit] = choices
        pieces = []
        end = len(unit)
        while end > 0:
            shares, starts = choices[end]
            start = starts[min(bisect_right(shares, draw()), len(starts) - 1)] if len(starts) > 1 else starts[0]
            pieces.append(unit[start:end])
            end = start
        return self._units.ids(reversed(pieces))

    def _choices(self, unit: str) -> Choices:
        """For each position: the shares of the pieces that end there."""
        log_sums = [0.0]
        choices: Choices = [([], [])]
        for end in range(1, len(unit) + 1):
            starts, logs = [], []
            for start in range(max(0, end - self._longest), end):
                score = self._scores.get(unit[start:end], self._unknown_score if start == end - 1 else None)
                if score is None:
                    continue
                starts.append(start)
                logs.append(log_sums[start] + self._rate * score)
            largest = max(logs)
            weights = [math.exp(log - largest) for log in logs]
            total = sum(weights)
            log_sums.append(largest + math.log(total))
            choices.append((list(accumulate(weight / total for weight in weights)), starts))
        return choices
