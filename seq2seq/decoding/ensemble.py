"""A step made of steps: several models that choose the next id together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from keras import ops

from seq2seq.decoding.state import Step
from seq2seq.ops.beam import IMPOSSIBLE


def average_log_probs(log_probs: Sequence[Any], weights: Sequence[float]) -> Any:
    """The weighted geometric mean of distributions: log of prod_k p_k(y)^w_k / Z, a log-linear mixture.

    An id that one of them finds impossible is impossible.

    Args:
        log_probs: (..., vocabulary) of each member, normalised.
        weights: of each member, more than 0; they sum to 1.

    Returns:
        (..., vocabulary), normalised again.
    """
    total = sum(weight * each for weight, each in zip(weights, log_probs, strict=True))
    normaliser = ops.logsumexp(total, axis=-1, keepdims=True)
    # Where no id is possible there is nothing to normalise: minus infinity less itself would be no number.
    return ops.where(normaliser > IMPOSSIBLE, total - normaliser, total)


def average_probs(log_probs: Sequence[Any], weights: Sequence[float]) -> Any:
    """The weighted arithmetic mean of distributions: log of sum_k w_k p_k(y), a linear mixture.

    Arguments and result as in `average_log_probs`; an id that one member finds possible is possible.
    """
    shares = [math.log(weight) + each for weight, each in zip(weights, log_probs, strict=True)]
    return ops.logsumexp(ops.stack(shares), axis=0)


# The one map from names to ways of averaging.
AVERAGES: dict[str, Callable[[Sequence[Any], Sequence[float]], Any]] = {
    "log-probabilities": average_log_probs,
    "probabilities": average_probs,
}


def member_name(index: int) -> str:
    """The key of a member's own state in that of the ensemble: 0 -> "member_0"."""
    return f"member_{index}"


def ensemble_step(
    steps: Sequence[Step],
    weights: Sequence[float],
    average: Callable[[Sequence[Any], Sequence[float]], Any],
    looking: Sequence[int],
) -> Step:
    """A step whose distribution is the average of several steps'.

    Its state is a dictionary with the state of each step under `member_name`, so that what belongs to the row in any of
    them stays where it is (`decoding.state`). Its extras are those of the members `looking`, averaged by their weights:
    where these are attention, rows sum to 1 as theirs do.

    Args:
        steps: of the members, over one vocabulary.
        weights: of each member, more than 0; they sum to 1.
        average: one of `AVERAGES`.
        looking: indices of members whose extras have one meaning, at least one.
    """
    return partial(_step, tuple(steps), tuple(weights), average, tuple(looking))


def _step(
    steps: tuple[Step, ...],
    weights: tuple[float, ...],
    average: Callable[[Sequence[Any], Sequence[float]], Any],
    looking: tuple[int, ...],
    ids: Any,
    state: dict[str, Any],
) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    names = [member_name(index) for index in range(len(steps))]
    answers = [step(ids, state[name]) for step, name in zip(steps, names, strict=True)]
    extras = [answers[index][2] for index in looking]
    shares = [weights[index] / sum(weights[index] for index in looking) for index in looking]
    return (
        average([log_probs for log_probs, _, _ in answers], weights),
        {name: new_state for name, (_, new_state, _) in zip(names, answers, strict=True)},
        {name: sum(share * each[name] for share, each in zip(shares, extras, strict=True)) for name in extras[0]},
    )
