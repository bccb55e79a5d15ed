"""Teacher forcing: the cross-entropy of each reference token, given the reference tokens before it."""

from __future__ import annotations

from typing import Any

import keras

from seq2seq.training.loss import TokenCrossEntropy, TokenStatistics
from seq2seq.training.objectives.objective import Objective
from seq2seq.training.objectives.scheduled_sampling import ScheduledSampling


class CrossEntropy(Objective):
    """The mean smoothed cross-entropy over the real tokens of a batch, see `TokenCrossEntropy`.

    Args:
        model: see `Objective`.
        label_smoothing: see `TokenCrossEntropy`.
        scheduled_sampling: what the decoder reads in place of the reference, if not the reference.
    """

    def __init__(
        self,
        model: keras.Model,
        label_smoothing: float = 0.0,
        scheduled_sampling: ScheduledSampling | None = None,
    ) -> None:
        super().__init__(model, TokenStatistics(label_smoothing))
        self.loss_of_tokens = TokenCrossEntropy(label_smoothing)
        self.scheduled_sampling = scheduled_sampling

    def prepare(self, inputs: dict[str, Any], labels: Any, *, step: int, batch: int) -> tuple[dict[str, Any], Any]:
        if self.scheduled_sampling is None:
            return inputs, labels
        return self.scheduled_sampling.mix(inputs, step=step, batch=batch), labels

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        return self.loss_of_tokens(y, y_pred)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        self.statistics.update_state(y, y_pred)
        return self.statistics.result()
