"""A vocabulary taken apart for segmenting in Python: pieces, scores, and the units that no piece reaches across."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from seq2seq.special_ids import UNKNOWN_ID
from seq2seq.text.model_file import Piece, PieceType

SPACE = "\u2581"

# How many words a segmentation remembers, about 50 MB; text uses few words often, so a full memory just starts again.
REMEMBERED_UNITS = 200_000

# Longer units (scripts without spaces, mostly) hardly ever repeat and are not worth remembering.
LONGEST_REMEMBERED_UNIT = 24


class Units:
    """Splits normalised text into units, and turns pieces into ids.

    A unit is a part of a text that no piece can reach across: a word with the space before it, or a user symbol. Units
    are segmented independently of each other, so that what was worked out for a word serves all its occurrences.
    """

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = {piece.text: index for index, piece in enumerate(pieces) if piece.type == PieceType.NORMAL}
        self.symbols = {piece.text: index for index, piece in enumerate(pieces) if piece.type == PieceType.USER_DEFINED}
        self.scores = [piece.score for piece in pieces]
        self._bytes = {
            int(piece.text[1:-1], 16): index for index, piece in enumerate(pieces) if piece.type == PieceType.BYTE
        }
        longest_first = sorted(self.symbols, key=len, reverse=True)
        self._symbol_pattern = re.compile(f"({'|'.join(map(re.escape, longest_first))})") if longest_first else None
        reaches_across_spaces = any(SPACE in text[1:] for text in self.pieces)
        self._unit_pattern = None if reaches_across_spaces else re.compile(f"{SPACE}[^{SPACE}]*|[^{SPACE}]+")

    def split(self, text: str) -> Iterator[str]:
        """The units of a normalised text, in order: for example "▁a▁man" gives "▁a", "▁man"."""
        spans = self._symbol_pattern.split(text) if self._symbol_pattern else [text]
        for span in spans:
            if not span:
                continue
            if self._unit_pattern is None or span in self.symbols:
                yield span
            else:
                yield from self._unit_pattern.findall(span)

    def ids(self, pieces: Iterable[str]) -> tuple[int, ...]:
        """Pieces to ids; a character outside the vocabulary becomes its UTF-8 bytes, or one unknown id a run."""
        ids: list[int] = []
        for piece in pieces:
            known = self.pieces.get(piece, self.symbols.get(piece))
            if known is not None:
                ids.append(known)
            elif self._bytes:
                ids.extend(self._bytes[byte] for byte in piece.encode("utf-8"))
            elif not ids or ids[-1] != UNKNOWN_ID:
                ids.append(UNKNOWN_ID)
        return tuple(ids)


def joined(parts: Iterable[tuple[int, ...]]) -> list[int]:
    """The ids of a text from those of its units; a run of unknown characters is one unknown piece across units too."""
    ids: list[int] = []
    for part in parts:
        ids.extend(part[1:] if ids and ids[-1] == part[0] == UNKNOWN_ID else part)
    return ids
