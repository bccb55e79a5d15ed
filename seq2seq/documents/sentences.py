"""Where sentences end: models are trained on sentences, and paragraphs hold several.

The rule is small on purpose, and rather joins two sentences than cuts one. A sentence ends

- after `.`, `!`, `?` or `…`, with quotes and brackets that close after it, before white space and what can begin a
  sentence: anything but a small letter;
- not after the dot of a single letter (J. Smith, z. B.), of one or two digits (3. Mai), of an abbreviation of the list
  below, or of a word with a dot inside (e.g., a.m.);
- after a full stop of Chinese or Japanese, with or without white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_END = re.compile(r"""[.!?…]+["'”’»›)\]]*(?=\s)|[。！？]+[」』”）]*""")
# English, German, French, Spanish, Italian: those that stand before a capital or a number.
_ABBREVIATION_LIST = """
    mr mrs ms dr prof st jr sr gen col capt lt sgt rev hon vs etc no nos fig figs vol pp ed eds inc ltd co corp dept
    approx jan feb mar apr jun jul aug sep sept oct nov dec mt ave nr abs bzw ca evtl ggf hr fr frl inkl max min nachf
    sog str tel usw vgl zzgl bd hrsg okt dez mme mlle av sra srta ud uds dott sig art
"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_LIST.split())


def split_sentences(text: str, fixed: Iterable[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """The sentences of a text as (begin, end) of their characters, without the white space between them.

    No sentence ends within one of the `fixed` ranges.

    >>> [text[begin:end] for begin, end in split_sentences(text := 'Dr. No said "Go!" and left. He ran.')]
    ['Dr. No said "Go!" and left.', 'He ran.']
    """
    fixed = list(fixed)
    found = []
    begin = len(text) - len(text.lstrip())
    for match in _END.finditer(text):
        after = text[match.end() :].lstrip()
        if not after or any(first < match.end() < last for first, last in fixed):
            continue
        if match[0][0] not in "。！？" and (after[0].islower() or _is_abbreviation(text[begin : match.end()])):
            continue
        found.append((begin, match.end()))
        begin = len(text) - len(after)
    end = len(text.rstrip())
    if begin < end:
        found.append((begin, end))
    return found


def _is_abbreviation(text: str) -> bool:
    """Whether the dot at the end of the text need not be that of a sentence."""
    if not text.endswith("."):
        return False
    word = text.split()[-1].lstrip("\"'“‘«„([")[:-1]
    if len(word) == 1 and word.isalpha():
        return True
    if word.isdecimal() and len(word) <= 2:
        return True
    return word.lower() in _ABBREVIATIONS or ("." in word.strip(".") and not any(map(str.isdecimal, word)))
