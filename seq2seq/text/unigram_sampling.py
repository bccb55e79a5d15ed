"""Sampling from a unigram language model's segmentations (Kudo 2018)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

from seq2seq.text.model_file import Piece, PieceType
from seq2seq.text.sampling import LONGEST_REMEMBERED_UNIT, REMEMBERED_ENTRIES, SubwordSampler

# SentencePiece scores a character outside the vocabulary this much below the worst piece.
UNKNOWN_PENALTY = 10.0

# For each end position of a unit: cumulative probabilities of the pieces that can end there, and where each begins.
Choices = list[tuple[list[float], list[int]]]


class UnigramSampling(SubwordSampler):
    """Segmentation s of a word has probability P(s)^rate / sum over all of P^rate (Kudo 2018, eq. 8, l = infinity).

    Drawn from the end of the word backwards, each piece with the share of all ways to reach its beginning
    (forward filtering, backward sampling). The shares of a word are worked out once and remembered.
    """

    def __init__(self, pieces: list[Piece], normalize: Callable[[list[str]], list[str]], rate: float) -> None:
        super().__init__(pieces, normalize, rate)
        self._longest = max((len(text) for text in self._pieces), default=1)
        normal = [piece.score for piece in pieces if piece.type == PieceType.NORMAL]
        self._unknown_score = min(normal, default=0.0) - UNKNOWN_PENALTY
        self._memory: dict[str, Choices] = {}

    def _sample(self, unit: str, draw: Callable[[], float]) -> tuple[int, ...]:
        choices = self._memory.get(unit)
        if choices is None:
            choices = self._choices(unit)
            if len(unit) <= LONGEST_REMEMBERED_UNIT:
                if len(self._memory) >= REMEMBERED_ENTRIES:
                    self._memory.clear()
                self._memory[unit] = choices
        pieces = []
        end = len(unit)
        while end > 0:
            shares, starts = choices[end]
            start = starts[min(bisect_right(shares, draw()), len(starts) - 1)] if len(starts) > 1 else starts[0]
            pieces.append(unit[start:end])
            end = start
        return self._ids(reversed(pieces))

    def _choices(self, unit: str) -> Choices:
        """For each position: the shares of the pieces that end there."""
        log_sums = [0.0]
        choices: Choices = [([], [])]
        for end in range(1, len(unit) + 1):
            starts, logs = [], []
            for start in range(max(0, end - self._longest), end):
                piece = self._pieces.get(unit[start:end])
                if piece is None and start < end - 1:
                    continue
                score = self._unknown_score if piece is None else self._scores[piece]
                starts.append(start)
                logs.append(log_sums[start] + self._rate * score)
            largest = max(logs)
            weights = [math.exp(log - largest) for log in logs]
            total = sum(weights)
            log_sums.append(largest + math.log(total))
            choices.append((list(accumulate(weight / total for weight in weights)), starts))
        return choices
