"""Perplexity."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from seq2seq.errors import DataError


def perplexity(scores: Iterable[tuple[Any, ...]]) -> float:
    """exp(-sum of log-probabilities / sum of tokens), for (log_prob, tokens, ...), natural logarithms, ends counted.

    It is per token of the model's own tokenizer, so it compares models that share one. Uniform predictions over V
    pieces have perplexity V. Beyond the range of floats it is infinite. Raises DataError if there are no tokens.
    """
    total, tokens = 0.0, 0
    for log_prob, count, *_ in scores:
        total += log_prob
        tokens += count
    if tokens == 0:
        raise DataError("perplexity needs text — given 0 tokens — give at least one line")
    try:
        return math.exp(-total / tokens)
    except OverflowError:
        return math.inf
