"""What a search writes down at each step, time axis first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def write_step(record: Any, step: Any, tensor: Any) -> Any:
    """The record (time, ...) with `tensor` (...) at time `step`, which is inside it."""
    tensor = ops.reshape(tensor, ops.shape(record)[1:])
    return ops.scatter_update(record, ops.reshape(step, (1, 1)), ops.expand_dims(tensor, 0))


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
