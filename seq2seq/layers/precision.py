"""The precision in which products alone are rounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

from seq2seq.ops.products import INT8

BFLOAT16_PRODUCTS = "bfloat16_products"
# Of inference alone.
INT8_PRODUCTS = "int8_products"
_ROUNDINGS = {BFLOAT16_PRODUCTS: "bfloat16", INT8_PRODUCTS: INT8}


@keras.saving.register_keras_serializable("seq2seq")
class ProductPolicy(keras.DTypePolicy):
    """float32 in all but the large matrix products of our layers, whose factors are rounded, to bfloat16 or int8.

    Keras' `mixed_bfloat16` rounds whatever a layer computes. A CPU gains from bfloat16 in products alone and loses in
    everything else, and sums over time, softmax and loss want float32 anyway.

    Of a layer that is loaded Keras keeps the name of the policy alone, so it computes in float32; our recurrent layers
    and models compute as they did.

    Args:
        name: as of any policy.
        rounding: "bfloat16", or "int8", which cannot be trained in.
    """

    def __init__(self, name: str = "float32", rounding: str = "bfloat16") -> None:
        super().__init__(name)
        self.rounding = rounding

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rounding": self.rounding}

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and self.rounding == other.rounding

    def __hash__(self) -> int:
        return hash((self.name, self.rounding))

    def __repr__(self) -> str:
        return f"<ProductPolicy {self.name!r} of {self.rounding} products>"


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """What is built within computes in a precision as `training.precision` names it, or in `INT8_PRODUCTS`."""
    previous, rounding = keras.config.dtype_policy(), _ROUNDINGS.get(precision)
    keras.config.set_dtype_policy(precision if rounding is None else ProductPolicy(rounding=rounding))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(previous)


def rounding_of(layer: keras.layers.Layer) -> str | None:
    """What the factors of a layer's products are rounded to; None for a layer of any other precision."""
    return layer.dtype_policy.rounding if isinstance(layer.dtype_policy, ProductPolicy) else None


def rounded_once(model: keras.Model) -> dict[int, Any]:
    """A model's kernels as its products want them, for `ops.products.products_of`; none where they are not rounded.

    None of integers either: each product has those of its own as constants.
    """
    rounding = rounding_of(model)
    if rounding in (None, INT8):
        return {}
    return {id(weight): ops.cast(weight, rounding) for weight in model.weights if len(weight.shape) == 2}
