"""Subword regularisation: a text segmented by chance, as a pure function of the text, the rate and a seed.

SentencePiece samples too, but its generator is salted anew in every process (absl::BitGen), whatever the seed. A
resumed training could then never equal one that was not stopped, so the drawing is done here, over SentencePiece's own
normalisation and pieces. The two agree in distribution, which the tests check; they differ in that a user symbol is
never split here, while SentencePiece's unigram sampling may split it.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from seq2seq.text.model_file import Piece
from seq2seq.text.units import Units, joined


class SubwordSampler(ABC):
    """Draws segmentations of texts, unit by unit."""

    def __init__(self, pieces: list[Piece], normalize: Callable[[list[str]], list[str]], rate: float) -> None:
        self._normalize = normalize
        self._rate = rate
        self._units = Units(pieces)

    def encode(self, texts: Iterable[str], seed: int) -> list[list[int]]:
        """The ids of each text, drawn by a generator that starts from `seed`."""
        draw = random.Random(seed).random
        symbols = self._units.symbols
        return [
            joined(
                (symbols[unit],) if unit in symbols else self._sample(unit, draw) for unit in self._units.split(text)
            )
            for text in self._normalize(list(texts))
        ]

    @abstractmethod
    def _sample(self, unit: str, draw: Callable[[], float]) -> tuple[int, ...]:
        """The ids of one unit; `draw` gives numbers in [0, 1)."""
