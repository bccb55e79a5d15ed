"""How the weights lie in an export: as they are, rounded to 16 bits, or the large matrices as 8-bit integers.

The arithmetic is float32 in every case: a stored weight is cast before the loop over steps that reads it, once for each
block of texts that go through the model together.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

# Matrices below this size stay float32 with int8: together they are a few per cent of a model, and their scales and
# rounding would cost more than the bytes are worth.
LARGE_MATRIX = 4096
INT8_LIMIT = 127  # symmetric: -128 is not used, so that a weight and its negative are stored alike


class StoredWeights(tf.Module):
    """The weights of a Keras model in their stored form, and the model's calculation with them.

    int8 is weight-only, q = round(w / s), with one scale s = max |w| / 127 for each output channel: for each row of an
    embedding (vocabulary, units), which is what a look-up returns and what one logit is made of, and for each column of
    every other kernel (inputs, outputs).

    Args:
        model: a built `keras.Model` in float32; its own variables are read now and never again.
        storage: one of `storages.STORAGES`.
    """

    def __init__(self, model: keras.Model, storage: str) -> None:
        super().__init__(name="weights")
        self.tensors: dict[str, tf.Variable] = {}
        weights = {variable.path: np.asarray(variable.numpy()) for variable in model.weights}
        for path, value in weights.items():
            self._store(path, value, storage)
        # A function keeps the model out of what TensorFlow tracks and saves.
        self._pairs = lambda: [(variable, self.read(variable.path)) for variable in model.weights]

    def _store(self, path: str, value: np.ndarray, storage: str) -> None:
        if storage == "int8" and is_large_matrix(value):
            integers, scale = quantized(value, axis=channel_axis(path))
            self.tensors[path] = tf.Variable(integers, trainable=False)
            self.tensors[f"{path}:scale"] = tf.Variable(scale, trainable=False)
        else:
            dtype = "float32" if storage == "int8" else storage
            self.tensors[path] = tf.Variable(tf.cast(value, dtype), trainable=False)

    def read(self, path: str) -> tf.Tensor:
        """One weight, float32, as the graph computes with it."""
        value = tf.cast(self.tensors[path], "float32")
        scale = self.tensors.get(f"{path}:scale")
        return value if scale is None else value * scale

    def in_use(self) -> AbstractContextManager[Any]:
        """Within it the model computes with the stored weights instead of its variables."""
        return keras.StatelessScope(state_mapping=self._pairs())

    def write_into(self, model: keras.Model) -> None:
        """Sets a model of the same shape to the stored weights, rounded as they are."""
        for variable in model.weights:
            variable.assign(self.read(variable.path))

    @property
    def bytes(self) -> int:
        """What the weights take."""
        return sum(tensor.dtype.size * int(np.prod(tensor.shape)) for tensor in self.tensors.values())


def is_large_matrix(value: np.ndarray) -> bool:
    return value.ndim == 2 and value.size >= LARGE_MATRIX


def channel_axis(path: str) -> int:
    """The axis along which a matrix has one scale for each place: rows of embeddings, columns of kernels."""
    return 0 if path.endswith("embeddings") else 1


def quantized(matrix: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """int8 integers of the matrix's shape, and float32 scales that broadcast to it; integers * scales is near it.

    axis 1: [[254, 1], [-127, 0]] -> [[127, 127], [-64, 0]], [[2, 1 / 127]]
    """
    scale = np.max(np.abs(matrix), axis=1 - axis, keepdims=True).astype("float32") / INT8_LIMIT
    scale = np.where(scale == 0, np.float32(1.0), scale)
    return np.rint(matrix / scale).astype("int8"), scale
