"""Beam arithmetic: length normalisation, the best continuations of a step, and following hypotheses back in time.

A beam has `beams` places a row. Flat tensors hold place p of row r at r * beams + p. What is impossible has a
log-probability of minus infinity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

IMPOSSIBLE = float("-inf")
WU_OFFSET = 5.0  # of Wu et al. 2016, eq. 14

# Values are searched by blocks of so many where there are at least so many blocks to each that is looked into.
_BLOCK = 100
_BLOCKS_PER_CHOICE = 4


def lesser(one: Any, other: Any) -> Any:
    """The lesser of two numbers: an int if both are, so that shapes stay known, else a tensor."""
    if isinstance(one, int) and isinstance(other, int):
        return min(one, other)
    return ops.minimum(one, other)


def length_penalty_of(lengths: Any, alpha: Any, offset: Any = WU_OFFSET) -> Any:
    """What a log-probability is divided by: lp(Y) = ((offset + |Y|) / (offset + 1))^alpha, float32.

    Offset 5 is Wu et al. 2016, eq. 14; offset 0 is |Y|^alpha; any other one is Sockeye's (Hieber et al. 2017).
    `lengths`, of any shape, count the end as one id. alpha 0 gives 1 everywhere; |Y| = 1 gives 1 for every alpha.
    """
    offset = ops.cast(offset, "float32")
    return ops.power((offset + ops.cast(lengths, "float32")) / (offset + 1.0), ops.cast(alpha, "float32"))


def best_continuations(
    totals: Any, log_probs: Any, count: Any, forbidden_ids: Sequence[int] = ()
) -> tuple[Any, Any, Any]:
    """The `count` best ways to lengthen the hypotheses of each row by one id, best first.

    Each place first names its own best ids and only those are added up and compared, so the large tensor is read once
    and never written. Equal ones: the lower place goes first, and within a place the lower id.

    Args:
        totals: (rows, places), log-probabilities of the hypotheses so far.
        log_probs: (rows, places, vocabulary), of the next id.
        count: how many, an int or a scalar tensor; where fewer exist, impossible ones fill up.
        forbidden_ids: ids that never continue anything.

    Returns:
        log-probabilities, places of origin and ids: (rows, count) each, float32 and twice int32.
    """
    _, places, vocabulary_size = ops.shape(log_probs)
    width = lesser(vocabulary_size, count + len(forbidden_ids))
    values, ids = top_of_blocks(log_probs, width)
    for forbidden_id in forbidden_ids:
        values = ops.where(ids == forbidden_id, IMPOSSIBLE, values)
    values = ops.reshape(ops.expand_dims(totals, -1) + values, (-1, places * width))
    ids = ops.reshape(ids, (-1, places * width))
    found = lesser(count, places * width)
    values, chosen = ops.top_k(values, found)
    chosen = ops.cast(chosen, "int32")
    ids = ops.take_along_axis(ids, chosen, axis=1)
    return filled_up(values, chosen // width, ids, count - found)


def top_of_blocks(values: Any, count: Any) -> tuple[Any, Any]:
    """The `count` greatest values of a long last axis and their int32 places, as `ops.top_k`, its plain twin.

    `count` is an int or a scalar tensor. Equal ones: the lower place goes first. Whatever is among the greatest is in
    one of the `count` blocks whose own greatest values are greatest, since each of these has something before it; and
    finding one greatest value is faster than keeping several.
    `benchmarks/translation_ways.py` measures searches as a whole.
    """
    *leading, size = ops.shape(values)
    least = count if isinstance(count, int) else 1
    if not isinstance(size, int) or size < _BLOCK * _BLOCKS_PER_CHOICE * least:
        best, places = ops.top_k(values, count)
        return best, ops.cast(places, "int32")
    padding = -size % _BLOCK
    if padding:
        values = ops.pad(values, [(0, 0)] * len(leading) + [(0, padding)], constant_values=IMPOSSIBLE)
    number = (size + padding) // _BLOCK
    blocks = ops.reshape(values, (-1, number, _BLOCK))
    within = lesser(count, number)
    _, chosen = ops.top_k(ops.max(blocks, axis=-1), within)
    chosen = ops.sort(ops.cast(chosen, "int32"), axis=-1)  # so that equal values stay in the order of their places
    # `take_along_axis` would transpose all values to get at a few blocks of them.
    found = ops.take(ops.reshape(blocks, (-1, _BLOCK)), flat_places(chosen, number), axis=0)
    best, places = ops.top_k(ops.reshape(found, (-1, within * _BLOCK)), count)
    places = ops.cast(places, "int32")
    places = ops.take_along_axis(chosen, places // _BLOCK, axis=-1) * _BLOCK + places % _BLOCK
    return ops.reshape(best, (*leading, count)), ops.reshape(places, (*leading, count))


def filled_up(values: Any, origins: Any, ids: Any, missing: Any) -> tuple[Any, Any, Any]:
    """The continuations (rows, n) with `missing` impossible ones after them, an int or a scalar tensor."""
    if isinstance(missing, int) and not missing:
        return values, origins, ids
    rows = ops.shape(values)[0]
    nothing = ops.zeros((rows, missing), dtype="int32")
    values = ops.concatenate([values, ops.full((rows, missing), IMPOSSIBLE, dtype="float32")], axis=1)
    return values, ops.concatenate([origins, nothing], axis=1), ops.concatenate([ids, nothing], axis=1)


def log_probs_at(log_probs: Any, places: Any, ids: Any) -> Any:
    """`log_probs` (rows, places, vocabulary) of some ids after some places, both (rows, n): (rows, n)."""
    _, all_places, vocabulary_size = ops.shape(log_probs)
    flat = ops.reshape(log_probs, (-1, all_places * vocabulary_size))
    return ops.take_along_axis(flat, places * vocabulary_size + ids, axis=1)


def flat_places(places: Any, beams: Any) -> Any:
    """Places (rows, n) of each row as indices of the flat axis (rows * n,).

    With beams 3: [[2, 0], [1, 1]] -> [2, 0, 4, 4]
    """
    firsts = ops.expand_dims(ops.arange(ops.shape(places)[0], dtype="int32") * beams, -1)
    return ops.reshape(firsts + places, (-1,))


def follow_back(origins: Any, lengths: Any, places: Any, steps: Any) -> Any:
    """The place that each hypothesis had at each step, from the place it ended in.

    origins [[[0, 0]], [[1, 0]], [[0, 1]]], length 3, last place 0 -> places 1, 0, 0: at step 2 it came from place 0,
    which at step 1 had come from place 1.

    Args:
        origins: (time, rows, beams) int32; what is in place p of row r at step t was in `origins[t, r, p]` before.
        lengths: (rows, n) int32; a hypothesis was lengthened at the steps 0 .. length - 1.
        places: (rows, n) int32, of each hypothesis at its last step.
        steps: how many steps there were, at least the longest length.

    Returns:
        (time, rows, n) int32; the last place again where t >= length.
    """
    time, _, beams = ops.shape(origins)
    paths = ops.zeros((time, *ops.shape(places)), dtype="int32") + places

    def go_back(step: Any, places: Any, paths: Any) -> tuple[Any, Any, Any]:
        paths = ops.scatter_update(paths, ops.reshape(step, (1, 1)), ops.expand_dims(places, 0))
        before = ops.reshape(
            ops.take(ops.reshape(ops.take(origins, step, axis=0), (-1,)), flat_places(places, beams)), ops.shape(places)
        )
        return step - 1, ops.where(step < lengths, before, places), paths

    first = ops.cast(steps, "int32") - 1
    return ops.while_loop(lambda step, *_: step >= 0, go_back, (first, places, paths))[2]
