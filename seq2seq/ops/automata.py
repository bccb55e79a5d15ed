"""Automatons that follow ids, several beside each other in a row, as tensors.

Each looks for one phrase. Its positions are of these kinds: NOWHERE fills up; ALWAYS is active at any time, AT_BOUNDARY
where a word may begin; WITHIN has a part of the phrase behind it, WRITTEN the whole of it, which makes it DONE if no
letter follows.

An edge (from, id, to) of a row is taken when the id is written while `from` is active. Active positions are booleans
(rows, positions); ids are (rows, n), n ways to go on from them, each on its own.
"""

from __future__ import annotations

from typing import Any

from keras import ops

NOWHERE, WITHIN, ALWAYS, AT_BOUNDARY, WRITTEN, DONE = range(6)


def edges_taken(edges: Any, active: Any, ids: Any) -> Any:
    """Which of the edges (rows, edges, 3) are taken: booleans (rows, n, edges)."""
    ready = ops.take_along_axis(active, edges[:, :, 0], axis=1)
    return ops.expand_dims(ready, 1) & (ops.expand_dims(edges[:, :, 1], 1) == ops.expand_dims(ids, -1))


def reached(edges: Any, taken: Any, positions: Any) -> Any:
    """The positions that edges which are `taken` (rows, n, edges) lead to: booleans (rows, n, positions)."""
    rows, ways = ops.shape(taken)[0], ops.shape(taken)[1]
    places = ops.reshape(ops.arange(rows * ways, dtype="int32"), (rows, ways, 1)) * positions
    places = ops.reshape(places + ops.expand_dims(edges[:, :, 2], 1), (-1,))
    counts = ops.segment_sum(ops.reshape(ops.cast(taken, "int32"), (-1,)), places, rows * ways * positions)
    return ops.reshape(counts, (rows, ways, positions)) > 0
