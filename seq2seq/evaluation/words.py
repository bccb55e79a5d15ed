"""Words of a text, as people count them, and how often a text holds them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache

_CHUNK = re.compile(r"\S+")


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where each word begins and ends, in order.

    A word is what stands between white space; signs at either end of it are words of their own, signs within it are
    not. It keeps the text as it is, so that words can be marked in it, which sacreBLEU's tokens would not.

    >>> [text[a:b] for text in ["(The dog's $5.)"] for a, b in word_spans(text)]
    ['(', 'The', "dog's", '$', '5', '.', ')']
    """
    spans = []
    for chunk in _CHUNK.finditer(text):
        first, last = chunk.span()
        begin, end = first, last
        while begin < end and _is_sign(text[begin]):
            begin += 1
        while end > begin and _is_sign(text[end - 1]):
            end -= 1
        spans += [(place, place + 1) for place in range(first, begin)]
        if begin < end:
            spans.append((begin, end))
        spans += [(place, place + 1) for place in range(end, last)]
    return spans


def split_words(text: str) -> list[str]:
    """The words of `word_spans`."""
    return [text[begin:end] for begin, end in word_spans(text)]


def spoken_words(text: str) -> list[str]:
    """The words that are more than a sign."""
    return [word for word in split_words(text) if len(word) > 1 or not _is_sign(word)]


def count_words(lines: Iterable[str], wanted: Collection[str]) -> Counter[str]:
    """How often each of the wanted words stands in the lines; none of the others is kept."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(word for word in split_words(line) if word in wanted)
    return counts


@lru_cache(maxsize=4096)
def _is_sign(character: str) -> bool:
    """Whether it is punctuation or a symbol."""
    return unicodedata.category(character)[0] in "PS"
