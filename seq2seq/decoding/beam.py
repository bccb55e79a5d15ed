"""Beam search, as one loop in the graph, for any step function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import keras
from keras import ops

from seq2seq.decoding.hypotheses import Hypotheses
from seq2seq.decoding.pool import Pool, add_to_pool, empty_pool, with_bonus
from seq2seq.decoding.record import chosen_extras, empty_record, hide_after, steps_of, write_step
from seq2seq.decoding.rows import Rows, search_all
from seq2seq.decoding.state import (
    BONUS,
    OWN,
    Step,
    join_memory,
    like,
    repeat_memory,
    repeat_rows,
    split_memory,
    take_rows,
)
from seq2seq.ops.beam import (
    IMPOSSIBLE,
    WU_OFFSET,
    best_continuations,
    flat_places,
    follow_back,
    length_penalty_of,
    log_probs_at,
)

# How continuations are chosen: (index of the step, totals (rows, places), log_probs (rows, places, vocabulary), open
# places (rows, 1), the step's new state) -> totals, origins and ids (rows, beams), impossible past the open places.
Choose = Callable[[Any, Any, Any, Any, Any], tuple[Any, Any, Any]]


class _Limits(NamedTuple):
    """What each row may do, and how its hypotheses are ranked."""

    maximum_steps: Any  # (rows,) int32
    places: Any  # (rows,) int32, those that may be open
    greatest_divisor: Any  # (rows,), of a hypothesis at the maximum
    penalty: dict[str, Any]  # arguments of `length_penalty_of` that each row has its own of, (rows, 1)


class _Beam(NamedTuple):
    """The places of each row: live hypotheses. A closed one has total minus infinity."""

    ids: Any  # (rows, beams) int32, the last id of each
    totals: Any  # (rows, beams), sums of what the step gave
    apart: dict[str, Any]  # OWN and BONUS (rows, beams), as far as the step gives them
    closed: Any  # (rows,) int32, places whose hypothesis has finished
    active: Any  # (rows,) booleans, whether the row goes on


class _Given(NamedTuple):
    """What a step gave, by row and place."""

    log_probs: Any  # (rows, places, vocabulary)
    apart: dict[str, Any]  # OWN (rows, places, vocabulary) and BONUS (rows, places), as far as there are such
    state: Any  # of (rows * places, ...)


class _Record(NamedTuple):
    """What happened at each step, to follow hypotheses back."""

    ids: Any  # (time, rows, beams) int32
    log_probs: Any  # (time, rows, beams), of the hypothesis up to this id
    origins: Any  # (time, rows, beams) int32, the place at the step before
    extras: dict[str, Any]  # (time, rows, beams, ...), by the place at the step before


def beam_search(
    step: Step,
    state: Any,
    *,
    rows: Any,
    beams: Any,
    begin_id: int,
    end_id: int,
    pad_id: int,
    maximum_steps: Any,
    length_penalty: Any,
    length_penalty_offset: Any = WU_OFFSET,
    n_best: Any = 1,
    row_beams: Any = None,
    collect: Sequence[str] = (),
    choose: Choose | None = None,
    leave_out: bool = False,
) -> Hypotheses:
    """The likeliest sequences of ids from `begin_id` to `end_id`, after length normalisation.

    A row has `beams` places, each for one live or one finished hypothesis. A step lengthens every live hypothesis by
    every id; of all these, the best by log-probability take the places that are open, unless `choose` says otherwise.
    Those that end with `end_id` are set aside and close their place, so with one beam this is greedy search. Pad and
    begin are never generated.

    Hypotheses are ranked by score(Y) = log p(Y) / lp(Y), lp(Y) = ((offset + |Y|) / (offset + 1))^length_penalty, where
    |Y| counts the end (Wu et al. 2016, eq. 14, with offset 5). Equal ones: the one found first, then the lower id.

    A row stops at its maximum, when all places are closed, or as soon as no live hypothesis can come among its
    `n_best`: log-probabilities only fall and lp grows with length, so the most that a live hypothesis with
    log-probability l can reach is l / lp(maximum). A row that has stopped is frozen, or left out, whatever its
    companions do.

    A step may search by other values than the model's: what it gives as log_probs, at most 0, is what is summed up and
    compared, and its extras tell the rest. Under OWN it gives the model's own (rows * beams, vocabulary), whose sums
    `log_probs` and `token_log_probs` of the result are; under BONUS what is added to the score of a hypothesis that
    stops with the next id, (rows * beams,), at most 0. Without them nothing of this is computed.

    Args:
        step: (ids (rows * beams,), state) -> log_probs (rows * beams, vocabulary) float32, state, extras; the latter a
            dictionary of tensors (rows * beams, ...). Place p of row r is at r * beams + p. The first call is with
            (rows,), before hypotheses part.
        state: for the first call; nested structure of tensors (rows, ...). It is repeated for the beams and re-ordered
            with its hypotheses at each step, except what any dictionary in it has under the keys `memory` and `source`:
            that belongs to the row and is handed to each step as it was, whatever the step returns for it, the former
            repeated once, the latter (rows, ...) throughout.
        rows: their number, an int or a scalar tensor.
        beams: places a row, at least 1; an int, or a scalar tensor where one graph must serve all widths.
        begin_id, end_id, pad_id: of the target side.
        maximum_steps: (rows,) int, the most ids of each row, the end counted; less than 1 counts as 1.
        length_penalty: alpha, at least 0; a float, a scalar tensor, or (rows,), one for each row.
        n_best: hypotheses a row to return, from 1 to `beams`; an int or a scalar tensor.
        row_beams: (rows,) int, from 1 to `beams`: how many of its places each row uses, as if it were searched with
            that many beams; None for all.
        length_penalty_offset: as the penalty.
        collect: names of the extras to return for each hypothesis.
        choose: how continuations are chosen; None for the best ones.
        leave_out: whether steps may leave out rows that have stopped, where graphs can. Then nothing that belongs to a
            row may be in `step` or `choose` and not in the state.

    Returns:
        `Hypotheses`, n_best of each row.
    """
    if isinstance(n_best, int) and isinstance(beams, int) and not 1 <= n_best <= beams:
        raise ValueError(f"n_best must be from 1 to the number of beams — given {n_best} with {beams} beams")
    maximum_steps = ops.maximum(ops.cast(maximum_steps, "int32"), 1)
    penalty = {"alpha": length_penalty, "offset": length_penalty_offset}
    penalty = {name: ops.cast(number, "float32") for name, number in penalty.items()}
    # A number for all stays one: a power of many is rounded by each one's place among them.
    by_row = {name: ops.expand_dims(numbers, -1) for name, numbers in penalty.items() if len(numbers.shape)}

    def divisor(lengths: Any, by_row: dict[str, Any]) -> Any:
        """What log-probabilities of hypotheses of these lengths are divided by, shaped to divide (rows, n)."""
        return length_penalty_of(lengths, **{**penalty, **by_row})

    limits = _Limits(
        maximum_steps,
        ops.zeros_like(maximum_steps) + ops.cast(beams if row_beams is None else row_beams, "int32"),
        divisor(ops.expand_dims(maximum_steps, -1), by_row)[:, 0],
        by_row,
    )

    def best(index: Any, totals: Any, log_probs: Any, open_places: Any, state: Any) -> tuple[Any, Any, Any]:
        totals, origins, ids = best_continuations(totals, log_probs, beams, (pad_id, begin_id))
        return ops.where(ops.arange(beams, dtype="int32") < open_places, totals, IMPOSSIBLE), origins, ids

    choose = choose or best
    state, memories = split_memory(state)

    def lengthen(index: Any, given: _Given, limits: _Limits, beam: _Beam, pool: Pool) -> tuple[_Beam, Pool, Any, Any]:
        """The beam and the pool after step `index`; of what was chosen, log-probabilities and origins (rows, beams)."""
        open_places = ops.expand_dims(ops.where(beam.active, limits.places - beam.closed, 0), -1)
        chosen, origins, ids = choose(index, beam.totals, given.log_probs, open_places, given.state)
        apart = _apart(beam, given, chosen, origins, ids)
        ends = (ids == end_id) & (chosen > IMPOSSIBLE)
        pool = add_to_pool(
            pool, ops.where(ends, chosen, IMPOSSIBLE), apart, index + 1, divisor(index + 1, limits.penalty)
        )
        closed = beam.closed + ops.sum(ops.cast(ends, "int32"), axis=-1)
        frozen = ops.expand_dims(~beam.active, -1)
        totals = ops.where(frozen, beam.totals, ops.where(ends, IMPOSSIBLE, chosen))
        kept = {name: ops.where(frozen, beam.apart[name], tensor) for name, tensor in apart.items()}
        attainable = ops.max(totals, axis=-1) / limits.greatest_divisor
        active = beam.active & (index + 1 < limits.maximum_steps) & (attainable > pool.scores[:, -1])
        return _Beam(ids, totals, kept, closed, active), pool, apart.get(OWN, chosen), origins

    # The first step has one hypothesis a row; its outputs tell the shapes of all that the loop carries.
    log_probs, state, extras = step(ops.full((rows,), begin_id, dtype="int32"), join_memory(state, memories))
    given = _by_place(log_probs, extras, join_memory(split_memory(state)[0], memories), 1)
    beam = _Beam(
        ids=ops.full((rows, 1), begin_id, dtype="int32"),
        totals=ops.zeros((rows, 1), dtype="float32"),
        apart={name: ops.zeros((rows, 1), dtype="float32") for name in given.apart},
        closed=ops.zeros((rows,), dtype="int32"),
        active=ops.ones((rows,), dtype="bool"),
    )
    beam, pool, chosen, origins = lengthen(0, given, limits, beam, empty_pool(rows, n_best))
    state, extras = repeat_rows((split_memory(state)[0], chosen_extras(extras, collect)), beams)
    written = _Record(beam.ids, chosen, origins, _parted(extras, beams))
    record = keras.tree.map_structure(partial(empty_record, ops.max(maximum_steps)), written)
    numbers = ops.arange(rows, dtype="int32")
    record = write_step(record, 0, numbers, written)

    def loop(index: Any, searched: Rows, record: _Record, go_on: Callable[[Any], Any]) -> tuple[Any, Rows, _Record]:
        def advance(index: Any, found: tuple[_Beam, Pool], state: Any, record: _Record) -> tuple[Any, ...]:
            beam, pool = found
            log_probs, new_state, extras = step(ops.reshape(beam.ids, (-1,)), join_memory(state, searched.memories))
            given = _by_place(log_probs, extras, join_memory(split_memory(new_state)[0], searched.memories), beams)
            new_beam, pool, chosen, origins = lengthen(index, given, searched.fixed, beam, pool)
            new_state = like(take_rows(split_memory(new_state)[0], flat_places(origins, beams)), state)
            written = _Record(new_beam.ids, chosen, origins, _parted(chosen_extras(extras, collect), beams))
            record = write_step(record, index, searched.numbers, written)
            return index + 1, (like(new_beam, beam), pool), new_state, record

        start = (index, searched.found, searched.state, record)
        index, found, state, record = ops.while_loop(lambda _, found, *__: go_on(found[0].active), advance, start)
        return index, searched._replace(found=found, state=state), record

    everything = Rows(numbers, limits, (beam, pool), state, repeat_memory(memories, beams))
    first = ops.convert_to_tensor(1, "int32")
    steps, (beam, pool), record = search_all(
        loop, first, everything, record, active_of=lambda found: found[0].active, beams=beams, leave_out=leave_out
    )
    return _hypotheses(steps, beam, pool, record, limits, pad_id)


def _by_place(log_probs: Any, extras: dict[str, Any], state: Any, places: Any) -> _Given:
    """What a step gave for (rows * places), by row and place."""
    apart = {name: extras[name] for name in (OWN, BONUS) if name in extras}
    return _Given(_parted(log_probs, places), _parted(apart, places), state)


def _parted(structure: Any, places: Any) -> Any:
    """Every tensor (rows * places, ...) as (rows, places, ...)."""
    return keras.tree.map_structure(lambda tensor: ops.reshape(tensor, (-1, places, *ops.shape(tensor)[1:])), structure)


def _apart(beam: _Beam, given: _Given, chosen: Any, origins: Any, ids: Any) -> dict[str, Any]:
    """OWN and BONUS of the hypotheses that were chosen, as far as the step gives them."""
    apart = {}
    if OWN in given.apart:
        own = ops.take_along_axis(beam.apart[OWN], origins, axis=1) + log_probs_at(given.apart[OWN], origins, ids)
        apart[OWN] = ops.where(chosen > IMPOSSIBLE, own, IMPOSSIBLE)
    if BONUS in given.apart:
        apart[BONUS] = ops.take_along_axis(given.apart[BONUS], origins, axis=1)
    return apart


def _hypotheses(
    steps: Any,
    beam: _Beam,
    pool: Pool,
    record: _Record,
    limits: _Limits,
    pad_id: int,
) -> Hypotheses:
    """The finished hypotheses, then those cut at the maximum, with the ids and extras that the record tells of them."""
    n_best, beams = ops.shape(pool.scores)[1], ops.shape(beam.totals)[1]
    # A row with a live hypothesis and an incomplete pool has run to its maximum, so this is the length of what is cut.
    cut_scores = with_bonus(beam.totals / ops.expand_dims(limits.greatest_divisor, -1), beam.apart)
    cut_scores, cut_places = ops.top_k(cut_scores, n_best)
    cut_log_probs = ops.take_along_axis(beam.apart.get(OWN, beam.totals), cut_places, axis=1)
    cut_lengths = ops.zeros_like(cut_places) + ops.expand_dims(limits.maximum_steps, -1)
    slots = ops.arange(n_best, dtype="int32")
    complete = ops.sum(ops.cast(pool.scores > IMPOSSIBLE, "int32"), axis=-1, keepdims=True)
    finished = slots < complete
    chosen = ops.where(finished, slots, n_best + slots - complete)

    def choose(old: Any, new: Any) -> Any:
        return ops.take_along_axis(ops.concatenate([old, ops.cast(new, old.dtype)], axis=1), chosen, axis=1)

    scores = choose(pool.scores, cut_scores)
    log_probs = choose(pool.log_probs, cut_log_probs)
    places = choose(pool.places, cut_places)
    lengths = ops.where(scores > IMPOSSIBLE, choose(pool.lengths, cut_lengths), 0)

    longest = ops.max(lengths)
    paths = follow_back(record.origins, lengths, places, steps)[:longest]

    def along(tensors: Any, paths: Any, filler: Any) -> Any:
        """(rows, n, time, ...) of what is recorded as (time, rows, beams, ...), at the places of `paths`."""
        kept = tensors[:longest]
        shape = ops.shape(kept)[3:]
        flat = ops.reshape(kept, (-1, *shape))
        found = ops.take(flat, flat_places(ops.reshape(paths, (-1, n_best)), beams), axis=0)
        found = ops.reshape(found, (longest, ops.shape(lengths)[0], n_best, *shape))
        return hide_after(lengths, ops.moveaxis(found, 0, 2), filler)

    extras = {}
    if record.extras:
        before = ops.transpose(along(record.origins, paths, 0), (2, 0, 1))
        extras = {name: along(tensors, before, 0) for name, tensors in record.extras.items()}
    token_log_probs = steps_of(along(record.log_probs, paths, 0))
    return Hypotheses(
        ids=along(record.ids, paths, pad_id),
        lengths=lengths,
        log_probs=log_probs,
        scores=scores,
        finished=finished,
        token_log_probs=hide_after(lengths, token_log_probs, 0),
        extras=extras,
    )
