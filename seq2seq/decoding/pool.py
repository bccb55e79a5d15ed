"""The finished hypotheses of a search, of which the best are kept."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras import ops

from seq2seq.decoding.state import BONUS, OWN
from seq2seq.ops.beam import IMPOSSIBLE


class Pool(NamedTuple):
    """The best finished hypotheses of each row, best first; empty entries have score minus infinity."""

    scores: Any  # (rows, n)
    log_probs: Any  # (rows, n)
    lengths: Any  # (rows, n) int32
    places: Any  # (rows, n) int32, at the last step


def with_bonus(scores: Any, apart: dict[str, Any]) -> Any:
    """Scores (rows, beams) with the bonus of the step, if it gives one."""
    return scores + apart[BONUS] if BONUS in apart else scores


def empty_pool(rows: Any, n_best: Any) -> Pool:
    impossible = ops.full((rows, n_best), IMPOSSIBLE, dtype="float32")
    nothing = ops.zeros((rows, n_best), dtype="int32")
    return Pool(scores=impossible, log_probs=impossible, lengths=nothing, places=nothing)


def add_to_pool(pool: Pool, totals: Any, apart: dict[str, Any], length: Any, divisor: Any) -> Pool:
    """The best of the pool and of those that finish now; everything of a hypothesis moves together.

    Args:
        totals: (rows, beams), what those that finish are ranked by before normalisation; others are impossible.
        apart: OWN and BONUS (rows, beams), as far as they differ from the totals and from nothing.
        length: of all that finish now.
        divisor: of this length, what totals are divided by, a scalar or (rows, 1).
    """
    n_best, beams = ops.shape(pool.scores)[1], ops.shape(totals)[1]
    scores = with_bonus(totals / divisor, apart)
    lengths = ops.full_like(pool.lengths[:, :1], length) + ops.zeros((1, beams), dtype="int32")
    places = ops.zeros_like(lengths) + ops.arange(beams, dtype="int32")
    scores, chosen = ops.top_k(ops.concatenate([pool.scores, scores], axis=1), n_best)

    def choose(old: Any, new: Any) -> Any:
        return ops.take_along_axis(ops.concatenate([old, new], axis=1), chosen, axis=1)

    log_probs = choose(pool.log_probs, apart.get(OWN, totals))
    return Pool(scores, log_probs, choose(pool.lengths, lengths), choose(pool.places, places))
