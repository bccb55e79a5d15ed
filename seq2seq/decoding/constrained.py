"""Constrained beam search: how required phrases get into hypotheses that would not hold them by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

from seq2seq.decoding.beam import Choose
from seq2seq.decoding.phrases import RequiredPhrases
from seq2seq.ops.beam import IMPOSSIBLE, filled_up, lesser


def constrained(
    required: RequiredPhrases, name: str, beams: int, maximum_steps: Any, forbidden_ids: Sequence[int]
) -> Choose:
    """Dynamic beam allocation (Post & Vilar 2018): places are shared among hypotheses by how much they still need.

    Besides its best ids, each hypothesis is also continued by those that carry a required phrase on. Continuations
    that need equally many ids more, to get all phrases in, are a bank; places go to the banks in turn, from the one
    that needs least: first to the best of each, then to the second of each, and so on (as Hu et al. 2019 order them),
    so that what one bank cannot use falls to the others. A continuation that needs more ids than its row has left is
    impossible; as long as the row's maximum is at least what its phrases take together, some hypothesis remains.

    Where we differ: phrases are found in the text that ids make, in any segmentation, and a phrase that is there
    counts, whether or not it was forced.

    Args:
        required: the filter of the step.
        name: its name among the filters.
        maximum_steps: (rows,) int32.
    """

    def choose(index: Any, totals: Any, log_probs: Any, open_places: Any, state: Any) -> tuple[Any, Any, Any]:
        _, places, vocabulary_size = ops.shape(log_probs)
        followed = state["filters"][name]
        values, ids = ops.top_k(log_probs, lesser(vocabulary_size, beams + len(forbidden_ids)))
        ids = ops.cast(ids, "int32")
        wanted = ops.reshape(required.next_ids(followed), (-1, places, ops.shape(followed["met"])[1]))
        wanted_values = ops.where(_new(wanted, ids), ops.take_along_axis(log_probs, wanted, axis=2), IMPOSSIBLE)
        ids = ops.concatenate([ids, wanted], axis=2)
        values = ops.expand_dims(totals, -1) + ops.concatenate([values, wanted_values], axis=2)
        for forbidden_id in forbidden_ids:
            values = ops.where(ids == forbidden_id, IMPOSSIBLE, values)

        ways = ops.shape(ids)[2]
        count = places * ways
        need = ops.reshape(required.need_after(ops.reshape(ids, (-1, ways)), followed), (-1, count))
        left = ops.expand_dims(maximum_steps - index - 1, -1)
        values = ops.where(need <= left, ops.reshape(values, (-1, count)), IMPOSSIBLE)
        found = lesser(beams, count)
        chosen = in_turns(values, need, found)
        values, ids = (ops.take_along_axis(one, chosen, axis=1) for one in (values, ops.reshape(ids, (-1, count))))
        values, origins, ids = filled_up(values, chosen // ways, ids, beams - found)
        return ops.where(ops.arange(beams, dtype="int32") < open_places, values, IMPOSSIBLE), origins, ids

    return choose


def _new(wanted: Any, ids: Any) -> Any:
    """Which of `wanted` (rows, places, n) are real ids, not among `ids` and not earlier in `wanted`: booleans."""
    known = ops.any(ops.expand_dims(wanted, -1) == ops.expand_dims(ids, -2), axis=-1)
    numbers = ops.arange(ops.shape(wanted)[2], dtype="int32")
    earlier = ops.expand_dims(numbers, 0) < ops.expand_dims(numbers, 1)
    repeated = ops.any((ops.expand_dims(wanted, -1) == ops.expand_dims(wanted, -2)) & earlier, axis=-1)
    return (wanted > 0) & ~known & ~repeated


def in_turns(values: Any, banks: Any, count: Any) -> Any:
    """The places of `count` values (rows, n): the best of each bank, the lowest bank first, then the second of each ...

    Values -1, -2, -3, -4 of banks 2, 2, 0, 2 -> places 2, 0, 1, 3. Impossible values come last.
    """
    size = ops.shape(values)[1]
    by_value = ops.cast(ops.top_k(values, size)[1], "int32")
    values, banks = (ops.take_along_axis(one, by_value, axis=1) for one in (values, banks))
    count_of_banks = ops.max(banks) + 1
    members = ops.expand_dims(banks, -1) == ops.arange(count_of_banks, dtype="int32")
    so_far = ops.cumsum(ops.cast(members, "int32"), axis=1)
    turn = ops.take_along_axis(so_far, ops.expand_dims(banks, -1), axis=2)[:, :, 0]
    order = turn * count_of_banks + banks
    order = ops.where(values > IMPOSSIBLE, order, 2**30)
    return ops.take_along_axis(by_value, ops.cast(ops.top_k(-order, count)[1], "int32"), axis=1)
