"""The words and signs of a text, and which of the source each of the target was made from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seq2seq.alignment import soft_alignment

_TOKEN = re.compile(r"\w+|[^\w\s]")


class Token(NamedTuple):
    """A word, one sign of punctuation, or fixed text: characters `begin` .. `end` - 1."""

    begin: int
    end: int
    is_word: bool


def find_tokens(text: str, fixed: Sequence[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of a text in order; `fixed` ranges, in order, are one token each.

    >>> [text[token.begin : token.end] for token in find_tokens(text := "Look at {x}!", [(8, 11)])]
    ['Look', 'at', '{x}', '!']
    """
    found: list[Token] = []
    here = 0
    for begin, end in [*fixed, (len(text), len(text))]:
        joined = -1  # a vowel sign or an accent of its own, here, belongs to the letters around it
        for match in _TOKEN.finditer(text, here, begin):
            is_mark = unicodedata.category(match[0][0]).startswith("M")
            if found and found[-1].end == match.start() and (is_mark or joined == match.start()):
                found[-1] = Token(found[-1].begin, match.end(), True)
            else:
                found.append(Token(*match.span(), match[0][0].isalnum() or match[0][0] == "_"))
            joined = match.end() if is_mark else -1
        if end > begin:
            found.append(Token(begin, end, True))
        here = end
    return found


def align_tokens(
    attention: np.ndarray,
    source_pieces: Sequence[tuple[int, int]],
    target_pieces: Sequence[tuple[int, int]],
    source_tokens: Sequence[Token],
    target_tokens: Sequence[Token],
) -> list[int | None]:
    """The source token that each target token gave most of its attention to; None for one that gave none to any.

    Args:
        attention: (target_time, source_time), a row for each target piece, a column for each source piece.
        source_pieces, target_pieces: the characters that they cover, in the texts that the tokens are of.
    """
    weights = soft_alignment(attention, source_pieces, target_pieces, _ranges(source_tokens), _ranges(target_tokens))
    return [int(row.argmax()) if row.any() else None for row in weights]


def _ranges(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    return [(token.begin, token.end) for token in tokens]
