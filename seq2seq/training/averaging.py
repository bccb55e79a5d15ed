"""The mean of the weights of several checkpoints (Vaswani et al. 2017, 6.1; Junczys-Dowmunt et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from seq2seq.training.checkpoints import Checkpoint
from seq2seq.training.state import load_weights


def average_weights(model: keras.Model, checkpoints: Sequence[Checkpoint]) -> None:
    """Leaves the mean of the checkpoints' weights in `model`, summed in float64 so that equal ones stay equal.

    Raises:
        CheckpointError: if one is corrupt or another model's.
    """
    sums: list[np.ndarray] = []
    for checkpoint in checkpoints:
        checkpoint.verify()
        load_weights(model, checkpoint.path)
        values = [keras.ops.convert_to_numpy(variable.value).astype(np.float64) for variable in model.weights]
        sums = [total + value for total, value in zip(sums, values, strict=True)] if sums else values
    for variable, total in zip(model.weights, sums, strict=True):
        variable.assign((total / len(checkpoints)).astype(np.float32))
