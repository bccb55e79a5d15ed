"""Rows that are searched several times over: groups of beams that differ, and samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

from seq2seq.decoding.beam import Choose
from seq2seq.decoding.hypotheses import Hypotheses
from seq2seq.ops.beam import IMPOSSIBLE, best_continuations, log_probs_at


def diverse(groups: int, beams: int, strength: Any, forbidden_ids: Sequence[int]) -> Choose:
    """How the groups of a row choose: one after the other, away from what the ones before have chosen at this step.

    Diverse beam search (Vijayakumar et al. 2016, eq. 4) with Hamming diversity: group g compares its continuations by
    log p - strength * (how many hypotheses of the groups before g have just been lengthened by this id). The penalty
    decides which continuations are chosen; their totals stay without it. The first group is a search of its own.

    Args:
        groups: rows of the search are groups of rows: group g of row r is at r * groups + g.
        beams: of each group.
    """

    def choose(index: Any, totals: Any, log_probs: Any, open_places: Any, state: Any) -> tuple[Any, Any, Any]:
        _, places, vocabulary_size = ops.shape(log_probs)
        totals = ops.reshape(totals, (-1, groups, places))
        log_probs = ops.reshape(log_probs, (-1, groups, places, vocabulary_size))
        open_places = ops.reshape(open_places, (-1, groups, 1))
        written = ops.zeros_like(log_probs[:, 0, 0])
        chosen = []
        for group in range(groups):
            penalty = ops.expand_dims(strength * written, 1)
            mine = totals[:, group], log_probs[:, group]
            values, origins, ids = best_continuations(mine[0], mine[1] - penalty, beams, forbidden_ids)
            taken = (ops.arange(beams, dtype="int32") < open_places[:, group]) & (values > IMPOSSIBLE)
            values = ops.take_along_axis(mine[0], origins, axis=1) + log_probs_at(mine[1], origins, ids)
            chosen.append((ops.where(taken, values, IMPOSSIBLE), origins, ids))
            written = written + ops.sum(
                ops.one_hot(ids, vocabulary_size) * ops.expand_dims(ops.cast(taken, "float32"), -1), axis=1
            )
        return tuple(ops.reshape(ops.stack(parts, axis=1), (-1, beams)) for parts in zip(*chosen, strict=True))

    return choose


def side_by_side(found: Hypotheses, times: int) -> Hypotheses:
    """The hypotheses of rows that were searched `times` times each, those of a row beside each other.

    (rows * times, n, ...) -> (rows, times * n, ...), in the order of the searches.
    """

    def joined(tensor: Any) -> Any:
        shape = ops.shape(tensor)
        return ops.reshape(tensor, (-1, times * shape[1], *shape[2:]))

    extras = {name: joined(tensor) for name, tensor in found.extras.items()}
    rest = {name: joined(tensor) for name, tensor in found._asdict().items() if name != "extras"}
    return Hypotheses(**rest, extras=extras)


def best_distinct(found: Hypotheses, n_best: int, pad_id: int) -> Hypotheses:
    """The `n_best` of hypotheses in any order, each sequence of ids once; finished ones first, then by score."""
    ids, scores = found.ids, found.scores
    count = ops.shape(ids)[1]
    same = ops.all(ops.expand_dims(ids, 1) == ops.expand_dims(ids, 2), axis=-1)
    order = ops.arange(count, dtype="int32")
    earlier = ops.expand_dims(order, 0) < ops.expand_dims(order, 1)
    scores = ops.where(ops.any(same & earlier, axis=-1), IMPOSSIBLE, scores)

    # Twice sorted: by score, then, keeping that order, the finished ones and the possible ones to the front.
    by_score = ops.top_k(scores, count)[1]
    possible = scores > IMPOSSIBLE
    rank = ops.where(found.finished & possible, 2, ops.where(possible, 1, 0))
    rank = ops.take_along_axis(rank, by_score, axis=1)
    places = ops.take_along_axis(by_score, ops.top_k(rank * count + (count - 1 - order), n_best)[1], axis=1)

    best_scores = ops.take_along_axis(scores, places, axis=1)
    exists = best_scores > IMPOSSIBLE

    def kept(tensor: Any, nothing: Any) -> Any:
        """Of each hypothesis that is kept; `nothing` where there is none."""
        shape = (*ops.shape(places), *[1] * (len(tensor.shape) - 2))
        chosen = ops.take_along_axis(tensor, ops.reshape(places, shape), axis=1)
        return ops.where(ops.reshape(exists, shape), chosen, ops.cast(nothing, tensor.dtype))

    return Hypotheses(
        ids=kept(found.ids, pad_id),
        lengths=kept(found.lengths, 0),
        log_probs=kept(found.log_probs, IMPOSSIBLE),
        scores=best_scores,
        finished=kept(found.finished, False),
        token_log_probs=kept(found.token_log_probs, 0),
        extras={name: kept(tensor, 0) for name, tensor in found.extras.items()},
    )
