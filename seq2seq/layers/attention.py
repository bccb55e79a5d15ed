"""The attention layer: where in the source the decoder looks."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seq2seq.layers.dense import Dense
from seq2seq.ops.attention import additive_scores, attend, dot_scores, masked_softmax


@keras.saving.register_keras_serializable("seq2seq")
class Attention(keras.layers.Layer):
    """Global attention of decoder states over the encoder's outputs.

    Kinds (q a decoder state, k an encoder output):

    - `dot`: q . k (Luong et al. 2015, eq. 8); both need one size.
    - `general`: (W_q q) . (W_k k). Luong's `general` is q . (W k); two factors of rank `units` cost less for each query
      and let queries and keys differ in size.
    - `additive`: v . tanh(W_q q + W_k k) (Bahdanau et al. 2015).

    With `scaled`, scores are divided by the square root of the compared size (Vaswani et al. 2017, 3.2.1).

    Masking: weights on source padding are exactly 0 and all others sum to 1; a source without any token gives zeros.

    Args:
        kind: `dot`, `general` or `additive`.
        units: of the projections; unused for `dot`.
        scaled: whether scores are divided by the square root of the size.
    """

    def __init__(self, kind: str, units: int, scaled: bool = False, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.kind = kind
        self.units = units
        self.scaled = scaled
        self.query_projection = self.key_projection = None
        if kind != "dot":
            self.query_projection = self._projection("query_projection")
            self.key_projection = self._projection("key_projection")

    def _projection(self, name: str) -> Dense:
        return Dense(self.units, use_bias=False, dtype=self.dtype_policy, name=name)

    def build(self, query_shape: Any, memory_shape: Any) -> None:
        """Shapes (batch, target_time, query units) and (batch, source_time, memory units)."""
        self.score_vector = None
        if self.kind != "dot":
            self.query_projection.build(query_shape)
            self.key_projection.build(memory_shape)
        if self.kind == "additive":
            self.score_vector = self.add_weight(shape=(self.units,), initializer="glorot_uniform", name="score_vector")
        self.built = True

    def keys(self, memory: Any) -> Any:
        """What queries are compared with, computed once a source: (batch, source_time, units)."""
        return memory if self.kind == "dot" else self.key_projection(memory)

    def call(self, queries: Any, keys: Any, memory: Any, mask: Any) -> tuple[Any, Any]:
        """Contexts (batch, target_time, memory units) and weights (batch, target_time, source_time) in float32.

        `keys` is what `keys(memory)` gave, `mask` (batch, source_time) is True on real tokens.
        """
        if self.kind != "dot":
            queries = self.query_projection(queries)
        if self.kind == "additive":
            scores = additive_scores(queries, keys, ops.cast(self.score_vector, queries.dtype))
        else:
            scores = dot_scores(queries, keys)
        if self.scaled:
            scores = scores / float(keys.shape[-1]) ** 0.5
        weights = masked_softmax(scores, mask)
        return attend(weights, memory), weights

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kind": self.kind, "units": self.units, "scaled": self.scaled}
