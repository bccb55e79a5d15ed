"""BPE-dropout (Provilkov et al. 2020): merges of a byte pair encoding are left out by chance."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Container

from seq2seq.text.model_file import Piece
from seq2seq.text.sampling import SubwordSampler
from seq2seq.text.units import LONGEST_REMEMBERED_UNIT, REMEMBERED_UNITS


class BpeDropout(SubwordSampler):
    """Each merge, at the moment when its turn comes, is dropped with probability `rate`, as in SentencePiece.

    A segmentation is a function of the word and of which decisions dropped a merge. The number of merges kept between
    two drops is geometric, so one drawn number usually settles a whole word; what follows from a word and its drops is
    remembered.
    """

    def __init__(self, pieces: list[Piece], normalize: Callable[[list[str]], list[str]], rate: float) -> None:
        super().__init__(pieces, normalize, rate)
        self._inverse_log_keep = 1.0 / math.log1p(-rate) if rate < 1.0 else 0.0
        self._memory: dict[tuple[str, tuple[int, ...]], tuple[tuple[int, ...], int]] = {}

    def _sample(self, unit: str, draw: Callable[[], float]) -> tuple[int, ...]:
        if len(unit) > LONGEST_REMEMBERED_UNIT:
            return self._sample_long(unit, draw)
        drops: tuple[int, ...] = ()
        next_decision = 0
        while True:
            ids, decisions = self._remembered(unit, drops)
            if next_decision >= decisions:
                return ids
            dropped = next_decision + self._kept_merges(draw)
            if dropped >= decisions:
                return ids
            drops += (dropped,)
            next_decision = dropped + 1

    def _sample_long(self, unit: str, draw: Callable[[], float]) -> tuple[int, ...]:
        """The same in one pass: all drops that the longest possible run of decisions could need, drawn beforehand."""
        # n characters are n - 1 pairs to begin with, and each of at most n - 1 merges adds at most two.
        most_decisions = 3 * len(unit)
        drops = set()
        decision = self._kept_merges(draw)
        while decision < most_decisions:
            drops.add(decision)
            decision += 1 + self._kept_merges(draw)
        return self._merge(unit, drops)[0]

    def _kept_merges(self, draw: Callable[[], float]) -> int:
        """How many decisions keep their merge before the next one drops it."""
        return int(math.log(1.0 - draw()) * self._inverse_log_keep)

    def _remembered(self, unit: str, drops: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
        entry = self._memory.get((unit, drops))
        if entry is None:
            entry = self._merge(unit, drops)
            if len(self._memory) >= REMEMBERED_UNITS:
                self._memory.clear()
            self._memory[unit, drops] = entry
        return entry

    def _merge(self, unit: str, drops: Container[int]) -> tuple[tuple[int, ...], int]:
        """The ids of a unit when the decisions numbered `drops` drop their merge, and the number of decisions.

        The best pair (highest score, then leftmost) has its turn first, again and again, until no pair is left.
        """
        parts: list[str] = list(unit)
        before = list(range(-1, len(parts) - 1))
        after = [*range(1, len(parts)), -1]
        pieces, scores = self._units.pieces, self._units.scores
        agenda: list[tuple[float, int, int, int]] = []

        def offer(left: int, right: int) -> None:
            if left < 0 or right < 0:
                return
            merged = parts[left] + parts[right]
            piece = pieces.get(merged)
            if piece is not None:
                heapq.heappush(agenda, (-scores[piece], left, right, len(merged)))

        for left in range(len(parts) - 1):
            offer(left, left + 1)
        decisions = 0
        while agenda:
            _, left, right, length = heapq.heappop(agenda)
            if not parts[left] or not parts[right] or len(parts[left]) + len(parts[right]) != length:
                continue  # one of the two has been merged since
            decisions += 1
            if decisions - 1 in drops:
                continue
            parts[left] += parts[right]
            parts[right] = ""
            after[left] = after[right]
            if after[right] >= 0:
                before[after[right]] = left
            offer(before[left], left)
            offer(left, after[left])
        return self._units.ids(part for part in parts if part), decisions
