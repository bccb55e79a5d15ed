"""Phrases that a hypothesis must not or must hold: both follow what it writes by the same automatons.

The automatons of a row come as a dictionary of tensors, which `text.phrases` makes: kinds, owners, progress, next_ids
(rows, positions), edges (rows, edges, 3), tokens, first_ids, written, done (rows, phrases).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from keras import ops

from seq2seq.ops.automata import ALWAYS, AT_BOUNDARY, DONE, NOWHERE, WRITTEN, edges_taken, reached
from seq2seq.ops.beam import IMPOSSIBLE
from seq2seq.ops.filters import forbid


class Words(NamedTuple):
    """Of each id, (vocabulary,) booleans: whether it begins, or ends, with a letter, so that a word goes on there."""

    begin: Any
    end: Any


class _Followed(NamedTuple):
    """Where the automatons are after n ways to go on."""

    active: Any  # (rows, n, positions) booleans
    met: Any  # (rows, n, phrases) booleans, phrases that were DONE at any time


def _follow(phrases: Mapping[str, Any], words: Words, active: Any, met: Any, ids: Any) -> _Followed:
    """The automatons after `ids` (rows, n), from what is active (rows, positions) and met (rows, phrases)."""
    kinds = ops.expand_dims(phrases["kinds"], 1)
    new = reached(phrases["edges"], edges_taken(phrases["edges"], active, ids), ops.shape(active)[1])
    word_ends = ops.expand_dims(~ops.take(words.begin, ids), -1)
    written = ops.expand_dims(ops.take_along_axis(active, phrases["written"], axis=1), 1)
    met = ops.expand_dims(met, 1) | _at(new, phrases["done"]) | (written & word_ends)
    word_may_begin = ops.expand_dims(~ops.take(words.end, ids), -1)
    active = (new & (kinds != DONE)) | (kinds == ALWAYS) | ((kinds == AT_BOUNDARY) & word_may_begin)
    return _Followed(active, met)


def _at(active: Any, places: Any) -> Any:
    """`active` (rows, n, positions) at `places` (rows, phrases): (rows, n, phrases)."""
    rows, ways, _ = ops.shape(active)
    places = ops.broadcast_to(ops.expand_dims(places, 1), (rows, ways, ops.shape(places)[1]))
    return ops.take_along_axis(active, places, axis=2)


class _Follower:
    """What both filters have in common: the automatons follow each id that is written."""

    reweighs = False

    def __init__(self, phrases: Mapping[str, Any], words: Words) -> None:
        self.phrases = phrases
        self.words = words

    def start(self, rows: Any) -> dict[str, Any]:
        return {
            "active": ops.zeros(ops.shape(self.phrases["kinds"]), dtype="bool"),
            "met": self.phrases["tokens"] == 0,
            "memory": dict(self.phrases),
        }

    def follow(self, ids: Any, state: Any) -> dict[str, Any]:
        found = _follow(state["memory"], self.words, state["active"], state["met"], ops.expand_dims(ids, -1))
        return {"active": found.active[:, 0], "met": found.met[:, 0], "memory": state["memory"]}


class ForbiddenPhrases(_Follower):
    """No hypothesis holds one of its row's phrases.

    An id that would complete a phrase is impossible; after the whole of one that ends with a letter only a letter is
    possible, which makes another word of it. The last id of a row's maximum cannot leave it at that.
    """

    def __init__(self, phrases: Mapping[str, Any], words: Words, maximum_steps: Any) -> None:
        super().__init__(phrases, words)
        self.maximum_steps = maximum_steps

    def start(self, rows: Any) -> dict[str, Any]:
        state = super().start(rows)
        counts = ops.zeros((rows,), dtype="int32")
        return {**state, "counts": counts, "memory": {**state["memory"], "maximum_steps": self.maximum_steps}}

    def __call__(self, ids: Any, log_probs: Any, own: Any, state: Any) -> tuple[Any, Any]:
        counts = state["counts"] + 1
        state = {**self.follow(ids, state), "counts": counts}
        phrases, active = state["memory"], state["active"]
        edges, kinds = phrases["edges"], phrases["kinds"]
        destinations = ops.take_along_axis(kinds, edges[:, :, 2], axis=1)
        is_last = ops.expand_dims(counts >= phrases["maximum_steps"], -1)
        completes = (destinations == DONE) | (is_last & (destinations == WRITTEN))
        ready = ops.take_along_axis(active, edges[:, :, 0], axis=1)
        # Pad, id 0, is impossible in any case.
        log_probs = forbid(log_probs, ops.where(completes & ready, edges[:, :, 1], 0))
        written = ops.any(active & (kinds == WRITTEN), axis=-1, keepdims=True)
        return ops.where(written & ~self.words.begin, IMPOSSIBLE, log_probs), state


class RequiredPhrases(_Follower):
    """No hypothesis ends before it holds all phrases of its row; the search that gets them in is `constrained`."""

    def __init__(self, phrases: Mapping[str, Any], words: Words, end_id: int) -> None:
        super().__init__(phrases, words)
        self.end_id = end_id

    def __call__(self, ids: Any, log_probs: Any, own: Any, state: Any) -> tuple[Any, Any]:
        state = self.follow(ids, state)
        complete = _need(state["memory"], state["active"][:, None], state["met"][:, None])[1]
        is_end = ops.arange(ops.shape(log_probs)[1], dtype="int32") == self.end_id
        return ops.where(is_end & ~complete, IMPOSSIBLE, log_probs), state

    def need_after(self, ids: Any, state: Any) -> Any:
        """How many ids are enough to get all phrases in after `ids` (rows, n), the end not counted: (rows, n)."""
        found = _follow(state["memory"], self.words, state["active"], state["met"], ids)
        need = _need(state["memory"], found.active, found.met)[0]
        return ops.where(ids == self.end_id, 0, need)

    def next_ids(self, state: Any) -> Any:
        """The ids that carry each phrase on that is not there yet, by its own segmentation: (rows, phrases).

        The id after the furthest position that is active, or the first one; 0 for a phrase that is there.
        """
        phrases, active = state["memory"], state["active"]
        carried_on = active & (phrases["next_ids"] >= 0)
        progress = _by_phrase(phrases, ops.where(carried_on, phrases["progress"], 0)[:, None])[:, 0]
        furthest = carried_on & (phrases["progress"] == ops.take_along_axis(progress, phrases["owners"], axis=1))
        ids = _by_phrase(phrases, ops.where(furthest, phrases["next_ids"], 0)[:, None])[:, 0]
        return ops.where(state["met"], 0, ops.where(ids > 0, ids, phrases["first_ids"]))


def _by_phrase(phrases: Mapping[str, Any], values: Any) -> Any:
    """The greatest of `values` (rows, n, positions), none negative, of each phrase: (rows, n, phrases)."""
    numbers = ops.arange(ops.shape(phrases["tokens"])[1], dtype="int32")
    mine = (ops.expand_dims(phrases["owners"], -1) == numbers) & ops.expand_dims(phrases["kinds"] != NOWHERE, -1)
    return ops.max(ops.where(ops.expand_dims(mine, 1), ops.expand_dims(values, -1), 0), axis=2)


def _need(phrases: Mapping[str, Any], active: Any, met: Any) -> tuple[Any, Any]:
    """How many ids get all phrases in, from active (rows, n, positions) and met (rows, n, phrases); and who needs none.

    Enough is what either of two ways takes: to write the phrase that is furthest on to its end and then all others from
    their beginning; or, where whole phrases stand there and only a letter could undo them, all but these.

    Returns:
        (rows, n) int32, and (rows, n) booleans: whether the hypothesis may end.
    """
    tokens = ops.where(met, 0, ops.expand_dims(phrases["tokens"], 1))
    written = _at(active, phrases["written"])
    progress = _by_phrase(phrases, ops.where(active, ops.expand_dims(phrases["progress"], 1), 0))
    by_furthest = ops.sum(tokens, axis=-1) - ops.max(ops.where(met | written, 0, progress), axis=-1)
    without_written = ops.sum(ops.where(written, 0, tokens), axis=-1)
    return ops.minimum(by_furthest, without_written), without_written == 0
