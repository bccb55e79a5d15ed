"""Attention arithmetic: scores between queries and keys, and a softmax that knows padding.

Shapes: queries (batch, target_time, units), keys (batch, source_time, units), scores and weights
(batch, target_time, source_time), mask (batch, source_time).
"""

from __future__ import annotations

from typing import Any

from keras import ops

# Added to a masked score. Not -inf: a row without any real token must give zeros, not NaN, in value and in gradient.
_MASKED = -1e9


def dot_scores(queries: Any, keys: Any) -> Any:
    """score(q, k) = q . k (Luong et al. 2015, eq. 8, `dot`): (batch, target_time, source_time)."""
    return ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))


def additive_scores(queries: Any, keys: Any, vector: Any) -> Any:
    """score(q, k) = v . tanh(q + k) (Bahdanau et al. 2015, A.1.2; the projections W_q and W_k are done by the caller).

    `vector` is (units,). Holds a (batch, target_time, source_time, units) tensor: the costly one of the family.
    """
    hidden = ops.tanh(ops.expand_dims(queries, 2) + ops.expand_dims(keys, 1))
    return ops.sum(hidden * vector, axis=-1)


def masked_softmax(scores: Any, mask: Any) -> Any:
    """Softmax over source_time of `scores` (batch, target_time, source_time), exactly 0 on padding, in float32.

    A row whose `mask` (batch, source_time) is False everywhere becomes zeros.
    """
    real = ops.expand_dims(ops.cast(mask, "float32"), 1)
    scores = ops.cast(scores, "float32") + (1.0 - real) * _MASKED
    return ops.softmax(scores, axis=-1) * real


def attend(weights: Any, memory: Any) -> Any:
    """The context c = sum_s weights_s memory_s: (batch, target_time, memory units)."""
    return ops.matmul(ops.cast(weights, memory.dtype), memory)
