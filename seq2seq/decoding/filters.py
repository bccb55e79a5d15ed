"""Options of a search that forbid or re-weigh ids, each a filter; and the step with filters, which is a step.

A filter sees each id that is written and what the step makes of it, and keeps what it needs to know of the hypothesis
in its own part of the search's state. The options themselves are the functions of `ops.filters`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from keras import ops

from seq2seq.decoding.state import OWN, Step
from seq2seq.ops.filters import (
    allow_only,
    forbid,
    forbid_early_end,
    forbid_repeated_ngrams,
    penalize_repetition,
)


class Filter(Protocol):
    """One option of a search."""

    reweighs: bool  # whether ids that it does not forbid get other log-probabilities than the model's

    def start(self, rows: Any) -> dict[str, Any]:
        """Its state before the first step, each tensor with the row axis first."""

    def __call__(self, ids: Any, log_probs: Any, own: Any, state: Any) -> tuple[Any, Any]:
        """What becomes of `log_probs` (rows, vocabulary) after the last ids (rows,), and its new state.

        `own` are the model's log-probabilities, before all filters.
        """


def filtered(step: Step, filters: Mapping[str, Filter]) -> Step:
    """The step with filters, which act one after the other; its state is that of `filtered_state`."""
    reweighed = any(one.reweighs for one in filters.values())

    def filtered_step(ids: Any, state: Any) -> tuple[Any, Any, dict[str, Any]]:
        own, inner, extras = step(ids, state["step"])
        log_probs, states = own, {}
        for name, one in filters.items():
            log_probs, states[name] = one(ids, log_probs, own, state["filters"][name])
        return log_probs, {"step": inner, "filters": states}, {OWN: own, **extras} if reweighed else extras

    return filtered_step


def filtered_state(state: Any, filters: Mapping[str, Filter], rows: Any) -> Any:
    """The state of a filtered step, for the first call."""
    return {"step": state, "filters": {name: one.start(rows) for name, one in filters.items()}}


class History:
    """The ids written so far, begin included: {"ids": (rows, time) int32, "counts": (rows,) int32}."""

    def __init__(self, time: Any) -> None:
        self.time = time

    def start(self, rows: Any) -> dict[str, Any]:
        return {"ids": ops.zeros((rows, self.time), dtype="int32"), "counts": ops.zeros((rows,), dtype="int32")}

    def add(self, ids: Any, state: dict[str, Any]) -> dict[str, Any]:
        here = ops.arange(ops.shape(state["ids"])[1], dtype="int32") == ops.expand_dims(state["counts"], -1)
        return {"ids": ops.where(here, ops.expand_dims(ids, -1), state["ids"]), "counts": state["counts"] + 1}


class MinimumLength:
    """No end before the `minimum`-th id (the end counted), for all rows or for each."""

    reweighs = False

    def __init__(self, minimum: Any, end_id: int) -> None:
        self.minimum = minimum
        self.end_id = end_id

    def start(self, rows: Any) -> dict[str, Any]:
        zeros = ops.zeros((rows,), dtype="int32")
        return {"counts": zeros, "memory": zeros + self.minimum}

    def __call__(self, ids: Any, log_probs: Any, own: Any, state: Any) -> tuple[Any, Any]:
        counts, minimum = state["counts"] + 1, state["memory"]
        log_probs = forbid_early_end(log_probs, counts, minimum, self.end_id)
        return log_probs, {"counts": counts, "memory": minimum}


class Never:
    """Ids that are not written, but where a filter after this one forces them."""

    reweighs = False

    def __init__(self, ids: tuple[int, ...]) -> None:
        self.ids = ids

    def start(self, rows: Any) -> dict[str, Any]:
        return {}

    def __call__(self, ids: Any, log_probs: Any, own: Any, state: Any) -> tuple[Any, Any]:
        of_rows = ops.zeros((ops.shape(log_probs)[0], 1), dtype="int32") + ops.convert_to_tensor([self.ids], "int32")
        return forbid(log_probs, of_rows), state


class NoRepeatedNgrams:
    """No `size` ids in succession occur twice."""

    reweighs = False

    def __init__(self, size: int, maximum_steps: Any, pad_id: int) -> None:
        self.size = size
        self.pad_id = pad_id
        # One more than the longest row for the begin; and room for one n-gram even in the shortest.
        self.history = History(ops.max(maximum_steps) + 1 + size)

    def start(self, rows: Any) -> dict[str, Any]:
        return self.history.start(rows)

    def __call__(self, ids: Any, log_probs: Any, own: Any, state: Any) -> tuple[Any, Any]:
        state = self.history.add(ids, state)
        return forbid_repeated_ngrams(log_probs, state["ids"], state["counts"], self.size, self.pad_id), state


class RepetitionPenalty:
    """Ids that were written before are less likely, for all rows or for each by a penalty of its own."""

    reweighs = True

    def __init__(self, penalty: Any, maximum_steps: Any) -> None:
        self.penalty = penalty
        self.history = History(ops.max(maximum_steps) + 1)

    def start(self, rows: Any) -> dict[str, Any]:
        return {**self.history.start(rows), "memory": ops.zeros((rows,), dtype="float32") + self.penalty}

    def __call__(self, ids: Any, log_probs: Any, own: Any, state: Any) -> tuple[Any, Any]:
        history, penalty = self.history.add(ids, state), state["memory"]
        log_probs = penalize_repetition(log_probs, history["ids"], ops.expand_dims(penalty, -1))
        return log_probs, {**history, "memory": penalty}


class Prefix:
    """Each row begins with ids of its own, whatever the filters before this one say of them.

    Args:
        ids: (rows, time) int32, to the right of each row's prefix anything.
        lengths: (rows,) int32; 0 for a row without a prefix.
    """

    reweighs = False

    def __init__(self, ids: Any, lengths: Any) -> None:
        self.ids = ids
        self.lengths = lengths

    def start(self, rows: Any) -> dict[str, Any]:
        memory = {"ids": self.ids, "lengths": self.lengths}
        return {"counts": ops.zeros((rows,), dtype="int32"), "memory": memory}

    def __call__(self, ids: Any, log_probs: Any, own: Any, state: Any) -> tuple[Any, Any]:
        counts, prefix = state["counts"], state["memory"]
        last = ops.shape(prefix["ids"])[1] - 1
        wanted = ops.take_along_axis(prefix["ids"], ops.expand_dims(ops.minimum(counts, last), -1), axis=1)[:, 0]
        forced = ops.expand_dims(counts < prefix["lengths"], -1)
        log_probs = ops.where(forced, allow_only(own, wanted), log_probs)
        return log_probs, {"counts": counts + 1, "memory": prefix}
