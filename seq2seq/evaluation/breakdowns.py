"""Scores by parts of a test set: by the length of the source, and by how rare words are."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sacrebleu.metrics import BLEU, CHRF

from seq2seq.evaluation.words import spoken_words

# The greatest number of each class; one more class goes on without end.
LENGTHS = (0, 5, 10, 15, 20, 30, 40, 60)
FREQUENCIES = (0, 1, 5, 20, 100, 1000)


@dataclass(frozen=True)
class PartScore:
    """The scores of the lines of one class.

    Attributes:
        label: "6-10", "61+".
        lines: how many they are.
        bleu, chrf: of these lines as a corpus, from 0 to 100.
        length_ratio: 13a tokens of the hypotheses / those of the references; NaN without references.
        exact_match: percentage of lines equal to their reference.
    """

    label: str
    lines: int
    bleu: float
    chrf: float
    length_ratio: float
    exact_match: float


@dataclass(frozen=True)
class WordScore:
    """How well the words of one class of frequency are translated; words are compared line by line, without order.

    Attributes:
        label: "2-5", how often a word stands in the training text.
        reference_words, hypothesis_words: how many words of that class each side has.
        matched: those of a hypothesis that its reference has too, each as often as there.
        precision, recall, f1: matched / hypothesis words, matched / reference words and their harmonic mean, from 0 to
            100; 0 where nothing is divided by.
    """

    label: str
    reference_words: int
    hypothesis_words: int
    matched: int
    precision: float
    recall: float
    f1: float


def by_source_length(sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]) -> list[PartScore]:
    """Scores of the lines of each class of `LENGTHS`, by words of the source; signs do not count as words.

    Classes without a line are left out.
    """
    return _parts([len(spoken_words(text)) for text in sources], LENGTHS, hypotheses, references)


def by_rarest_word(
    sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str], frequencies: Mapping[str, int]
) -> list[PartScore]:
    """Scores of the lines of each class of `FREQUENCIES`, by the training frequency of a source's rarest word.

    Lines without a word are left out, and so are classes without a line. What `frequencies` lacks has frequency 0.
    """
    rarest = [min((frequencies.get(word, 0) for word in spoken_words(text)), default=None) for text in sources]
    return _parts(rarest, FREQUENCIES, hypotheses, references)


def by_word_frequency(
    hypotheses: Sequence[str], references: Sequence[str], frequencies: Mapping[str, int]
) -> list[WordScore]:
    """How well words are translated by their frequency in the training text's target side; signs do not count."""
    wanted, written, matched = Counter[int](), Counter[int](), Counter[int]()

    def count(into: Counter[int], words: Counter[str]) -> None:
        for word, number in words.items():
            into[bisect_left(FREQUENCIES, frequencies.get(word, 0))] += number

    for hypothesis, reference in zip(hypotheses, references, strict=True):
        ours, theirs = Counter(spoken_words(hypothesis)), Counter(spoken_words(reference))
        count(written, ours)
        count(wanted, theirs)
        count(matched, ours & theirs)
    return [
        _word_score(class_label(FREQUENCIES, place), wanted[place], written[place], matched[place])
        for place in range(len(FREQUENCIES) + 1)
        if wanted[place] or written[place]
    ]


def class_label(greatest: Sequence[int], place: int) -> str:
    """The numbers of one class as people write them.

    >>> [class_label((0, 1, 5), place) for place in range(4)]
    ['0', '1', '2-5', '6+']
    """
    least = greatest[place - 1] + 1 if place else 0
    if place == len(greatest):
        return f"{least}+"
    return str(least) if least == greatest[place] else f"{least}-{greatest[place]}"


def _parts(
    values: Sequence[int | None], greatest: Sequence[int], hypotheses: Sequence[str], references: Sequence[str]
) -> list[PartScore]:
    lines = defaultdict(list)
    for pair, value in zip(zip(hypotheses, references, strict=True), values, strict=True):
        if value is not None:
            lines[bisect_left(greatest, value)].append(pair)
    return [_part_score(class_label(greatest, place), lines[place]) for place in sorted(lines)]


def _part_score(label: str, pairs: list[tuple[str, str]]) -> PartScore:
    hypotheses, references = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    bleu = BLEU().corpus_score(hypotheses, [references])
    return PartScore(
        label=label,
        lines=len(pairs),
        bleu=float(bleu.score),
        chrf=float(CHRF().corpus_score(hypotheses, [references]).score),
        length_ratio=bleu.sys_len / bleu.ref_len if bleu.ref_len else float("nan"),
        exact_match=100.0 * sum(ours.strip() == theirs.strip() for ours, theirs in pairs) / len(pairs),
    )


def _word_score(label: str, wanted: int, written: int, matched: int) -> WordScore:
    return WordScore(
        label=label,
        reference_words=wanted,
        hypothesis_words=written,
        matched=matched,
        precision=100.0 * matched / written if written else 0.0,
        recall=100.0 * matched / wanted if wanted else 0.0,
        f1=200.0 * matched / (written + wanted),
    )
