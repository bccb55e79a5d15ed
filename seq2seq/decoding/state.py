"""The model's state on its way through a search: nested structures of tensors, each with the row axis first.

In any dictionary of the structure, what is under the keys `memory` and `source` belongs to the row: it is the same for
all its hypotheses and stays as it is from step to step. `memory` is repeated for them, (rows * beams, ...); `source`,
for what is large (the encoder's output), stays (rows, ...), and a step has its ids (rows * beams,) look there by rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

MEMORY, SOURCE = "memory", "source"

# Extras of a step that a search itself reads: the model's own log-probabilities where a step searches by others, and
# what is added to the score of a hypothesis that stops.
OWN = "own_log_probs"
BONUS = "score_bonus"

# (ids (rows,), state) -> log_probs (rows, vocabulary), state, extras
Step = Callable[[Any, Any], tuple[Any, Any, dict[str, Any]]]


def split_memory(state: Any) -> tuple[Any, Any]:
    """The state without its memories, and its memories in dictionaries of the same nesting.

    {"cells": c, "memory": m} -> {"cells": c}, {"memory": m}
    {"a": {"cells": c, "memory": m}, "b": d} -> {"a": {"cells": c}, "b": d}, {"a": {"memory": m}}
    """
    if not isinstance(state, dict):
        return state, {}
    carried, memories = {}, {}
    for name, part in state.items():
        if name in (MEMORY, SOURCE):
            memories[name] = part
            continue
        carried[name], below = split_memory(part)
        if below:
            memories[name] = below
    return carried, memories


def join_memory(carried: Any, memories: Any) -> Any:
    """The inverse of `split_memory`."""
    if not memories:
        return carried
    joined = dict(carried)
    for name, part in memories.items():
        joined[name] = part if name in (MEMORY, SOURCE) else join_memory(carried[name], part)
    return joined


def map_memory(memories: Any, of_memory: Callable[[Any], Any], of_source: Callable[[Any], Any]) -> Any:
    """The memories of `split_memory` with a function of each part under `memory`, and one of each under `source`."""
    of_names = {MEMORY: of_memory, SOURCE: of_source}
    return {
        name: of_names[name](part) if name in of_names else map_memory(part, of_memory, of_source)
        for name, part in memories.items()
    }


def repeat_memory(memories: Any, times: int) -> Any:
    """The memories of `split_memory` for rows that are repeated as by `repeat_rows`: all but what is under `source`."""
    return map_memory(memories, lambda part: repeat_rows(part, times), lambda part: part)


def repeat_rows(structure: Any, times: int) -> Any:
    """Every tensor (rows, ...) with each row `times` times in succession: (rows * times, ...)."""
    return keras.tree.map_structure(lambda tensor: ops.repeat(tensor, times, axis=0), structure)


def take_rows(structure: Any, indices: Any) -> Any:
    """Of every tensor (rows, ...) the rows `indices` (n,): (n, ...)."""
    return keras.tree.map_structure(lambda tensor: ops.take(tensor, indices, axis=0), structure)


def like(structure: Any, pattern: Any) -> Any:
    """The tensors of `structure` with the shapes that are known of `pattern`'s, as loops want."""
    return keras.tree.map_structure(lambda tensor, shaped: ops.reshape(tensor, ops.shape(shaped)), structure, pattern)
