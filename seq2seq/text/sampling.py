"""Subword regularisation: a text segmented by chance, as a pure function of the text, the rate and a seed.

SentencePiece samples too, but its generator is salted anew in every process (absl::BitGen), whatever the seed. A
resumed training could then never equal one that was not stopped, so the drawing is done here, over SentencePiece's own
normalisation and pieces. The two agree in distribution, which the tests check; they differ in that a user symbol is
never split here, while SentencePiece's unigram sampling may split it.
"""

from __future__ import annotations

import random
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator

from seq2seq.text.model_file import Piece, PieceType
from seq2seq.text.special_ids import UNKNOWN_ID

SPACE = "\u2581"

# How many words a sampler remembers, about 50 MB; a corpus uses few words often, so a full memory just starts again.
REMEMBERED_ENTRIES = 200_000

# Longer units (scripts without spaces, mostly) hardly ever repeat and are not worth remembering.
LONGEST_REMEMBERED_UNIT = 24


class SubwordSampler(ABC):
    """Draws segmentations of normalised text, unit by unit.

    A unit is a part of a text that no piece can reach across: a word with the space before it, or a user symbol, which
    is never split. Units are independent of each other, so that what was worked out for a word serves all its
    occurrences.
    """

    def __init__(self, pieces: list[Piece], normalize: Callable[[list[str]], list[str]], rate: float) -> None:
        self._normalize = normalize
        self._rate = rate
        self._pieces = {piece.text: index for index, piece in enumerate(pieces) if piece.type == PieceType.NORMAL}
        self._scores = [piece.score for piece in pieces]
        self._bytes = {
            int(piece.text[1:-1], 16): index for index, piece in enumerate(pieces) if piece.type == PieceType.BYTE
        }
        self._symbols = {
            piece.text: index for index, piece in enumerate(pieces) if piece.type == PieceType.USER_DEFINED
        }
        longest_first = sorted(self._symbols, key=len, reverse=True)
        self._symbol_pattern = re.compile(f"({'|'.join(map(re.escape, longest_first))})") if longest_first else None
        reaches_across_spaces = any(SPACE in text[1:] for text in self._pieces)
        self._unit_pattern = None if reaches_across_spaces else re.compile(f"{SPACE}[^{SPACE}]*|[^{SPACE}]+")

    def encode(self, texts: Iterable[str], seed: int) -> list[list[int]]:
        """The ids of each text, drawn by a generator that starts from `seed`."""
        draw = random.Random(seed).random
        encoded = []
        for text in self._normalize(list(texts)):
            ids: list[int] = []
            for unit in self._units(text):
                symbol = self._symbols.get(unit)
                unit_ids = self._sample(unit, draw) if symbol is None else (symbol,)
                if ids and ids[-1] == unit_ids[0] == UNKNOWN_ID:
                    unit_ids = unit_ids[1:]  # a run of unknown characters is one unknown piece
                ids.extend(unit_ids)
            encoded.append(ids)
        return encoded

    @abstractmethod
    def _sample(self, unit: str, draw: Callable[[], float]) -> tuple[int, ...]:
        """The ids of one unit; `draw` gives numbers in [0, 1)."""

    def _units(self, text: str) -> Iterator[str]:
        spans = self._symbol_pattern.split(text) if self._symbol_pattern else [text]
        for span in spans:
            if not span:
                continue
            if self._unit_pattern is None or span in self._symbols:
                yield span
            else:
                yield from self._unit_pattern.findall(span)

    def _ids(self, pieces: Iterable[str]) -> tuple[int, ...]:
        """Pieces to ids; a character outside the vocabulary becomes its UTF-8 bytes, or one unknown id a run."""
        ids: list[int] = []
        for piece in pieces:
            known = self._pieces.get(piece)
            if known is not None:
                ids.append(known)
            elif self._bytes:
                ids.extend(self._bytes[byte] for byte in piece.encode("utf-8"))
            elif not ids or ids[-1] != UNKNOWN_ID:
                ids.append(UNKNOWN_ID)
        return tuple(ids)
