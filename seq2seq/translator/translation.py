"""What a translator gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Translation:
    """One translation of one text.

    Attributes:
        text: the translation; empty for an empty text.
        score: log_prob after length normalisation, what hypotheses are ranked by.
        log_prob: natural logarithm of p(target_ids | source), the end included.
        source_pieces: what the model read: the pieces of the text and the end.
        target_pieces: what it wrote: the pieces and, unless it was cut at the limit, the end.
        target_ids: the ids of `target_pieces`.
        token_log_probs: log p of each of `target_ids`, given those before it; their sum is `log_prob`.
        forced_pieces: how many of `target_pieces`, from the first, were given as a prefix.
        source_truncated: whether the text was longer than the limit, and only its beginning was translated.
        target_truncated: whether the translation reached its greatest length before it ended.
        attention: (target_time, source_time) float32, a row for each of `target_pieces`, a column for each of
            `source_pieces`; rows sum to 1. None unless asked for.
        alternatives: the other n_best - 1 translations, best first; fewer if the search found fewer.
    """

    text: str
    score: float
    log_prob: float
    source_pieces: tuple[str, ...] = ()
    target_pieces: tuple[str, ...] = ()
    target_ids: tuple[int, ...] = ()
    token_log_probs: tuple[float, ...] = ()
    forced_pieces: int = 0
    source_truncated: bool = False
    target_truncated: bool = False
    attention: np.ndarray | None = field(default=None, repr=False, compare=False)  # arrays do not compare to one truth
    alternatives: tuple[Translation, ...] = ()


class TargetScore(NamedTuple):
    """How likely a given target is, in natural logarithms.

    Attributes:
        log_prob: log p(target | source), the sum of `token_log_probs`.
        tokens: how many ids that sums over; of a text, its pieces and the end.
        token_log_probs: of each id, given those before it.
        target_pieces: the ids as pieces; empty where the translator does not tell them, as in an export.
        source_truncated: whether the source was longer than the limit, and only its beginning was read; a served model
            does not tell.
    """

    log_prob: float
    tokens: int
    token_log_probs: tuple[float, ...] = ()
    target_pieces: tuple[str, ...] = ()
    source_truncated: bool = False


class TargetAttention(NamedTuple):
    """Where the model looks while it writes a given target.

    Attributes:
        attention: (target_time, source_time) float32, a row for each of `target_pieces`; rows sum to 1.
        source_pieces: what the model read: the pieces of the source and the end.
        target_pieces: the pieces of the target and the end.
        source_truncated: whether the source was longer than the limit, and only its beginning was read.
    """

    attention: np.ndarray
    source_pieces: tuple[str, ...]
    target_pieces: tuple[str, ...]
    source_truncated: bool = False
