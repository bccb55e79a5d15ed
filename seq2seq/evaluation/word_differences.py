"""Where two texts differ, word by word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise

from seq2seq.evaluation.words import spoken_words, word_spans


@dataclass(frozen=True)
class WordDifference:
    """A word of the references that two systems do not get right equally often.

    Attributes:
        word: as the references write it.
        reference_count: how often they have it.
        first_only, second_only: how often the one system has it where the reference does and the other lacks it.
    """

    word: str
    reference_count: int
    first_only: int
    second_only: int


@dataclass(frozen=True)
class WordDifferences:
    """What two systems get right and the other not, in words of the references.

    Attributes:
        both, neither: words of the references that both have, and none.
        first_only, second_only: words that the one has and the other not.
        first, second: the words for which the first, or the second, leads by most, the largest lead first.
    """

    both: int
    neither: int
    first_only: int
    second_only: int
    first: list[WordDifference]
    second: list[WordDifference]


def marked_differences(text: str, other: str) -> list[str]:
    """The text cut where it begins and ends to differ from the other: equal, different, equal, and so on.

    White space between two words that differ differs with them. The first stretch is the empty string where the first
    word differs.

    >>> marked_differences("a red dog runs", "a dog walks off")
    ['a ', 'red', ' dog ', 'runs']
    """
    spans = word_spans(text)
    words = [text[begin:end] for begin, end in spans]
    others = [other[begin:end] for begin, end in word_spans(other)]
    equal: set[int] = set()
    for block in SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks():
        equal.update(range(block.a, block.a + block.size))
    cuts = []
    for same, places in groupby(range(len(spans)), key=equal.__contains__):
        if not same:
            different = list(places)
            cuts += [spans[different[0]][0], spans[different[-1]][1]]
    edges = [0, *cuts, len(text)]
    stretches = [text[begin:end] for begin, end in pairwise(edges)]
    return stretches if stretches[-1] or len(stretches) == 1 else stretches[:-1]


def compare_words(
    first: Sequence[str], second: Sequence[str], references: Sequence[str], count: int
) -> WordDifferences:
    """Which words of the references each of two systems has on the same line; signs and the order do not count.

    A word counts once for each time that the reference has it. `count` words for either system are listed.
    """
    totals: Counter[str] = Counter()
    only: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    both = 0
    for ours, theirs, reference in zip(first, second, references, strict=True):
        wanted = Counter(spoken_words(reference))
        of_first, of_second = wanted & Counter(spoken_words(ours)), wanted & Counter(spoken_words(theirs))
        totals += wanted
        both += (of_first & of_second).total()
        only[0].update(of_first - of_second)
        only[1].update(of_second - of_first)
    leads = {word: only[0][word] - only[1][word] for word in {*only[0], *only[1]}}

    def leading(sign: int) -> list[WordDifference]:
        ranked = sorted(
            (word for word in leads if sign * leads[word] > 0), key=lambda word: (-sign * leads[word], word)
        )
        return [WordDifference(word, totals[word], only[0][word], only[1][word]) for word in ranked[:count]]

    return WordDifferences(
        both=both,
        neither=totals.total() - both - only[0].total() - only[1].total(),
        first_only=only[0].total(),
        second_only=only[1].total(),
        first=leading(1),
        second=leading(-1),
    )
