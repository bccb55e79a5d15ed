"""Keras' dense layer, with the precision of our products."""

from __future__ import annotations

from typing import Any

import keras

from seq2seq.layers.precision import rounding_of
from seq2seq.ops.products import product


@keras.saving.register_keras_serializable("seq2seq")
class Dense(keras.layers.Dense):
    """`keras.layers.Dense`: its arguments, weights and results; under a `ProductPolicy` the product is rounded.

    Masking: none; each position is mapped by itself.
    """

    def call(self, inputs: Any, training: Any = None) -> Any:
        """(..., features) -> (..., units)."""
        outputs = product(inputs, self.kernel, rounding_of(self))
        if self.use_bias:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)
