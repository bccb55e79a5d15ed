"""A function as one graph for arrays of all sizes, where the backend has graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import keras
import numpy as np
from keras import ops

INT_MATRIX, INT_VECTOR = ((None, None), "int32"), ((None,), "int32")


def compiled(function: Callable[..., Any], signature: Any) -> Callable[..., Any]:
    """The function as one TensorFlow graph with arguments of this signature; on the other backends, step by step.

    A signature is a list, for each argument a (shape, type), or a list or dictionary of such. Nothing of it is
    differentiated from outside.
    """
    backend = keras.config.backend()
    if backend != "tensorflow":
        return _eager(function, _uncompiled if backend == "jax" else _without_gradient)
    import tensorflow as tf

    # No AutoGraph: the loops are graph loops already, and it would wrap what is raised within them, signals included.
    return tf.function(function, input_signature=_specs(signature), autograph=False)


def compiled_step(step: Callable[[Any], Any]) -> Callable[[Iterable[Any]], Any]:
    """A step of Keras' loop as what Keras keeps for a `train_function`, for TensorFlow.

    Keras' own compiles the first batch for its sizes alone and only later ones for all sizes. Where sizes are known
    TensorFlow adds some sums up in another order, so that a training which goes on would not arrive at the bits of the
    one that never stopped. Here every batch of like parts takes one graph; it is also compiled once instead of twice.

    Args:
        step: `Model.train_step` or `Model.test_step`, of (inputs, labels) or (inputs, labels, weights).

    Returns:
        iterable of such -> what the step gives for the next one; StopIteration tells Keras that there is none.
    """
    graphs: dict[str, Callable[[Any], Any]] = {}

    def function(batches: Iterable[Any]) -> Any:
        parts = list(next(iter(batches)))
        while parts[-1] is None:  # Keras writes None for weights that there are none of
            parts.pop()
        signature = signature_of(parts)
        graph = graphs.setdefault(str(signature), compiled(lambda *parts: step(parts), signature))
        return graph(*parts)

    return function


def signature_of(inputs: Any) -> Any:
    """Of an array, or of a list or a dictionary of such, whatever their sizes."""
    if isinstance(inputs, Mapping):
        return {name: signature_of(part) for name, part in inputs.items()}
    if isinstance(inputs, list):
        return [signature_of(part) for part in inputs]
    return (None,) * np.ndim(inputs), str(np.asarray(inputs).dtype)


def _eager(function: Callable[..., Any], context: Callable[[], AbstractContextManager[Any]]) -> Callable[..., Any]:
    """The function of arrays, for one of tensors, run in a context."""

    def run(*arguments: Any) -> Any:
        with context():
            return function(*keras.tree.map_structure(ops.convert_to_tensor, arguments))

    return run


def _uncompiled() -> AbstractContextManager[Any]:
    """Of JAX: it would compile the loop over steps anew for each batch, which takes longer than the steps."""
    import jax

    return jax.disable_jit()


def _without_gradient() -> AbstractContextManager[Any]:
    """Of PyTorch: it would keep what every step computed."""
    import torch

    return torch.no_grad()


def _specs(signature: Any) -> Any:
    import tensorflow as tf

    if isinstance(signature, list):
        return [_specs(part) for part in signature]
    if isinstance(signature, dict):
        return {name: _specs(part) for name, part in signature.items()}
    return tf.TensorSpec(*signature)
