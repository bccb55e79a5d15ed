"""Steps made of steps that draw: ids by chance instead of the likeliest, over the same search.

What is drawn is a function of uniform numbers that the caller gives, so that who knows the numbers can draw again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

from seq2seq.decoding.state import Step
from seq2seq.ops.beam import IMPOSSIBLE


def draw_ids(log_probs: Any, uniforms: Any, excluded: Sequence[int] = ()) -> Any:
    """One id (rows,) int32 of each row, with its probability among those that are not `excluded`.

    By inversion: the first id at which the cumulative probability exceeds the row's uniform number.
    Probabilities 0.5, 0.2, 0.3 and the number 0.6 -> id 1

    Args:
        log_probs: (rows, vocabulary).
        uniforms: (rows,) float32, at least 0 and below 1.
        excluded: ids that are never drawn.
    """
    vocabulary_size = log_probs.shape[-1]
    possible = ops.ones((vocabulary_size,), dtype="float32")
    for id_ in excluded:
        possible = possible * (1.0 - ops.one_hot(id_, vocabulary_size, dtype="float32"))
    cumulative = ops.cumsum(ops.exp(log_probs) * possible, axis=-1)
    passed = cumulative <= ops.expand_dims(uniforms, -1) * cumulative[:, -1:]
    return ops.minimum(ops.sum(ops.cast(passed, "int32"), axis=-1), vocabulary_size - 1)


def drawing(step: Step, state: Any, uniforms: Any, excluded: Sequence[int] = ()) -> tuple[Step, Any]:
    """A step that leaves one id possible, drawn from the step's own distribution, and its first state.

    Greedy search over it is ancestral sampling, and its log-probabilities are those of the model.

    Args:
        step, state: of the model.
        uniforms: (rows, time) float32 in [0, 1), a number for each id.
        excluded: ids that are never drawn; padding and begin must be among them, which no search chooses.
    """

    def draw(ids: Any, state: Any) -> tuple[Any, Any, dict[str, Any]]:
        log_probs, inner, extras = step(ids, state["inner"])
        drawn = draw_ids(log_probs, _at(uniforms, state["time"]), excluded)
        chosen = ops.one_hot(drawn, log_probs.shape[-1], dtype="bool")
        log_probs = ops.where(chosen, log_probs, ops.cast(IMPOSSIBLE, log_probs.dtype))
        return log_probs, {"inner": inner, "time": state["time"] + 1}, extras

    return draw, _timed(state, uniforms)


def reading(step: Step, state: Any, given_ids: Any, given: Any) -> tuple[Step, Any]:
    """A step that reads `given_ids` wherever `given` is True, instead of what was chosen before; and its first state.

    Args:
        step, state: of the model.
        given_ids: (rows, time) int32, the begin first.
        given: (rows, time) booleans.
    """

    def read(ids: Any, state: Any) -> tuple[Any, Any, dict[str, Any]]:
        time = state["time"]
        ids = ops.where(_at(given, time), _at(given_ids, time), ids)
        log_probs, inner, extras = step(ids, state["inner"])
        return log_probs, {"inner": inner, "time": time + 1}, extras

    return read, _timed(state, given_ids)


def _timed(state: Any, numbers: Any) -> dict[str, Any]:
    return {"inner": state, "time": ops.zeros((ops.shape(numbers)[0],), dtype="int32")}


def _at(numbers: Any, time: Any) -> Any:
    """What (rows, time) holds at each row's time (rows,)."""
    return ops.take_along_axis(numbers, ops.expand_dims(time, -1), axis=1)[:, 0]
