"""How bad one translation of one sentence is, for training by minimum risk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sacrebleu.metrics import BLEU, CHRF

METRICS: dict[str, Callable[[], BLEU | CHRF]] = {"bleu": lambda: BLEU(effective_order=True), "chrf": CHRF}


def sentence_risks(metric: str, hypotheses: Sequence[str], references: Sequence[str]) -> list[float]:
    """1 - score / 100 of each pair, from 0 (equal texts) to 1; `metric` is `bleu` or `chrf`.

    BLEU of a sentence is sacreBLEU's: 13a tokens, cased, exponential smoothing of orders without a match (Chen & Cherry
    2014, method 3), and only the orders that the hypothesis is long enough for. chrF is chrF2.
    """
    scorer = METRICS[metric]()
    return [
        1.0 - scorer.sentence_score(hypothesis, [reference]).score / 100.0
        for hypothesis, reference in zip(hypotheses, references, strict=True)
    ]
