"""Keras' GRU layer, with the faster recurrence where it applies."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seq2seq.layers.own_gradient import has_own_gradient, in_order_of_time
from seq2seq.layers.precision import rounding_of
from seq2seq.ops.products import product


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
        biases = cell.bias[0], cell.bias[1]
        hidden = gru_recurrence(
            inputs, cell.kernel, cell.recurrent_kernel, *biases, mask, initial_state[0], rounded_to=rounding_of(self)
        )
        return hidden[-1], ops.swapaxes(hidden, 0, 1), [hidden[-1]]

    def step(self, inputs: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """One time step without dropout: (rows, features) and [h] (rows, units) -> h, [h]."""
        (hidden,), cell, rounding = states, self.cell, rounding_of(self)
        if not (self.reset_after and self.use_bias):
            return cell(inputs, [hidden])
        bias, recurrent_bias = cell.bias[0], cell.bias[1]
        x_z, x_r, x_n = ops.split(product(inputs, cell.kernel, rounding) + bias, 3, axis=-1)
        recurrent = product(hidden, cell.recurrent_kernel, rounding) + recurrent_bias
        u_z, u_r, u_n = ops.split(recurrent, 3, axis=-1)
        z, r = self.recurrent_activation(x_z + u_z), self.recurrent_activation(x_r + u_r)
        n = self.activation(x_n + r * u_n)
        hidden = n + z * (hidden - n)
        return hidden, [hidden]
