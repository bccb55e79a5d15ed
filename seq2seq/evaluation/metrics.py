"""sacreBLEU's metrics, which read each text once however often it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.metrics.base import Metric


class _Remembering(Metric):
    """Keeps the counts of each text: those of TER take seconds, and scores, intervals and tests all start from them.

    Should sacreBLEU name its method otherwise one day, all is counted again, and nothing else changes.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._known: dict[Any, Any] = {}

    def _extract_corpus_statistics(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]] | None) -> Any:
        key = (tuple(hypotheses), tuple(map(tuple, references or ())))
        if key not in self._known:
            self._known[key] = super()._extract_corpus_statistics(hypotheses, references)
        return self._known[key]


class _BLEU(_Remembering, BLEU):
    pass


class _CHRF(_Remembering, CHRF):
    pass


class _TER(_Remembering, TER):
    pass


def new_metrics() -> dict[str, Metric]:
    """The metrics of a corpus by the names of their attributes in `Scores`."""
    return {
        "bleu": _BLEU(),
        "bleu_lowercase": _BLEU(lowercase=True),
        "chrf": _CHRF(),
        "chrf_plus_plus": _CHRF(word_order=2),
        "ter": _TER(),
    }
