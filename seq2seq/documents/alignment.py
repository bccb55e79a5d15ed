"""From attention over pieces to an alignment of words: which source word each target word was made from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_WORD_MARK = "▁"
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


def locate_pieces(pieces: Sequence[str], text: str) -> list[tuple[int, int]] | None:
    """The characters of a text that each piece covers, as (begin, end); None if pieces and text do not fit together.

    Words are matched by their number, since normalisation may have changed their characters. A piece of a word that was
    changed covers all of it.

    ["▁He", "llo", "▁you", "."] and "Hello you." -> [(0, 2), (2, 5), (6, 9), (9, 10)]
    """
    words = list(re.finditer(r"\S+", text))
    groups: list[list[int]] = []
    for index, piece in enumerate(pieces):
        if _WORD_MARK in piece.lstrip(_WORD_MARK):
            return None
        bare = not any(pieces[other].lstrip(_WORD_MARK) for other in groups[-1]) if groups else False
        if not groups or (piece.startswith(_WORD_MARK) and not bare):
            groups.append([])
        groups[-1].append(index)
    if groups and not any(pieces[index].lstrip(_WORD_MARK) for index in groups[-1]):
        groups[-2:] = [[index for group in groups[-2:] for index in group]]
    if len(groups) != len(words):
        return None
    found: list[tuple[int, int]] = []
    for word, group in zip(words, groups, strict=True):
        letters = [pieces[index].lstrip(_WORD_MARK) for index in group]
        here = word.start()
        for part in letters:
            if "".join(letters) == word[0]:
                found.append((here, here + len(part)))
                here += len(part)
            else:
                found.append(word.span())
    return found


def align_tokens(
    attention: np.ndarray,
    source_pieces: Sequence[tuple[int, int]],
    target_pieces: Sequence[tuple[int, int]],
    source_tokens: Sequence[Token],
    target_tokens: Sequence[Token],
) -> list[int | None]:
    """The source token that each target token gave most of its attention to; None for a token without pieces.

    Args:
        attention: (target_time, source_time), a row for each target piece, a column for each source piece.
        source_pieces, target_pieces: the characters that they cover, in the texts that the tokens are of.
    """
    source = _membership(source_pieces, source_tokens)  # (source_time, tokens)
    target = _membership(target_pieces, target_tokens)  # (target_time, tokens)
    if not source.size or not target.size:
        return [None] * len(target_tokens)
    weights = target.T @ attention.astype("float64") @ source  # (target tokens, source tokens)
    return [int(row.argmax()) if row.max() > 0 else None for row in weights]


def _membership(pieces: Sequence[tuple[int, int]], tokens: Sequence[Token]) -> np.ndarray:
    """(pieces, tokens): the share of each piece's characters that lies in each token."""
    begins, ends = (np.asarray([token[end] for token in tokens], dtype="float64") for end in (0, 1))
    shares = [
        np.clip(np.minimum(ends, end) - np.maximum(begins, begin), 0, None) / max(1, end - begin)
        for begin, end in pieces
    ]
    return np.stack(shares) if shares else np.zeros((0, len(tokens)))
