"""Translators for documents that need no model: word for word, with pieces and an attention that is exact."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np

from seq2seq.documents import Document, translate_segments

END = "</s>"


def pieces_of(words: Sequence[str], width: int = 3) -> tuple[list[str], list[int]]:
    """Words in pieces of up to `width` letters, and the word of each piece; the last one is the end."""
    pieces, owners = [], []
    for number, word in enumerate(words):
        for begin in range(0, len(word), width):
            pieces.append(("" if begin else "▁") + word[begin : begin + width])
            owners.append(number)
    return [*pieces, END], [*owners, len(words)]


def translation(source: str, words: Sequence[str], origins: Sequence[int], noise: float = 0.3) -> SimpleNamespace:
    """A translation into `words`, of which each was made from the source word with its origin's number.

    The attention is right and soft: `noise` of each row is spread over all pieces.
    """
    source_pieces, source_owners = pieces_of(source.split())
    target_pieces, target_owners = pieces_of(words)
    attention = np.full((len(target_pieces), len(source_pieces)), noise / len(source_pieces), dtype="float32")
    for row, owner in enumerate(target_owners):
        origin = origins[owner] if owner < len(words) else len(source.split())
        columns = [column for column, word in enumerate(source_owners) if word == origin]
        # Letters go with letters, so that "here." knows its word from its full stop.
        own = row - target_owners.index(owner)
        attention[row, columns[min(own, len(columns) - 1)]] += 1 - noise
    return SimpleNamespace(
        text=" ".join(words),
        score=-1.0,
        source_pieces=tuple(source_pieces),
        target_pieces=tuple(target_pieces),
        source_truncated=False,
        target_truncated=False,
        attention=attention,
    )


class WordTranslator:
    """Translates word by word, in another order if wanted, and remembers what it was asked."""

    maximum_source_pieces = 1000

    def __init__(
        self, word: Callable[[str], str] = str, order: Callable[[int], Sequence[int]] = lambda count: range(count)
    ) -> None:
        self.word = word
        self.order = order
        self.asked: list[str] = []

    def translate(self, texts, *, beams=None, length_penalty=None, attention=False, advance=None):
        self.asked += texts
        found = []
        for text in texts:
            words = text.split(" ")
            origins = list(self.order(len(words)))
            found.append(translation(text, [self.word(words[origin]) for origin in origins], origins))
            if not attention:
                found[-1].attention = None
        if advance is not None:
            advance(len(texts))
        return found


def translate_with(document: Document, translator: WordTranslator) -> str:
    """The document as text, translated."""
    translate_segments(document.segments, lambda texts, attention: translator.translate(texts, attention=attention))
    return document.write().decode()


def upper(word: str) -> str:
    """Capitals, but for placeholders, as a model does that has learnt to copy them."""
    return word if re.search(r"[{}%$/@<>]", word) else word.upper()
