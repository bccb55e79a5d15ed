"""Greedy search: the likeliest id at each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import keras
from keras import ops

from seq2seq.decoding.hypotheses import Hypotheses
from seq2seq.decoding.record import chosen_extras, empty_record, hide_after, steps_of, write_step
from seq2seq.decoding.rows import Rows, search_all
from seq2seq.decoding.state import Step, join_memory, like, split_memory
from seq2seq.ops.beam import IMPOSSIBLE, WU_OFFSET, best_continuations, length_penalty_of


class _Found(NamedTuple):
    """What a row has come to."""

    ids: Any  # (rows,) int32, the last one; pad where the row was done before
    log_probs: Any  # (rows,), of all ids so far
    active: Any  # (rows,) booleans, whether the row goes on


class _Record(NamedTuple):
    """What happened at each step."""

    ids: Any  # (time, rows) int32
    log_probs: Any  # (time, rows), of all ids so far
    extras: dict[str, Any]  # (time, rows, ...)


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
    leave_out: bool = False,
) -> Hypotheses:
    """As `beam_search` with one beam, and the same result, without what only several beams need.

    The step searches by the model's own log-probabilities: OWN and BONUS are for `beam_search`.
    """
    maximum_steps = ops.maximum(ops.cast(maximum_steps, "int32"), 1)
    state, memories = split_memory(state)

    def ask(ids: Any, state: Any, memories: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
        """The best next ids (rows,), their log-probabilities, the new state and the extras that are collected."""
        log_probs, state, extras = step(ids, join_memory(state, memories))
        zeros = ops.zeros_like(log_probs[:, :1])
        best, _, ids = best_continuations(zeros, ops.expand_dims(log_probs, 1), 1, (pad_id, begin_id))
        return ids[:, 0], best[:, 0], split_memory(state)[0], chosen_extras(extras, collect)

    def settle(index: Any, ids: Any, best: Any, maximum_steps: Any, before: _Found) -> _Found:
        """What remains of a step's choice: a row that is done keeps what it has."""
        log_probs = ops.where(before.active, before.log_probs + best, before.log_probs)
        ids = ops.where(before.active, ids, pad_id)
        goes_on = before.active & (ids != end_id) & (best > IMPOSSIBLE) & (index + 1 < maximum_steps)
        return _Found(ids, log_probs, goes_on)

    # The first step stands before the loop: it tells the shapes of what is collected.
    begins = ops.full((rows,), begin_id, dtype="int32")
    ids, best, state, extras = ask(begins, state, memories)
    found = settle(0, ids, best, maximum_steps, _Found(begins, ops.zeros_like(best), maximum_steps > 0))
    written = _Record(found.ids, found.log_probs, extras)
    record = keras.tree.map_structure(partial(empty_record, ops.max(maximum_steps)), written)
    numbers = ops.arange(rows, dtype="int32")
    record = write_step(record._replace(ids=record.ids + pad_id), 0, numbers, written)

    def loop(index: Any, searched: Rows, record: _Record, go_on: Callable[[Any], Any]) -> tuple[Any, Rows, _Record]:
        def advance(index: Any, found: _Found, state: Any, record: _Record) -> tuple[Any, ...]:
            ids, best, new_state, extras = ask(found.ids, state, searched.memories)
            found = settle(index, ids, best, searched.fixed, found)
            written = _Record(found.ids, found.log_probs, extras)
            return index + 1, found, like(new_state, state), write_step(record, index, searched.numbers, written)

        start = (index, searched.found, searched.state, record)
        index, found, state, record = ops.while_loop(lambda _, found, *__: go_on(found.active), advance, start)
        return index, searched._replace(found=found, state=state), record

    _, found, record = search_all(
        loop,
        ops.convert_to_tensor(1, "int32"),
        Rows(numbers, maximum_steps, found, state, memories),
        record,
        active_of=lambda found: found.active,
        beams=1,
        leave_out=leave_out,
    )

    def divisor(lengths: Any) -> Any:
        alpha, offset = (
            ops.reshape(ops.cast(one, "float32"), (-1, 1)) for one in (length_penalty, length_penalty_offset)
        )
        return length_penalty_of(lengths, alpha, offset)

    return _hypotheses(record, found.log_probs, end_id, pad_id, divisor)


def _hypotheses(record: _Record, log_probs: Any, end_id: int, pad_id: int, divisor: Any) -> Hypotheses:
    ids = ops.expand_dims(ops.transpose(record.ids), 1)
    token_log_probs = steps_of(ops.expand_dims(ops.transpose(record.log_probs), 1))
    log_probs = ops.expand_dims(log_probs, 1)
    # A step without any possible id is a dead end: that row has no hypothesis at all.
    lengths = ops.where(log_probs > IMPOSSIBLE, ops.sum(ops.cast(ids != pad_id, "int32"), axis=-1), 0)
    longest = ops.max(lengths)
    ids = hide_after(lengths, ids[:, :, :longest], pad_id)
    extras = {}
    for name, tensor in record.extras.items():
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
