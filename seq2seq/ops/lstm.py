"""The LSTM recurrence with a gradient of its own, for TensorFlow without cuDNN.

Its plain twin is Keras' own loop, `keras.layers.LSTM(use_cudnn=False)`, which differentiates step by step: once a time
step it multiplies inputs and kernel and accumulates both weight gradients. Here all input projections are one product
before the loop, and each gradient of inputs and kernels is one product after it. The element-wise factors of the
backward pass stay in the loop, though few depend on the step before: what they read is in the cache there. Where
factors are rounded, what goes from a product to a product is rounded once and stays so.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seq2seq.ops.integers import IntegerKernel, integer_product, rounded_kernel
from seq2seq.ops.products import INT8


def lstm_recurrence(
    inputs: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    mask: Any,
    initial_hidden: Any,
    initial_cell: Any,
    rounded_to: str | None = None,
) -> tuple[Any, Any, Any]:
    """Runs an LSTM (Gers et al. 2000; gates in Keras' order i, f, g, o).

        i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o);  g = tanh(z_g);  z_t = x_t W + b + h_{t-1} U
        c_t = f c_{t-1} + i g;  h_t = o tanh(c_t);  where the mask is False, h and c stand still

    Args:
        inputs: x, (time, batch, features): time first, because the loops read one step at a time.
        kernel, recurrent_kernel: W (features, 4 x units) and U (units, 4 x units).
        bias: b, (4 x units,).
        mask: (time, batch) booleans, or None if all positions are real.
        initial_hidden, initial_cell: (batch, units).
        rounded_to: the factors of all products, as in `product`.

    Returns:
        h of all steps (time, batch, units), the last h and the last c (batch, units).
    """
    keep = None if mask is None else tf.cast(mask, inputs.dtype)[:, :, tf.newaxis]
    if rounded_to == INT8:
        kernels = rounded_kernel(kernel), rounded_kernel(recurrent_kernel)
        (hiddens,), last_cell = _forward(inputs, *kernels, bias, keep, initial_hidden, initial_cell, kept=1)
        return hiddens, hiddens[-1], last_cell

    @tf.custom_gradient
    def recurrence(inputs: Any, kernel: Any, recurrent_kernel: Any, bias: Any, hidden: Any, cell: Any) -> Any:
        factors = tuple(rounded(factor, rounded_to) for factor in (inputs, kernel, recurrent_kernel))
        (hiddens, cells, gates), last_cell = _forward(*factors, bias, keep, hidden, cell)

        def gradient(hidden_gradients: Any, last_hidden_gradient: Any, last_cell_gradient: Any) -> Any:
            return _backward(
                (hiddens, cells, gates, keep, *factors, hidden, cell),
                # Rows that were taken of a state give their gradients as slices, which no loop can carry.
                *map(tf.convert_to_tensor, (hidden_gradients, last_hidden_gradient, last_cell_gradient)),
            )

        return (hiddens, hiddens[-1], last_cell), gradient

    # Tensors, not variables: a custom gradient would have to answer for variables that it closes over.
    weights = (tf.convert_to_tensor(weight) for weight in (kernel, recurrent_kernel, bias))
    return recurrence(inputs, *weights, initial_hidden, initial_cell)


def _forward(
    inputs: Any, kernel: Any, recurrent_kernel: Any, bias: Any, keep: Any, hidden: Any, cell: Any, kept: int = 3
) -> tuple[tuple[Any, ...], Any]:
    """Of all steps h, c (time, batch, units) and the activated gates (time, batch, 4 x units), and the last c.

    Without a gradient the first `kept` of the three are enough.
    """
    steps = tf.shape(inputs)[0]
    projected = projections(inputs, kernel)

    def body(step: Any, hidden: Any, cell: Any, *written: Any) -> tuple[Any, ...]:
        recurrent = times(hidden, recurrent_kernel)
        z = tf.cast(projected[step], hidden.dtype) + bias + tf.cast(recurrent, hidden.dtype)
        z_i, z_f, z_g, z_o = tf.split(z, 4, axis=-1)
        i, f, g, o = tf.sigmoid(z_i), tf.sigmoid(z_f), tf.tanh(z_g), tf.sigmoid(z_o)
        new_cell = f * cell + i * g
        new_hidden = o * tf.tanh(new_cell)
        if keep is not None:
            new_cell = cell + keep[step] * (new_cell - cell)
            new_hidden = hidden + keep[step] * (new_hidden - hidden)
        values = (new_hidden, new_cell, tf.concat([i, f, g, o], axis=-1))[:kept]
        return (
            step + 1,
            new_hidden,
            new_cell,
            *(array.write(step, value) for array, value in zip(written, values, strict=True)),
        )

    arrays = tuple(tf.TensorArray(hidden.dtype, size=steps) for _ in range(kept))
    outcome = tf.while_loop(lambda step, *_: step < steps, body, (0, hidden, cell, *arrays))
    stacked = [array.stack() for array in outcome[3:]]
    for tensor, units in zip(stacked, (hidden.shape[-1], hidden.shape[-1], projected.shape[-1])[:kept], strict=True):
        tensor.set_shape((inputs.shape[0], inputs.shape[1], units))
    return tuple(stacked), outcome[2]


def _backward(
    saved: tuple[Any, ...], hidden_gradients: Any, last_hidden_gradient: Any, last_cell_gradient: Any
) -> tuple[Any, ...]:
    """Gradients of the inputs, the two kernels, the bias and the two initial states."""
    hiddens, cells, gates, keep, inputs, kernel, recurrent_kernel, first_hidden, first_cell = saved
    steps = tf.shape(gates)[0]
    previous_cells = before(cells, first_cell)
    transposed = tf.transpose(recurrent_kernel)

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
        gate_gradients = tf.cast(gate_gradients, transposed.dtype)
        new_hidden_gradient = tf.cast(tf.matmul(gate_gradients, transposed), gates.dtype)
        new_cell_gradient = through_cell * f
        if keep is not None:  # a masked step hands its gradients on untouched
            new_hidden_gradient += total - into_hidden
            new_cell_gradient += cell_gradient - into_cell
        return back + 1, new_hidden_gradient, new_cell_gradient, written.write(step, gate_gradients)

    array = tf.TensorArray(transposed.dtype, size=steps)
    _, first_hidden_gradient, first_cell_gradient, array = tf.while_loop(
        lambda back, *_: back < steps, body, (0, last_hidden_gradient, last_cell_gradient, array)
    )
    gate_gradients = array.stack()
    return (
        *projection_gradients(inputs, kernel, gate_gradients, gates.dtype),
        kernel_gradient(before(hiddens, first_hidden), gate_gradients, gates.dtype),
        bias_gradient(gate_gradients, gates.dtype),
        first_hidden_gradient,
        first_cell_gradient,
    )


# --- what all recurrences share ---------------------------------------------------------------------------------------


def rounded(factor: Any, rounded_to: str | None) -> Any:
    """A factor of products; in a loop it is rounded before it."""
    return factor if rounded_to is None else tf.cast(factor, rounded_to)


def projections(inputs: Any, kernel: Any) -> Any:
    """x W of all steps as one product, still rounded: (time, batch, features) -> (time, batch, m)."""
    time, batch, _ = tf.unstack(tf.shape(inputs))
    projected = times(rows(inputs), kernel)
    return tf.reshape(projected, (time, batch, projected.shape[-1]))


def times(one: Any, kernel: Any) -> Any:
    """The product of (n, k) and a kernel as `rounded` or `rounded_kernel` give it, as it comes from the processor."""
    if isinstance(kernel, IntegerKernel):
        return integer_product(one, kernel)
    return tf.matmul(tf.cast(one, kernel.dtype), kernel)


def projection_gradients(inputs: Any, kernel: Any, gradients: Any, dtype: Any) -> tuple[Any, Any]:
    """Of x and of W, from those of x W (time, batch, m)."""
    of_inputs = tf.matmul(rows(gradients), kernel, transpose_b=True)
    return tf.cast(tf.reshape(of_inputs, tf.shape(inputs)), dtype), kernel_gradient(inputs, gradients, dtype)


def kernel_gradient(factors: Any, gradients: Any, dtype: Any) -> Any:
    """Of a kernel that multiplied `factors` (time, batch, n), from the products' gradients (time, batch, m): (n, m)."""
    return tf.cast(tf.matmul(rows(tf.cast(factors, gradients.dtype)), rows(gradients), transpose_a=True), dtype)


def bias_gradient(gradients: Any, dtype: Any) -> Any:
    """(time, batch, m) -> (m,)"""
    return tf.reduce_sum(tf.cast(gradients, dtype), axis=(0, 1))


def before(states: Any, first: Any) -> Any:
    """The state that each step began with, (time, batch, units), from those after each step and the first one."""
    return tf.concat([first[tf.newaxis], states[:-1]], axis=0)


def rows(tensor: Any) -> Any:
    """(time, batch, n) -> (time x batch, n)"""
    return tf.reshape(tensor, (-1, tensor.shape[-1]))
