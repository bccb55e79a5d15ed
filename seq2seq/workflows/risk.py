"""The choice by minimum Bayes risk, where a command asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seq2seq.translator import TextTranslator


def choosing(translator: TextTranslator, utility: str | None) -> TextTranslator:
    """The translator, or, with a utility, one that chooses among its candidates by expected utility."""
    if utility is None:
        return translator
    from seq2seq.evaluation.minimum_bayes_risk import MinimumBayesRisk

    return MinimumBayesRisk(translator, utility=utility)
