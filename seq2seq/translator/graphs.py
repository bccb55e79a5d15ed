"""The model's two uses, search and scoring: with TensorFlow each a graph, traced once for all shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any

import keras
import numpy as np
from keras import ops

from seq2seq.decoding import Hypotheses
from seq2seq.ops.compiled import compiled, signature_of
from seq2seq.text import BEGIN_ID, PAD_ID
from seq2seq.translator.plan import Plan, search


def target_log_probs(model: Any, source_ids: Any, target_ids: Any) -> Any:
    """log p of each id given those before it, by teacher forcing: (rows, target_time) float32, 0 on padding.

    `source_ids` (rows, source_time); `target_ids` (rows, target_time), y1 .. ym end, without begin.
    """
    return log_probs_after(model, source_ids, target_ids, target_ids)


def log_probs_after(model: Any, source_ids: Any, read_ids: Any, target_ids: Any) -> Any:
    """log p(y_t | r_1 .. r_(t-1)): as `target_log_probs`, where the decoder reads r, `read_ids` (rows, target_time).

    What it reads must be real as far as the targets are; the last one is not read.
    """
    logits = model(_teacher_forced(source_ids, read_ids), training=False)
    chosen = ops.take_along_axis(logits, ops.expand_dims(target_ids, -1), axis=-1)[:, :, 0]
    return ops.where(target_ids == PAD_ID, 0.0, chosen - ops.logsumexp(logits, axis=-1))


def target_attention(model: Any, source_ids: Any, target_ids: Any) -> Any:
    """Where the model looks for each id given those before it: (rows, target_time, source_time) float32.

    Arguments as in `target_log_probs`.
    """
    return model.attention_weights(_teacher_forced(source_ids, target_ids))


def _teacher_forced(source_ids: Any, target_ids: Any) -> dict[str, Any]:
    """The inputs of a model that is to predict `target_ids`: [[8, 9, end]] -> [[begin, 8, 9]]"""
    begins = ops.full((ops.shape(target_ids)[0], 1), BEGIN_ID, dtype="int32")
    return {"source_ids": source_ids, "target_ids": ops.concatenate([begins, target_ids[:, :-1]], axis=1)}


class Graphs:
    """Search and scoring for arrays of ids. The weights are the model's own: training it on changes the results.

    But a graph of a model in 8-bit products keeps the kernels that it was made with: such a model is not to be changed.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._searches: dict[tuple[Plan, frozenset[str]], Callable[..., Any]] = {}
        self._functions: dict[Callable[..., Any], Callable[..., Any]] = {}
        self._making = Lock()

    def search(self, inputs: Mapping[str, Any], plan: Plan) -> Hypotheses:
        """What `plan.search` finds for arrays, as NumPy arrays: one graph for each plan and each set of inputs."""

        def make() -> Callable[..., Any]:
            return compiled(partial(search, self.model, plan=plan), [signature_of(inputs)])

        return keras.tree.map_structure(
            ops.convert_to_numpy, self._run(self._searches, (plan, frozenset(inputs)), make, inputs)
        )

    def score(self, source_ids: np.ndarray, target_ids: np.ndarray) -> np.ndarray:
        """As `target_log_probs`, a NumPy array."""
        return self._call(target_log_probs, source_ids, target_ids)

    def log_probs_after(self, source_ids: np.ndarray, read_ids: np.ndarray, target_ids: np.ndarray) -> np.ndarray:
        """As the function of that name, a NumPy array."""
        return self._call(log_probs_after, source_ids, read_ids, target_ids)

    def attend(self, source_ids: np.ndarray, target_ids: np.ndarray) -> np.ndarray:
        """As `target_attention`, a NumPy array."""
        return self._call(target_attention, source_ids, target_ids)

    def _call(self, function: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:

        def make() -> Callable[..., Any]:
            return compiled(partial(function, self.model), [signature_of(array) for array in arrays])

        return ops.convert_to_numpy(self._run(self._functions, function, make, *arrays))

    def _run(self, graphs: dict[Any, Any], key: Any, make: Callable[[], Callable[..., Any]], *inputs: Any) -> Any:
        """What the graph of this key gives; of several batches at once, the first makes and traces it by itself."""
        if key not in graphs:
            with self._making:
                if key not in graphs:
                    graph = make()
                    found = graph(*inputs)
                    graphs[key] = graph
                    return found
        return graphs[key](*inputs)
