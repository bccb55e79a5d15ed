"""Scheduled sampling: a decoder that reads some of its own predictions in training (Bengio et al. 2015)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from keras import ops

from seq2seq.decoding import greedy_search
from seq2seq.decoding.drawing import drawing, reading
from seq2seq.ops.compiled import INT_MATRIX, compiled
from seq2seq.special_ids import BEGIN_ID, END_ID, PAD_ID
from seq2seq.training.objectives.objective import batch_generator

Decay = Callable[[int], float]

STREAM = 1  # of `batch_generator`


class ScheduledSampling:
    """Replaces reference ids that the decoder reads by ids that it predicts itself, one more often than the other.

    At update i each id that would be read stays with probability e_i, which falls from 1; otherwise the decoder reads
    what it draws from its own prediction for that place, given all that it has read so far, its own draws included. A
    coin is tossed for each id, not for each sentence. The labels stay what they are, and no gradient flows through the
    draws, so that drawing first and then training on what was read is the algorithm of the paper.

    Two differences: the draws are made by the model as it translates, without dropout; and the end is never drawn,
    because no search reads anything after it.

    Args:
        model: with `start(source_ids)` and `stepper()`.
        decay: i -> e_i.
        seed: with the number of the batch it decides every draw.
    """

    def __init__(self, model: Any, decay: Decay, seed: int) -> None:
        self.model = model
        self.decay = decay
        self.seed = seed

    def mix(self, inputs: dict[str, Any], *, step: int, batch: int) -> dict[str, Any]:
        """The inputs of a batch with some of the `target_ids` replaced, at the update number `step`, from 1."""
        target_ids = np.asarray(inputs["target_ids"])
        share = self.decay(step)
        if share >= 1.0 or target_ids.shape[1] < 2:
            return inputs
        generator = batch_generator(self.seed, STREAM, batch)
        kept = generator.random(target_ids.shape) < share
        kept[:, 0] = True  # the begin
        uniforms = generator.random(target_ids.shape, dtype=np.float32)
        drawn = np.zeros_like(target_ids)
        found = ops.convert_to_numpy(self._draw(np.asarray(inputs["source_ids"]), target_ids, kept, uniforms))
        drawn[:, 1 : 1 + found.shape[1]] = found
        return {**inputs, "target_ids": np.where(kept | (target_ids == PAD_ID), target_ids, drawn)}

    @cached_property
    def _draw(self) -> Callable[..., Any]:
        def draw(source_ids: Any, target_ids: Any, kept: Any, uniforms: Any) -> Any:
            """What would be read after each id: (rows, at most target_time - 1) int32, padded."""
            step, state = reading(self.model.stepper(), self.model.start(source_ids), target_ids, kept)
            step, state = drawing(step, state, uniforms, (PAD_ID, BEGIN_ID, END_ID))
            found = greedy_search(
                step,
                state,
                rows=ops.shape(source_ids)[0],
                begin_id=BEGIN_ID,
                end_id=END_ID,
                pad_id=PAD_ID,
                maximum_steps=ops.sum(ops.cast(target_ids != PAD_ID, "int32"), axis=1) - 1,
                length_penalty=0.0,
            )
            return found.ids[:, 0]

        return compiled(draw, [INT_MATRIX, INT_MATRIX, ((None, None), "bool"), ((None, None), "float32")])


def linear(start: float, slope: float, minimum: float) -> Decay:
    """e_i = max(minimum, start - slope x i); k and c of the paper are `start` and `slope`."""
    return lambda step: max(minimum, start - slope * step)


def exponential(base: float) -> Decay:
    """e_i = k^i with k = `base` below 1."""
    return lambda step: base**step


def inverse_sigmoid(scale: float) -> Decay:
    """e_i = k / (k + exp(i / k)) with k = `scale`, at least 1; a half at i = k ln k."""
    return lambda step: scale / (scale + math.exp(min(step / scale, 700.0)))  # beyond it a float overflows
