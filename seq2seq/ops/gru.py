"""The GRU recurrence with a gradient of its own, for TensorFlow without cuDNN.

Its plain twin is Keras' own loop, `keras.layers.GRU(use_cudnn=False)`. As in `ops.lstm`, all input projections are one
product before the loop and the gradient of the recurrent kernel is one product after it. Forward and backward through 64 x 15 steps of 256 and of 512 units
take 0.84 of the processor time of Keras' loop (medians of 20 and 10 alternating runs, 0.75 to 0.95, one thread of
a busy AMD EPYC).
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seq2seq.ops.lstm import kernel_product, rounded


def gru_recurrence(
    projected: Any,
    recurrent_kernel: Any,
    recurrent_bias: Any,
    mask: Any,
    initial_hidden: Any,
    rounded_to: str | None = None,
) -> Any:
    """Runs a GRU over inputs that are projected already (Cho et al. 2014; the reset after the product, as in cuDNN).

        u = h_{t-1} U + b;  z, r = sigmoid(x_z + u_z), sigmoid(x_r + u_r);  n = tanh(x_n + r u_n)
        h_t = z h_{t-1} + (1 - z) n;  where the mask is False, h stands still

    Args:
        projected: x W + b_x, (time, batch, 3 x units), in Keras' order z, r, n.
        recurrent_kernel: U, (units, 3 x units).
        recurrent_bias: b, (3 x units,).
        mask: (time, batch) booleans, or None if all positions are real.
        initial_hidden: (batch, units).
        rounded_to: the factors of all products, as in `product`.

    Returns:
        h of all steps (time, batch, units).
    """
    keep = None if mask is None else tf.cast(mask, projected.dtype)[:, :, tf.newaxis]

    @tf.custom_gradient
    def recurrence(projected: Any, kernel: Any, bias: Any, first_hidden: Any) -> Any:
        hidden, gates, recurrent = _forward(projected, rounded(kernel, rounded_to), bias, keep, first_hidden)

        def gradient(hidden_gradients: Any) -> Any:
            saved = hidden, gates, recurrent, keep, rounded(kernel, rounded_to), first_hidden
            return _backward(saved, hidden_gradients)

        return hidden, gradient

    weights = (tf.convert_to_tensor(weight) for weight in (recurrent_kernel, recurrent_bias))
    return recurrence(projected, *weights, initial_hidden)


def _forward(projected: Any, kernel: Any, bias: Any, keep: Any, hidden: Any) -> tuple[Any, Any, Any]:
    """Of all steps: h (time, batch, units), the activated gates z, r, n (time, batch, 3 x units), and u_n."""
    steps = tf.shape(projected)[0]

    def body(step: Any, hidden: Any, *written: Any) -> tuple[Any, ...]:
        x_z, x_r, x_n = tf.split(projected[step], 3, axis=-1)
        u_z, u_r, u_n = tf.split(kernel_product(hidden, kernel) + bias, 3, axis=-1)
        z, r = tf.sigmoid(x_z + u_z), tf.sigmoid(x_r + u_r)
        n = tf.tanh(x_n + r * u_n)
        new_hidden = n + z * (hidden - n)
        if keep is not None:
            new_hidden = hidden + keep[step] * (new_hidden - hidden)
        values = (new_hidden, tf.concat([z, r, n], axis=-1), u_n)
        return step + 1, new_hidden, *(array.write(step, value) for array, value in zip(written, values, strict=True))

    arrays = tuple(tf.TensorArray(projected.dtype, size=steps) for _ in range(3))
    outcome = tf.while_loop(lambda step, *_: step < steps, body, (0, hidden, *arrays))
    stacked = [array.stack() for array in outcome[2:]]
    for tensor, units in zip(stacked, (hidden.shape[-1], projected.shape[-1], hidden.shape[-1]), strict=True):
        tensor.set_shape((projected.shape[0], projected.shape[1], units))
    return tuple(stacked)


def _backward(saved: tuple[Any, ...], hidden_gradients: Any) -> tuple[Any, Any, Any, Any]:
    """Gradients of `projected`, the recurrent kernel and bias, and the initial state."""
    hidden, gates, recurrent, keep, kernel, first_hidden = saved
    steps = tf.shape(gates)[0]
    previous = tf.concat([first_hidden[tf.newaxis], hidden[:-1]], axis=0)

    transposed = tf.transpose(kernel)

    def body(back: Any, hidden_gradient: Any, of_projected: Any, of_recurrent: Any) -> tuple[Any, ...]:
        step = steps - 1 - back
        z, r, n = tf.split(gates[step], 3, axis=-1)
        total = hidden_gradient + hidden_gradients[step]
        into_hidden = total if keep is None else total * keep[step]
        update = into_hidden * (previous[step] - n) * z * (1.0 - z)
        candidate = into_hidden * (1.0 - z) * (1.0 - n * n)
        reset = candidate * recurrent[step] * r * (1.0 - r)
        # Of u, before the reset; rounded once, for the two products that read it.
        inner = tf.cast(tf.concat([update, reset, candidate * r], axis=-1), kernel.dtype)
        new_hidden_gradient = into_hidden * z + tf.cast(tf.matmul(inner, transposed), z.dtype)
        if keep is not None:  # a masked step hands its gradient on untouched
            new_hidden_gradient += total - into_hidden
        outer = tf.concat([update, reset, candidate], axis=-1)
        return back + 1, new_hidden_gradient, of_projected.write(step, outer), of_recurrent.write(step, inner)

    arrays = tf.TensorArray(gates.dtype, size=steps), tf.TensorArray(kernel.dtype, size=steps)
    start = (0, tf.zeros_like(first_hidden), *arrays)
    _, first_hidden_gradient, *arrays = tf.while_loop(lambda back, *_: back < steps, body, start)
    projected_gradients, inner = (array.stack() for array in arrays)
    rows = tf.cast(tf.reshape(previous, (-1, kernel.shape[0])), kernel.dtype)
    kernel_gradient = tf.matmul(rows, tf.reshape(inner, (-1, kernel.shape[1])), transpose_a=True)
    bias_gradient = tf.reduce_sum(tf.cast(inner, gates.dtype), axis=(0, 1))
    return projected_gradients, tf.cast(kernel_gradient, gates.dtype), bias_gradient, first_hidden_gradient
