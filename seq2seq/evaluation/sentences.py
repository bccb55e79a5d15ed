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
