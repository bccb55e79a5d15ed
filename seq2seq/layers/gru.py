"""Keras' GRU layer, with the faster recurrence where it applies."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seq2seq.layers.own_gradient import has_own_gradient, in_order_of_time
from seq2seq.layers.precision import rounding_of


@keras.saving.register_keras_serializable("seq2seq")
class GRU(keras.layers.GRU):
    """`keras.layers.GRU`: its arguments, weights and results; on TensorFlow without cuDNN, a recurrence of its own.

    Masking: as our `LSTM`.
    """

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        if not (self.reset_after and self.use_bias and has_own_gradient(self)):
            return super().inner_loop(sequences, initial_state, mask, training)
        # Imported here, because it is TensorFlow's alone and the layer serves every backend.
        from seq2seq.ops.gru import gru_recurrence

        inputs, mask = in_order_of_time(self, sequences, mask)
        cell = self.cell
        biases = ops.unstack(cell.bias, 2)
        hidden = gru_recurrence(
            inputs, cell.kernel, cell.recurrent_kernel, *biases, mask, initial_state[0], rounded_to=rounding_of(self)
        )
        return hidden[-1], ops.swapaxes(hidden, 0, 1), [hidden[-1]]
