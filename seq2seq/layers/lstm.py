"""Keras' LSTM layer, with the faster recurrence where it applies."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seq2seq.layers.precision import rounding_of
from seq2seq.ops.products import product


@keras.saving.register_keras_serializable("seq2seq")
class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM`: its arguments, weights and results; on TensorFlow without cuDNN, a recurrence of its own.

    Masking: where the mask is False the state stands still and the output repeats it. (Keras gives zeros where no real
    token came before; here that is the initial state. `zero_output_for_mask` is not regarded: `RecurrentStack` zeroes
    padding itself.)
    """

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        if not self._has_fast_recurrence():
            return super().inner_loop(sequences, initial_state, mask, training)
        # Imported here, because it is TensorFlow's alone and the layer serves every backend.
        from seq2seq.ops.lstm import lstm_recurrence

        inputs = ops.swapaxes(sequences, 0, 1)
        mask = None if mask is None else ops.swapaxes(mask, 0, 1)
        if self.go_backwards:
            inputs = ops.flip(inputs, axis=0)
            mask = None if mask is None else ops.flip(mask, axis=0)
        rounding = rounding_of(self)
        projected = product(inputs, self.cell.kernel, rounding)
        if self.use_bias:
            projected = projected + self.cell.bias
        hidden, last_hidden, last_cell = lstm_recurrence(
            projected, self.cell.recurrent_kernel, mask, *initial_state, rounded_to=rounding
        )
        return last_hidden, ops.swapaxes(hidden, 0, 1), [last_hidden, last_cell]

    def _has_fast_recurrence(self) -> bool:
        if keras.backend.backend() != "tensorflow" or self.compute_dtype not in ("float32", "float64"):
            return False
        if self.dropout or self.recurrent_dropout or self.unroll:
            return False
        if self.activation is not keras.activations.tanh or self.recurrent_activation is not keras.activations.sigmoid:
            return False
        import tensorflow as tf

        return self.use_cudnn is False or not tf.config.list_logical_devices("GPU")
