"""Slow, obvious recurrent cells in NumPy float64: the oracles of the layers."""

from __future__ import annotations

import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def lstm_step(x, states, kernel, recurrent, bias):
    """Gates i, f, g, o as Keras lays them out."""
    h, c = states
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(c), c]


def gru_step(x, states, kernel, recurrent, bias):
    """Gates z, r, candidate, with the reset after the product (Keras' default, cuDNN's form)."""
    (h,) = states
    x_z, x_r, x_h = np.split(x @ kernel + bias[0], 3, axis=-1)
    h_z, h_r, h_h = np.split(h @ recurrent + bias[1], 3, axis=-1)
    z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
    return [z * h + (1 - z) * np.tanh(x_h + r * h_h)]


def simple_rnn_step(x, states, kernel, recurrent, bias):
    return [np.tanh(x @ kernel + states[0] @ recurrent + bias)]


STEPS = {"lstm": lstm_step, "gru": gru_step, "simple_rnn": simple_rnn_step}


def run(kind, x, lengths, weights, states, backward=False):
    """Outputs (batch, time, units), zeros on padding, and final states, row by row and step by step."""
    units = weights[1].shape[0]
    outputs = np.zeros((*x.shape[:2], units))
    finals = [np.array(state, dtype="float64") for state in states]
    for row, length in enumerate(lengths):
        state = [s[row] for s in finals]
        for t in reversed(range(length)) if backward else range(length):
            state = STEPS[kind](x[row, t], state, *weights)
            outputs[row, t] = state[0]
        for s, value in zip(finals, state, strict=True):
            s[row] = value
    return outputs, finals
