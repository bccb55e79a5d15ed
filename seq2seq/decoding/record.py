"""What a search writes down at each step, time axis first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops


def chosen_extras(extras: Mapping[str, Any], collect: Sequence[str]) -> dict[str, Any]:
    """Those of a step's extras that are asked for; a KeyError names one that the step does not give."""
    for name in collect:
        if name not in extras:
            raise KeyError(f"the step gives no extra {name!r} — it gives {sorted(extras)} — ask for one of these")
    return {name: extras[name] for name in collect}


def empty_record(time: Any, tensor: Any) -> Any:
    """Zeros (time, *shape of the tensor), of the tensor's type."""
    return ops.zeros((time, *ops.shape(tensor)), dtype=tensor.dtype)


def write_step(record: Any, step: Any, rows: Any, written: Any) -> Any:
    """The record, tensors (time, rows, ...), with `written`, tensors (n, ...), at time `step` of the rows (n,)."""
    places = ops.stack([ops.zeros_like(rows) + ops.cast(step, "int32"), rows], axis=-1)
    return keras.tree.map_structure(
        lambda tensors, tensor: ops.scatter_update(tensors, places, ops.reshape(tensor, (-1, *ops.shape(tensors)[2:]))),
        record,
        written,
    )


def steps_of(totals: Any) -> Any:
    """What each step added to running totals (rows, n, time): [[[-1, -3, -3.5]]] -> [[[-1, -2, -0.5]]]"""
    return totals - ops.concatenate([ops.zeros_like(totals[:, :, :1]), totals[:, :, :-1]], axis=-1)


def hide_after(lengths: Any, values: Any, filler: Any) -> Any:
    """`values` (rows, n, time, ...) with `filler` from each hypothesis' length (rows, n) on."""
    time = ops.shape(values)[2]
    real = ops.arange(time, dtype="int32") < ops.expand_dims(lengths, -1)
    for _ in range(len(values.shape) - 3):
        real = ops.expand_dims(real, -1)
    return ops.where(real, values, ops.cast(filler, values.dtype))
