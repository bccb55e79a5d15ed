"""The rows of a search, and how those that have stopped are left out of its later steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops

from seq2seq.decoding.state import map_memory, take_rows

# Rows are left out by so many, because a processor's kernels are prepared for each number of rows anew.
_TOGETHER = 8


class Rows(NamedTuple):
    """The rows that are still searched. What is of one row has that row's place on the first axis of each tensor.

    Attributes:
        numbers: (n,) int32, which rows of the batch these are, ascending.
        fixed: what a search knows of them that no step changes, tensors (n, ...).
        found: what it has found of them so far, tensors (n, ...).
        state: of the model, without memories; tensors (n * beams, ...).
        memories: of `split_memory`, as `repeat_memory` repeats them.
    """

    numbers: Any
    fixed: Any
    found: Any
    state: Any
    memories: Any


# (index of the step, rows, record, which rows are active -> whether to go on) -> index, rows, record after some steps
Loop = Callable[[Any, Rows, Any, Callable[[Any], Any]], tuple[Any, Rows, Any]]


def search_all(
    loop: Loop, index: Any, rows: Rows, record: Any, active_of: Callable[[Any], Any], beams: Any, leave_out: bool
) -> tuple[Any, Any, Any]:
    """Runs a loop of steps until no row is active, on ever fewer rows if those that have stopped may be left out.

    Multi30k's sentences, 64 of like length to a batch and 5 beams to each, are active for 64 % of the steps that the
    last one of their batch takes. Batches of up to 8 rows stay whole.

    Args:
        loop: runs steps as long as it is told to go on.
        index: of the first step.
        rows: all rows of the batch.
        record: what the steps write, whichever rows they are.
        active_of: `rows.found` -> (n,) booleans, which rows go on.
        beams: places to a row.
        leave_out: False where the steps know something by row that is not in `rows`.

    Returns:
        the index after the last step, `found` of all rows, and the record.
    """
    # Where the number of rows is known when a graph is made, its shapes cannot change.
    if not leave_out or any(isinstance(ops.shape(tensor)[0], int) for tensor in keras.tree.flatten(rows)):
        index, rows, record = loop(index, rows, record, ops.any)
        return index, rows.found, record

    def fill_their_places(active: Any) -> Any:
        count = ops.sum(ops.cast(active, "int32"))
        return (count > 0) & (_together(count) >= ops.shape(active)[0])

    def go_on(index: Any, rows: Rows, found: Any, record: Any) -> tuple[Any, Rows, Any, Any]:
        index, rows, record = loop(index, rows, record, fill_their_places)
        return (
            index,
            _without_stopped(rows, active_of(rows.found), beams),
            _put(found, rows.numbers, rows.found),
            record,
        )

    start = (index, rows, rows.found, record)
    index, _, found, record = ops.while_loop(lambda _, rows, *__: ops.any(active_of(rows.found)), go_on, start)
    return index, found, record


def _together(count: Any) -> Any:
    """The least multiple of `_TOGETHER` that holds `count`."""
    return -(-count // _TOGETHER) * _TOGETHER


def _without_stopped(rows: Rows, active: Any, beams: Any) -> Rows:
    """The active rows, and as many of the others as the number of rows needs."""
    number = ops.shape(active)[0]
    kept = ops.minimum(number, _together(ops.sum(ops.cast(active, "int32"))))
    order = ops.arange(number, dtype="int32") + ops.cast(~active, "int32") * number
    chosen = ops.sort(ops.cast(ops.argsort(order), "int32")[:kept])
    places = ops.reshape(ops.expand_dims(chosen, -1) * beams + ops.arange(beams, dtype="int32"), (-1,))

    def of_rows(structure: Any) -> Any:
        return take_rows(structure, chosen)

    def of_places(structure: Any) -> Any:
        return take_rows(structure, places)

    return Rows(
        of_rows(rows.numbers),
        of_rows(rows.fixed),
        of_rows(rows.found),
        of_places(rows.state),
        map_memory(rows.memories, of_places, of_rows),
    )


def _put(all_rows: Any, numbers: Any, some_rows: Any) -> Any:
    """Tensors (rows, ...) with those of some rows, (n, ...), in the places that `numbers` (n,) tell."""
    indices = ops.expand_dims(numbers, -1)
    return keras.tree.map_structure(lambda one, some: ops.scatter_update(one, indices, some), all_rows, some_rows)
