"""What a search finds."""

from __future__ import annotations

from typing import Any, NamedTuple


class Hypotheses(NamedTuple):
    """The best hypotheses of each row, best first; n of them a row.

    Finished hypotheses (their last id is the end) come before those that were cut at the row's maximum, which fill up
    when there are not enough; each of the two groups is sorted by score. If even these are too few (a small
    vocabulary), impossible ones are last: no ids, length 0, score and log-probability minus infinity.

    Attributes:
        ids: (rows, n, time) int32, y1 .. ym end, then pad; a cut one has no end. `time` is the longest length.
        lengths: (rows, n) int32, ids of each, the end counted.
        log_probs: (rows, n) float32, log p(ids), the end included: the model's own, whatever was searched by.
        scores: (rows, n) float32, log_probs / ((offset + length) / (offset + 1))^length_penalty; where the step
            searches by other values, their sum stands for log_probs, and its bonus is added.
        finished: (rows, n) booleans.
        token_log_probs: (rows, n, time) float32, of each id, given those before it; 0 after the last. They are steps of
            a running sum, so their sum is log_probs.
        extras: name -> (rows, n, time, ...), what the step gave along with each id; 0 after the last.
    """

    ids: Any
    lengths: Any
    log_probs: Any
    scores: Any
    finished: Any
    token_log_probs: Any
    extras: dict[str, Any]
