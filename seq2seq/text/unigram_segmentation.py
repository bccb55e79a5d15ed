"""The best segmentation by a unigram model, with ties broken as in the TensorFlow graph.

Two orders of the same pieces ("II" + "I", "I" + "II") have one score, and which of them wins is a matter of rounding.
SentencePiece 0.1.96, which TensorFlow Text holds, rounds in another place than later releases, so that the Python
package and the graph would disagree on one line in five thousand. Here the older rounding is followed.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from seq2seq.text.model_file import Piece
from seq2seq.text.units import LONGEST_REMEMBERED_UNIT, REMEMBERED_UNITS, Units, joined

# SentencePiece scores a character outside the vocabulary this much below the worst piece.
UNKNOWN_PENALTY = 10.0

# The score of a user symbol: its length times the smallest positive float32, less this.
SYMBOL_SCORE = -0.1

# Where the best two segmentations of a unit are further apart than this, no rounding can change their order in a text
# of at most so many characters: a float32 near -32,000 is off by 0.001, and a unit adds up few of them.
SAFE_GAP = 0.02
SAFE_CHARACTERS = 4000


class UnigramSegmentation:
    """Viterbi segmentation (Kudo 2018, eq. 4), unit by unit from memory, by the whole text where rounding decides."""

    def __init__(self, pieces: list[Piece], normalize: Callable[[list[str]], list[str]]) -> None:
        self._normalize = normalize
        self._units = Units(pieces)
        self._scores = {text: self._units.scores[index] for text, index in self._units.pieces.items()}
        self._unknown_score = _float32(min(self._scores.values(), default=0.0) - UNKNOWN_PENALTY)
        self._scores.update(dict.fromkeys(self._units.symbols, SYMBOL_SCORE))
        self._longest = max(map(len, self._scores), default=1)
        self._memory: dict[str, tuple[int, ...] | None] = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text."""
        return [self._encode(text) for text in self._normalize(list(texts))]

    def _encode(self, text: str) -> list[int]:
        parts = []
        for unit in self._units.split(text):
            ids = self._best(unit)
            if ids is None or len(text) > SAFE_CHARACTERS:
                return list(self._units.ids(self._rounded(text)))
            parts.append(ids)
        return joined(parts)

    def _best(self, unit: str) -> tuple[int, ...] | None:
        """The ids of a unit, or None if another segmentation comes too close."""
        if unit in self._memory:
            return self._memory[unit]
        ids = None if unit in self._units.symbols else self._unrounded(unit)
        if len(unit) <= LONGEST_REMEMBERED_UNIT:
            if len(self._memory) >= REMEMBERED_UNITS:
                self._memory.clear()
            self._memory[unit] = ids
        return ids

    def _unrounded(self, unit: str) -> tuple[int, ...] | None:
        """The best segmentation and the gap to the second best, both kept for every prefix."""
        best: list[tuple[float, int]] = [(0.0, 0)]  # score, beginning of the last piece
        second: list[float] = [float("-inf")]
        for end in range(1, len(unit) + 1):
            candidates = []
            for start, score in self._ending_at(unit, end):
                candidates.append((best[start][0] + score, start))
                candidates.append((second[start] + score, start))
            candidates.sort(reverse=True)
            best.append(candidates[0])
            second.append(candidates[1][0])
        if best[-1][0] - second[-1] < SAFE_GAP:
            return None
        return self._units.ids(_pieces(unit, [start for _, start in best]))

    def _rounded(self, text: str) -> list[str]:
        """The pieces of a whole text by SentencePiece 0.1.96's arithmetic.

        A candidate's score is a double; what it is compared with was rounded to a float32 when it was stored.
        """
        best = array("f", bytes(4 * (len(text) + 1)))
        starts = [0] * (len(text) + 1)
        for end in range(1, len(text) + 1):
            found = False
            for start, score in self._ending_at(text, end):
                candidate = best[start] + score
                if not found or candidate > best[end]:
                    best[end] = candidate
                    starts[end] = start
                    found = True
        return _pieces(text, starts)

    def _ending_at(self, text: str, end: int) -> list[tuple[int, float]]:
        """Where the pieces that end there begin, leftmost first, and their scores."""
        scores = self._scores
        found = [
            (start, scores[text[start:end]])
            for start in range(max(0, end - self._longest), end)
            if text[start:end] in scores
        ]
        return found if found and found[-1][0] == end - 1 else [*found, (end - 1, self._unknown_score)]


def _pieces(text: str, starts: list[int]) -> list[str]:
    """Backwards along the beginnings of the last pieces: for "abc" and starts [0 0 0 2] it is ["ab", "c"]."""
    pieces = []
    end = len(text)
    while end > 0:
        pieces.append(text[starts[end] : end])
        end = starts[end]
    return pieces[::-1]


def _float32(value: float) -> float:
    return array("f", [value])[0]
