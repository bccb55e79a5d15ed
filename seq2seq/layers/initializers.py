"""Initialisers by name, and the one that Keras lacks."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("seq2seq")
class ForgetBias(keras.initializers.Initializer):
    """Zeros, but `value` on the forget gate of an LSTM's bias (4 x units, gates in Keras' order i, f, g, o).

    Keras' `unit_forget_bias` knows 1 alone; Jozefowicz et al. 2015 (section 5) and Gers et al. 2000 use 1 to 5.

    value 1, units 2: [0, 0, 1, 1, 0, 0, 0, 0]
    """

    def __init__(self, value: float = 1.0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        units = shape[0] // 4
        bias = ops.zeros(shape, dtype=dtype)
        return ops.slice_update(bias, (units,), ops.full((units,), self.value, dtype=bias.dtype))

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


@keras.saving.register_keras_serializable("seq2seq")
class GateIdentity(keras.initializers.Initializer):
    """An identity for each gate of a recurrent kernel (units, gates x units) (Le et al. 2015, for one gate).

    units 2, two gates: [[1, 0, 1, 0], [0, 1, 0, 1]]
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        units, width = shape
        return ops.tile(ops.eye(units, dtype=dtype), (1, width // units))

    def get_config(self) -> dict[str, Any]:
        return {}


def build_initializer(name: str, uniform_range: float) -> keras.initializers.Initializer:
    """The initialiser called `name`; `uniform` draws from [-uniform_range, uniform_range] (Luong et al. 2015: 0.1)."""
    if name == "uniform":
        return keras.initializers.RandomUniform(-uniform_range, uniform_range)
    if name == "identity":
        return GateIdentity()
    return keras.initializers.get(name)
