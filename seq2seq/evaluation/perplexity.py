"""Perplexity."""

from __future__ import annotations

import math
from collections.abc import Iterable

from seq2seq.errors import DataError


def perplexity(scores: Iterable[tuple[float, int]]) -> float:
    """exp(-sum of log-probabilities / sum of tokens), for pairs (log_prob, tokens), natural logarithms, ends counted.

    It is per token of the model's own tokenizer, so it compares models that share one. Uniform predictions over V
    pieces have perplexity V. Beyond the range of floats it is infinite. Raises DataError if there are no tokens.
    """
    total, tokens = 0.0, 0
    for log_prob, count in scores:
        total += log_prob
        tokens += count
    if tokens == 0:
        raise DataError("perplexity needs text — given 0 tokens — give at least one line")
    try:
        return math.exp(-total / tokens)
    except OverflowError:
        return math.inf
