"""From the attentional vector to scores of target pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from seq2seq.layers.precision import rounding_of
from seq2seq.ops.products import product, ready


@keras.saving.register_keras_serializable("seq2seq")
class VocabularyProjection(keras.layers.Layer):
    """logits = h W^T + b, in float32, with a W (vocabulary, units) of its own or one handed in (tied embeddings).

    Masking: none; logits on padding are meaningless and the loss ignores them.

    Args:
        vocabulary_size: the number of target pieces.
        tied: whether `call` gets W (Press & Wolf 2017) and only the bias is a weight of this layer.
    """

    def __init__(self, vocabulary_size: int, tied: bool = False, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.vocabulary_size = vocabulary_size
        self.tied = tied

    def build(self, input_shape: Any) -> None:
        self.embeddings = None
        if not self.tied:
            self.embeddings = self.add_weight(
                shape=(self.vocabulary_size, input_shape[-1]), initializer="glorot_uniform", name="embeddings"
            )
        self.bias = self.add_weight(shape=(self.vocabulary_size,), initializer="zeros", name="bias")

    def call(self, inputs: Any, embeddings: Any = None) -> Any:
        """(…, units) -> (…, vocabulary) float32; `embeddings` (vocabulary, units) if tied."""
        weights = embeddings if self.tied else self.embeddings
        return self._logits(inputs, weights, self.bias)

    def logits_of(self, inputs: Any, ids: Any, embeddings: Any = None) -> Any:
        """The logits of some ids (n,) alone: (…, units) -> (…, n) float32."""
        return self.over(ids, embeddings)(inputs)

    def over(self, ids: Any, embeddings: Any = None) -> Callable[[Any], Any]:
        """`logits_of` for these ids as a function of the inputs, with their weights made ready once for all calls."""
        weights = ops.take(embeddings if self.tied else self.embeddings, ids, axis=0)
        return self._prepared(weights, ops.take(self.bias, ids))

    def over_all(self, embeddings: Any = None) -> Callable[[Any], Any]:
        """The layer as a function of the inputs, with its weights made ready once for all calls, as of a loop."""
        return self._prepared(embeddings if self.tied else self.embeddings, self.bias)

    def _prepared(self, weights: Any, bias: Any) -> Callable[[Any], Any]:
        prepared = ready(weights, rounding_of(self), transposed=True)
        return lambda inputs: self._logits(inputs, prepared, bias)

    def logits_at(self, inputs: Any, ids: Any, embeddings: Any = None) -> Any:
        """The logit of one id at each position: (…, units) and ids (…) -> (…) float32."""
        weights = ops.take(embeddings if self.tied else self.embeddings, ids, axis=0)
        logits = ops.sum(ops.cast(inputs, "float32") * ops.cast(weights, "float32"), axis=-1)
        return logits + ops.cast(ops.take(self.bias, ids), "float32")

    def _logits(self, inputs: Any, weights: Any, bias: Any) -> Any:
        rounding = rounding_of(self)
        if rounding is None:
            weights = ops.cast(weights, self.compute_dtype)
        logits = product(inputs, weights, rounding, transposed=True)
        return ops.cast(logits, "float32") + ops.cast(bias, "float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size, "tied": self.tied}
