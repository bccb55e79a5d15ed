"""Minimum-risk training: the expected badness of what the model itself would write (Shen et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import keras
import numpy as np
from keras import ops

from seq2seq.decoding import greedy_search
from seq2seq.decoding.drawing import drawing
from seq2seq.decoding.state import repeat_rows
from seq2seq.ops.compiled import INT_MATRIX, INT_VECTOR, compiled
from seq2seq.special_ids import BEGIN_ID, END_ID, PAD_ID
from seq2seq.training.loss import TokenStatistics, real_tokens, smoothed_cross_entropy
from seq2seq.training.objectives.objective import Objective, batch_generator

# (ids of hypotheses, ids of their references) -> a risk each, 0 to 1
Risk = Callable[[Sequence[list[int]], Sequence[list[int]]], Sequence[float]]

STREAM = 2  # of `batch_generator`

# Added to the log-probability of a candidate that does not count; exp gives exactly 0.
_ABSENT = -1e9


class MinimumRisk(Objective):
    """The expected risk over some candidates for each source, averaged over the sources (Shen et al. 2016, section 3).

        loss = mean over x of  sum over y in S(x) of  Q(y) risk(y, reference),      Q(y) = p(y | x)^a / sum_S p(. | x)^a

    S(x) holds the reference and what is drawn from the model, without dropout, each text of ids once. The gradient goes
    through p(y | x) alone, by teacher forcing of all candidates as rows of one batch, under dropout; it raises the
    probability of candidates that are better than the mean under Q and lowers that of the others.

    A candidate is cut at the length that the search allows; its p is then that of the beginning.

    Args:
        model: with `start(source_ids)` and `stepper()` too.
        risk: of texts given as ids, the end included where there is one.
        samples: draws for each source.
        sharpness: a; with 1, Q is the model's own distribution over S(x).
        maximum_ratio, maximum_extra: a candidate has at most ratio x source pieces + extra ids.
        seed: with the number of the batch it decides every draw.
    """

    def __init__(
        self,
        model: keras.Model,
        risk: Risk,
        *,
        samples: int,
        sharpness: float,
        maximum_ratio: float,
        maximum_extra: int,
        seed: int,
    ) -> None:
        super().__init__(model, RiskStatistics())
        self.risk = risk
        self.samples = samples
        self.sharpness = sharpness
        self.maximum_ratio = maximum_ratio
        self.maximum_extra = maximum_extra
        self.seed = seed

    # --- candidates ---------------------------------------------------------------------------------------------------

    def prepare(self, inputs: dict[str, Any], labels: Any, *, step: int, batch: int) -> tuple[dict[str, Any], Any]:
        """All candidates as rows: those of the first source, its reference first, then those of the second, ...

        Returns:
            inputs: `source_ids` and `target_ids` as in any batch; `risks` (rows,) float32; `counts` (rows,) booleans,
                False for a candidate that is there already.
            labels: the candidates' ids (rows, time).
        """
        source_ids, references = np.asarray(inputs["source_ids"]), np.asarray(labels)
        candidates = self._candidates(source_ids, references, batch)
        texts = [[_without_padding(ids) for ids in of_source] for of_source in candidates]
        counts = [[ids not in of_source[:place] for place, ids in enumerate(of_source)] for of_source in texts]
        risks = self.risk(
            [ids for of_source in texts for ids in of_source],
            [of_source[0] for of_source in texts for _ in of_source],
        )
        rows = candidates.reshape(-1, candidates.shape[-1])
        target_ids = np.where(rows == PAD_ID, PAD_ID, np.roll(rows, 1, axis=1))
        target_ids[:, 0] = BEGIN_ID
        return {
            "source_ids": np.repeat(source_ids, self.samples + 1, axis=0),
            "target_ids": target_ids,
            "risks": np.asarray(risks, dtype="float32"),
            "counts": np.asarray(counts).reshape(-1),
        }, rows

    def _candidates(self, source_ids: np.ndarray, references: np.ndarray, batch: int) -> np.ndarray:
        """(sources, 1 + samples, time) int32: y1 .. ym end, then pad; the reference first."""
        pieces = (source_ids != PAD_ID).sum(axis=1) - 1
        maximum_steps = np.maximum(1, (self.maximum_ratio * pieces).astype("int32") + self.maximum_extra)
        generator = batch_generator(self.seed, STREAM, batch)
        uniforms = generator.random((len(source_ids) * self.samples, maximum_steps.max()), dtype=np.float32)
        drawn = ops.convert_to_numpy(self._draw(source_ids, maximum_steps.astype("int32"), uniforms))
        time = max(references.shape[1], drawn.shape[1])
        candidates = np.full((len(source_ids), self.samples + 1, time), PAD_ID, dtype="int32")
        candidates[:, 0, : references.shape[1]] = references
        candidates[:, 1:, : drawn.shape[1]] = drawn.reshape(len(source_ids), self.samples, -1)
        return candidates

    @cached_property
    def _draw(self) -> Callable[..., Any]:
        def draw(source_ids: Any, maximum_steps: Any, uniforms: Any) -> Any:
            """`samples` draws of each row in succession: (rows x samples, time) int32."""
            state = repeat_rows(self.model.start(source_ids), self.samples)
            step, state = drawing(self.model.stepper(), state, uniforms, (PAD_ID, BEGIN_ID))
            found = greedy_search(
                step,
                state,
                rows=ops.shape(source_ids)[0] * self.samples,
                begin_id=BEGIN_ID,
                end_id=END_ID,
                pad_id=PAD_ID,
                maximum_steps=ops.repeat(maximum_steps, self.samples),
                length_penalty=0.0,
            )
            return found.ids[:, 0]

        return compiled(draw, [INT_MATRIX, INT_VECTOR, ((None, None), "float32")])

    # --- their expected risk ------------------------------------------------------------------------------------------

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        return super().call({name: inputs[name] for name in ("source_ids", "target_ids")}, training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        return ops.mean(self._expected_risks(x, y, y_pred))

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        every = self.samples + 1
        self.statistics.update_state(y[::every], y_pred[::every])
        self.statistics.add_risks(self._expected_risks(x, y, y_pred))
        return self.statistics.result()

    def _expected_risks(self, inputs: dict[str, Any], labels: Any, logits: Any) -> Any:
        """Of each source, (sources,)."""
        log_probs = -ops.sum(smoothed_cross_entropy(labels, logits) * real_tokens(labels), axis=1)
        log_probs = self.sharpness * log_probs + ops.where(inputs["counts"], 0.0, _ABSENT)
        weights = ops.softmax(ops.reshape(log_probs, (-1, self.samples + 1)), axis=-1)
        return ops.sum(weights * ops.reshape(inputs["risks"], (-1, self.samples + 1)), axis=-1)


class RiskStatistics(TokenStatistics):
    """As `TokenStatistics` over the references, with the mean expected risk of a source for the `loss`."""

    def __init__(self, name: str = "risks", **arguments: Any) -> None:
        super().__init__(name=name, **arguments)
        self.risk = self.add_weight(name="risk", initializer="zeros", dtype="float32")
        self.sources = self.add_weight(name="sources", initializer="zeros", dtype="float32")

    def add_risks(self, risks: Any) -> None:
        """Adds the expected risks (sources,) of a batch."""
        self.risk.assign_add(ops.sum(risks))
        self.sources.assign_add(ops.sum(ops.ones_like(risks)))

    def result(self) -> dict[str, Any]:
        return {**super().result(), "loss": self.risk / ops.maximum(self.sources, 1.0)}


def _without_padding(ids: np.ndarray) -> list[int]:
    return ids[ids != PAD_ID].tolist()
