"""The LSTM recurrence with a gradient of its own, for TensorFlow without cuDNN.

Its plain twin is Keras' own loop, `keras.layers.LSTM(use_cudnn=False)`, which differentiates step by step: once a time
step it multiplies inputs and kernel and accumulates both weight gradients. Here all input projections are one product
before the loop, and the gradient of the recurrent kernel is one product after it. The element-wise factors of the
backward pass stay in the loop, though few depend on the step before: what they read is in the cache there.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def lstm_recurrence(
    projected: Any,
    recurrent_kernel: Any,
    mask: Any,
    initial_hidden: Any,
    initial_cell: Any,
    rounded_to: str | None = None,
) -> tuple[Any, Any, Any]:
    """Runs an LSTM over inputs that are projected already (Gers et al. 2000; gates in Keras' order i, f, g, o).

        i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o);  g = tanh(z_g);  z_t = projected_t + h_{t-1} U
        c_t = f c_{t-1} + i g;  h_t = o tanh(c_t);  where the mask is False, h and c stand still

    Args:
        projected: x W + b, (time, batch, 4 x units): time first, because the loops read one step at a time.
        recurrent_kernel: U, (units, 4 x units).
        mask: (time, batch) booleans, or None if all positions are real.
        initial_hidden, initial_cell: (batch, units).
        rounded_to: the factors of all products, as in `product`.

    Returns:
        h of all steps (time, batch, units), the last h and the last c (batch, units).
    """
    keep = None if mask is None else tf.cast(mask, projected.dtype)[:, :, tf.newaxis]

    @tf.custom_gradient
    def recurrence(projected: Any, kernel: Any, first_hidden: Any, first_cell: Any) -> Any:
        hidden, cells, gates = _forward(projected, rounded(kernel, rounded_to), keep, first_hidden, first_cell)

        def gradient(hidden_gradients: Any, last_hidden_gradient: Any, last_cell_gradient: Any) -> Any:
            return _backward(
                (hidden, cells, gates, keep, rounded(kernel, rounded_to), first_hidden, first_cell),
                # Rows that were taken of a state give their gradients as slices, which no loop can carry.
                *map(tf.convert_to_tensor, (hidden_gradients, last_hidden_gradient, last_cell_gradient)),
            )

        return (hidden, hidden[-1], cells[-1]), gradient

    # A tensor, not a variable: a custom gradient would have to answer for variables that it closes over.
    return recurrence(projected, tf.convert_to_tensor(recurrent_kernel), initial_hidden, initial_cell)


def _forward(projected: Any, kernel: Any, keep: Any, hidden: Any, cell: Any) -> tuple[Any, Any, Any]:
    """h, c (time, batch, units) and the activated gates (time, batch, 4 x units) of all steps."""
    steps = tf.shape(projected)[0]

    def body(step: Any, hidden: Any, cell: Any, *written: Any) -> tuple[Any, ...]:
        z_i, z_f, z_g, z_o = tf.split(projected[step] + kernel_product(hidden, kernel), 4, axis=-1)
        i, f, g, o = tf.sigmoid(z_i), tf.sigmoid(z_f), tf.tanh(z_g), tf.sigmoid(z_o)
        new_cell = f * cell + i * g
        new_hidden = o * tf.tanh(new_cell)
        if keep is not None:
            new_cell = cell + keep[step] * (new_cell - cell)
            new_hidden = hidden + keep[step] * (new_hidden - hidden)
        values = (new_hidden, new_cell, tf.concat([i, f, g, o], axis=-1))
        return (
            step + 1,
            new_hidden,
            new_cell,
            *(array.write(step, value) for array, value in zip(written, values, strict=True)),
        )

    arrays = tuple(tf.TensorArray(projected.dtype, size=steps) for _ in range(3))
    outcome = tf.while_loop(lambda step, *_: step < steps, body, (0, hidden, cell, *arrays))
    stacked = [array.stack() for array in outcome[3:]]
    for tensor, units in zip(stacked, (hidden.shape[-1], hidden.shape[-1], projected.shape[-1]), strict=True):
        tensor.set_shape((projected.shape[0], projected.shape[1], units))
    return tuple(stacked)


def _backward(
    saved: tuple[Any, ...], hidden_gradients: Any, last_hidden_gradient: Any, last_cell_gradient: Any
) -> tuple[Any, Any, Any, Any]:
    """Gradients of `projected`, the recurrent kernel and the two initial states."""
    hidden, cells, gates, keep, kernel, first_hidden, first_cell = saved
    steps = tf.shape(gates)[0]
    units = kernel.shape[0]
    previous_hidden = tf.concat([first_hidden[tf.newaxis], hidden[:-1]], axis=0)
    previous_cells = tf.concat([first_cell[tf.newaxis], cells[:-1]], axis=0)
    transposed = tf.transpose(kernel)

    def body(back: Any, hidden_gradient: Any, cell_gradient: Any, written: Any) -> tuple[Any, ...]:
        step = steps - 1 - back
        i, f, g, o = tf.split(gates[step], 4, axis=-1)
        squashed = tf.tanh(f * previous_cells[step] + i * g)
        total = hidden_gradient + hidden_gradients[step]
        if keep is None:
            into_hidden, into_cell = total, cell_gradient
        else:
            into_hidden, into_cell = total * keep[step], cell_gradient * keep[step]
        through_cell = into_cell + into_hidden * o * (1.0 - squashed * squashed)
        gate_gradients = tf.concat(
            [
                through_cell * g * i * (1.0 - i),
                through_cell * previous_cells[step] * f * (1.0 - f),
                through_cell * i * (1.0 - g * g),
                into_hidden * squashed * o * (1.0 - o),
            ],
            axis=-1,
        )
        gate_gradients = tf.cast(gate_gradients, kernel.dtype)  # once, for the three products that read them
        new_hidden_gradient = tf.cast(tf.matmul(gate_gradients, transposed), gates.dtype)
        new_cell_gradient = through_cell * f
        if keep is not None:  # a masked step hands its gradients on untouched
            new_hidden_gradient += total - into_hidden
            new_cell_gradient += cell_gradient - into_cell
        return back + 1, new_hidden_gradient, new_cell_gradient, written.write(step, gate_gradients)

    array = tf.TensorArray(kernel.dtype, size=steps)
    _, first_hidden_gradient, first_cell_gradient, array = tf.while_loop(
        lambda back, *_: back < steps, body, (0, last_hidden_gradient, last_cell_gradient, array)
    )
    gate_gradients = array.stack()
    rows = tf.cast(tf.reshape(previous_hidden, (-1, units)), kernel.dtype)
    kernel_gradient = tf.matmul(rows, tf.reshape(gate_gradients, (-1, 4 * units)), transpose_a=True)
    return (
        tf.cast(gate_gradients, gates.dtype),
        tf.cast(kernel_gradient, gates.dtype),
        first_hidden_gradient,
        first_cell_gradient,
    )


def rounded(kernel: Any, rounded_to: str | None) -> Any:
    """The kernel for products in a loop, rounded before it."""
    return kernel if rounded_to is None else tf.cast(kernel, rounded_to)


def kernel_product(one: Any, kernel: Any) -> Any:
    """Like `product`, with a kernel that was rounded once before the loop."""
    return tf.cast(tf.matmul(tf.cast(one, kernel.dtype), kernel), one.dtype)
