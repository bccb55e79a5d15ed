"""The GRU recurrence with a gradient of its own, for TensorFlow without cuDNN.

Its plain twin is Keras' own loop, `keras.layers.GRU(use_cudnn=False)`. What is done once for all steps, and what in the
loops, is as in `ops.lstm`.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seq2seq.ops.integers import rounded_kernel
from seq2seq.ops.lstm import before, bias_gradient, kernel_gradient, projection_gradients, projections, rounded, times
from seq2seq.ops.products import INT8


def gru_recurrence(
    inputs: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    recurrent_bias: Any,
    mask: Any,
    initial_hidden: Any,
    rounded_to: str | None = None,
) -> Any:
    """Runs a GRU (Cho et al. 2014; the reset after the product, as in cuDNN; gates in Keras' order z, r, n).

        x = x_t W + b;  u = h_{t-1} U + b_u;  z, r = sigmoid(x_z + u_z), sigmoid(x_r + u_r);  n = tanh(x_n + r u_n)
        h_t = z h_{t-1} + (1 - z) n;  where the mask is False, h stands still

    Args:
        inputs: (time, batch, features).
        kernel, recurrent_kernel: W (features, 3 x units) and U (units, 3 x units).
        bias, recurrent_bias: b and b_u, (3 x units,) each.
        mask: (time, batch) booleans, or None if all positions are real.
        initial_hidden: (batch, units).
        rounded_to: the factors of all products, as in `product`.

    Returns:
        h of all steps (time, batch, units).
    """
    keep = None if mask is None else tf.cast(mask, inputs.dtype)[:, :, tf.newaxis]
    if rounded_to == INT8:
        kernels = rounded_kernel(kernel), rounded_kernel(recurrent_kernel)
        return _forward(inputs, *kernels, bias, recurrent_bias, keep, initial_hidden, kept=1)[0]

    @tf.custom_gradient
    def recurrence(inputs: Any, kernel: Any, recurrent_kernel: Any, *others: Any) -> Any:
        *biases, first_hidden = others
        factors = tuple(rounded(factor, rounded_to) for factor in (inputs, kernel, recurrent_kernel))
        hidden, gates, recurrent = _forward(*factors, *biases, keep, first_hidden)

        def gradient(hidden_gradients: Any) -> Any:
            return _backward((hidden, gates, recurrent, keep, *factors, first_hidden), hidden_gradients)

        return hidden, gradient

    weights = (tf.convert_to_tensor(weight) for weight in (kernel, recurrent_kernel, bias, recurrent_bias))
    return recurrence(inputs, *weights, initial_hidden)


def _forward(
    inputs: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    recurrent_bias: Any,
    keep: Any,
    hidden: Any,
    kept: int = 3,
) -> tuple[Any, ...]:
    """Of all steps: h (time, batch, units), the activated gates z, r, n (time, batch, 3 x units), and u_n.

    Without a gradient the first `kept` of the three are enough.
    """
    steps = tf.shape(inputs)[0]
    projected = projections(inputs, kernel)

    def body(step: Any, hidden: Any, *written: Any) -> tuple[Any, ...]:
        recurrent = times(hidden, recurrent_kernel)
        x_z, x_r, x_n = tf.split(tf.cast(projected[step], hidden.dtype) + bias, 3, axis=-1)
        u_z, u_r, u_n = tf.split(tf.cast(recurrent, hidden.dtype) + recurrent_bias, 3, axis=-1)
        z, r = tf.sigmoid(x_z + u_z), tf.sigmoid(x_r + u_r)
        n = tf.tanh(x_n + r * u_n)
        new_hidden = n + z * (hidden - n)
        if keep is not None:
            new_hidden = hidden + keep[step] * (new_hidden - hidden)
        values = (new_hidden, tf.concat([z, r, n], axis=-1), u_n)[:kept]
        return step + 1, new_hidden, *(array.write(step, value) for array, value in zip(written, values, strict=True))

    arrays = tuple(tf.TensorArray(hidden.dtype, size=steps) for _ in range(kept))
    outcome = tf.while_loop(lambda step, *_: step < steps, body, (0, hidden, *arrays))
    stacked = [array.stack() for array in outcome[2:]]
    for tensor, units in zip(stacked, (hidden.shape[-1], projected.shape[-1], hidden.shape[-1])[:kept], strict=True):
        tensor.set_shape((inputs.shape[0], inputs.shape[1], units))
    return tuple(stacked)


def _backward(saved: tuple[Any, ...], hidden_gradients: Any) -> tuple[Any, ...]:
    """Gradients of the inputs, the two kernels, the two biases and the initial state."""
    hidden, gates, recurrent, keep, inputs, kernel, recurrent_kernel, first_hidden = saved
    steps = tf.shape(gates)[0]
    previous = before(hidden, first_hidden)
    transposed = tf.transpose(recurrent_kernel)

    def body(back: Any, hidden_gradient: Any, of_projected: Any, of_recurrent: Any) -> tuple[Any, ...]:
        step = steps - 1 - back
        z, r, n = tf.split(gates[step], 3, axis=-1)
        total = hidden_gradient + hidden_gradients[step]
        into_hidden = total if keep is None else total * keep[step]
        update = into_hidden * (previous[step] - n) * z * (1.0 - z)
        candidate = into_hidden * (1.0 - z) * (1.0 - n * n)
        reset = candidate * recurrent[step] * r * (1.0 - r)
        outer = tf.cast(tf.concat([update, reset, candidate], axis=-1), transposed.dtype)
        inner = tf.cast(tf.concat([update, reset, candidate * r], axis=-1), transposed.dtype)  # of u, before the reset
        new_hidden_gradient = into_hidden * z + tf.cast(tf.matmul(inner, transposed), z.dtype)
        if keep is not None:  # a masked step hands its gradient on untouched
            new_hidden_gradient += total - into_hidden
        return back + 1, new_hidden_gradient, of_projected.write(step, outer), of_recurrent.write(step, inner)

    arrays = tuple(tf.TensorArray(transposed.dtype, size=steps) for _ in range(2))
    start = (0, tf.zeros_like(first_hidden), *arrays)
    _, first_hidden_gradient, *arrays = tf.while_loop(lambda back, *_: back < steps, body, start)
    outer, inner = (array.stack() for array in arrays)
    return (
        *projection_gradients(inputs, kernel, outer, gates.dtype),
        kernel_gradient(previous, inner, gates.dtype),
        bias_gradient(outer, gates.dtype),
        bias_gradient(inner, gates.dtype),
        first_hidden_gradient,
    )
