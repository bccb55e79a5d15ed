"""Scores of single sentences, to sort and to look at; what they average to is no score of a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics import BLEU, CHRF

from seq2seq.evaluation.scores import check_pairs


@dataclass(frozen=True)
class SentenceScores:
    """One number a line: chrF2, and BLEU of as many orders as the line has (sacreBLEU's `effective_order`)."""

    chrf: list[float]
    bleu: list[float]


def score_sentences(hypotheses: Sequence[str], references: Sequence[str]) -> SentenceScores:
    """Scores from 0 to 100 of each line; equal lines have 100, empty ones too, to which sacreBLEU gives 0.

    Raises DataError if the numbers of lines differ, or there are none.
    """
    check_pairs(hypotheses, references)
    chrf, bleu = CHRF(), BLEU(effective_order=True)

    def scores(metric: BLEU | CHRF) -> list[float]:
        return [
            100.0 if ours.strip() == theirs.strip() else float(metric.sentence_score(ours, [theirs]).score)
            for ours, theirs in zip(hypotheses, references, strict=True)
        ]

    return SentenceScores(scores(chrf), scores(bleu))


def worst_and_best(scores: SentenceScores, count: int) -> tuple[list[int], list[int]]:
    """The indices of the `count` lines of least chrF2, worst first, and of greatest, best first; BLEU, then the line
    itself settle ties. No line is in both."""
    order = sorted(range(len(scores.chrf)), key=lambda line: (scores.chrf[line], scores.bleu[line], line))
    best = sorted(order[count:], key=lambda line: (-scores.chrf[line], -scores.bleu[line], line))
    return order[:count], best[:count]


def choose_examples(lengths: Sequence[int], scores: Sequence[SentenceScores], count: int) -> list[int]:
    """Indices of sentences that are worth a look, in their order: long ones, bad ones, contested ones, and others.

    A quarter each has the longest sources, the least mean chrF2 and the widest range of chrF2 over the systems; the
    rest is spread evenly over the lengths. Sentences of length 0 are left out.
    """
    lines = [line for line, length in enumerate(lengths) if length > 0]
    by_line = {line: [of_system.chrf[line] for of_system in scores] for line in lines}
    rankings = [
        sorted(lines, key=lambda line: -lengths[line]),
        sorted(lines, key=lambda line: sum(by_line[line])),
        sorted(lines, key=lambda line: min(by_line[line]) - max(by_line[line])),
    ]
    chosen: list[int] = []
    for ranking in rankings:
        chosen += [line for line in ranking if line not in chosen][: count // 4]
    rest = sorted((line for line in lines if line not in chosen), key=lambda line: (lengths[line], line))
    missing = min(count - len(chosen), len(rest))
    chosen += [rest[(2 * place + 1) * len(rest) // (2 * missing)] for place in range(missing)]
    return sorted(chosen)
