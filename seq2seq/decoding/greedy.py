"""Greedy search: the likeliest id at each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

from seq2seq.decoding.hypotheses import Hypotheses
from seq2seq.decoding.record import chosen_extras, empty_record, hide_after, steps_of, write_step
from seq2seq.decoding.state import Step, join_memory, like, split_memory
from seq2seq.ops.beam import IMPOSSIBLE, WU_OFFSET, best_continuations, length_penalty_of


def greedy_search(
    step: Step,
    state: Any,
    *,
    rows: Any,
    begin_id: int,
    end_id: int,
    pad_id: int,
    maximum_steps: Any,
    length_penalty: Any,
    length_penalty_offset: Any = WU_OFFSET,
    collect: Sequence[str] = (),
) -> Hypotheses:
    """As `beam_search` with one beam, and the same result, without what only several beams need.

    The step searches by the model's own log-probabilities: OWN and BONUS are for `beam_search`.
    """
    maximum_steps = ops.maximum(ops.cast(maximum_steps, "int32"), 1)
    state, memory = split_memory(state)

    def ask(ids: Any, state: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
        """The best next ids (rows,), their log-probabilities, the new state and the extras that are collected."""
        log_probs, state, extras = step(ids, join_memory(state, memory))
        zeros = ops.zeros_like(log_probs[:, :1])
        best, _, ids = best_continuations(zeros, ops.expand_dims(log_probs, 1), 1, (pad_id, begin_id))
        return ids[:, 0], best[:, 0], split_memory(state)[0], chosen_extras(extras, collect)

    def settle(index: Any, ids: Any, best: Any, active: Any, log_probs: Any) -> tuple[Any, Any, Any]:
        """What remains of a step's choice: a row that is done keeps what it has."""
        log_probs = ops.where(active, log_probs + best, log_probs)
        ids = ops.where(active, ids, pad_id)
        goes_on = active & (ids != end_id) & (best > IMPOSSIBLE) & (index + 1 < maximum_steps)
        return ids, log_probs, goes_on

    # The first step stands before the loop: it tells the shapes of what is collected.
    active = maximum_steps > 0
    ids, best, state, extras = ask(ops.full((rows,), begin_id, dtype="int32"), state)
    ids, log_probs, goes_on = settle(0, ids, best, active, ops.zeros_like(best))
    time = ops.max(maximum_steps)
    written = {"ids": ids, "log_probs": log_probs, "extras": extras}
    record = {"ids": empty_record(time, ids) + pad_id, "log_probs": empty_record(time, log_probs)}
    record["extras"] = {name: empty_record(time, tensor) for name, tensor in extras.items()}

    def write(record: dict[str, Any], index: Any, written: dict[str, Any]) -> dict[str, Any]:
        return {
            "ids": write_step(record["ids"], index, written["ids"]),
            "log_probs": write_step(record["log_probs"], index, written["log_probs"]),
            "extras": {name: write_step(record["extras"][name], index, written["extras"][name]) for name in collect},
        }

    def advance(index: Any, ids: Any, log_probs: Any, active: Any, state: Any, record: Any) -> tuple[Any, ...]:
        ids, best, new_state, extras = ask(ids, state)
        ids, log_probs, goes_on = settle(index, ids, best, active, log_probs)
        record = write(record, index, {"ids": ids, "log_probs": log_probs, "extras": extras})
        return index + 1, ids, log_probs, goes_on, like(new_state, state), record

    start = (ops.convert_to_tensor(1, "int32"), ids, log_probs, goes_on, state, write(record, 0, written))
    outcome = ops.while_loop(lambda index, ids, log_probs, active, *_: ops.any(active), advance, start)
    log_probs, record = outcome[2], outcome[5]

    def divisor(lengths: Any) -> Any:
        alpha, offset = (
            ops.reshape(ops.cast(one, "float32"), (-1, 1)) for one in (length_penalty, length_penalty_offset)
        )
        return length_penalty_of(lengths, alpha, offset)

    return _hypotheses(record, log_probs, end_id, pad_id, divisor)


def _hypotheses(record: dict[str, Any], log_probs: Any, end_id: int, pad_id: int, divisor: Any) -> Hypotheses:
    ids = ops.expand_dims(ops.transpose(record["ids"]), 1)
    token_log_probs = steps_of(ops.expand_dims(ops.transpose(record["log_probs"]), 1))
    log_probs = ops.expand_dims(log_probs, 1)
    # A step without any possible id is a dead end: that row has no hypothesis at all.
    lengths = ops.where(log_probs > IMPOSSIBLE, ops.sum(ops.cast(ids != pad_id, "int32"), axis=-1), 0)
    longest = ops.max(lengths)
    ids = hide_after(lengths, ids[:, :, :longest], pad_id)
    extras = {}
    for name, tensor in record["extras"].items():
        by_row = ops.expand_dims(ops.swapaxes(tensor, 0, 1), 1)
        extras[name] = hide_after(lengths, by_row[:, :, :longest], 0)
    return Hypotheses(
        ids=ids,
        lengths=lengths,
        log_probs=log_probs,
        scores=log_probs / divisor(lengths),
        finished=ops.any(ids == end_id, axis=-1),
        token_log_probs=hide_after(lengths, token_log_probs[:, :, :longest], 0),
        extras=extras,
    )
