"""Keras' LSTM layer, with the faster recurrence where it applies."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seq2seq.layers.own_gradient import has_own_gradient, in_order_of_time
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
        if not has_own_gradient(self):
            return super().inner_loop(sequences, initial_state, mask, training)
        # Imported here, because it is TensorFlow's alone and the layer serves every backend.
        from seq2seq.ops.lstm import lstm_recurrence

        inputs, mask = in_order_of_time(self, sequences, mask)
        cell = self.cell
        bias = cell.bias if self.use_bias else ops.zeros((4 * self.units,), self.compute_dtype)
        hidden, last_hidden, last_cell = lstm_recurrence(
            inputs, cell.kernel, cell.recurrent_kernel, bias, mask, *initial_state, rounded_to=rounding_of(self)
        )
        return last_hidden, ops.swapaxes(hidden, 0, 1), [last_hidden, last_cell]

    def step(self, inputs: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """One time step without dropout: (rows, features) and [h, c] (rows, units) -> h, [h, c]."""
        hidden, carried = states
        cell, rounding = self.cell, rounding_of(self)
        gates = product(inputs, cell.kernel, rounding) + product(hidden, cell.recurrent_kernel, rounding)
        if self.use_bias:
            gates = gates + cell.bias
        z_i, z_f, z_g, z_o = ops.split(gates, 4, axis=-1)
        i, f, o = (self.recurrent_activation(z) for z in (z_i, z_f, z_o))
        carried = f * carried + i * self.activation(z_g)
        hidden = o * self.activation(carried)
        return hidden, [hidden, carried]
