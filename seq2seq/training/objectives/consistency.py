"""R-Drop: two predictions of one batch under different dropout, pulled together (Liang et al. 2021)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seq2seq.training.loss import real_tokens, symmetric_divergence
from seq2seq.training.objectives.cross_entropy import CrossEntropy
from seq2seq.training.objectives.scheduled_sampling import ScheduledSampling


class ConsistentCrossEntropy(CrossEntropy):
    """Cross-entropy, and a penalty where two draws of dropout disagree (R-Drop, Liang et al. 2021, eq. 4).

    Every sentence goes through the model twice, as two rows of one batch, which predict p and q of each token:

        loss = (H(y, p) + H(y, q)) / 2 + alpha / 4 (KL(p, q) + KL(q, p))

    averaged over the real tokens. It is half of the paper's, L = H(y, p) + H(y, q) + alpha / 2 (KL(p, q) + KL(q, p)):
    alpha means the same, and a learning rate fits as it fits plain cross-entropy. A step computes twice as much.

    Args:
        model: see `Objective`; without dropout p = q, and nothing is gained.
        label_smoothing: of H.
        consistency: alpha.
        scheduled_sampling: see `CrossEntropy`; both rows read the same.
    """

    def __init__(
        self,
        model: keras.Model,
        label_smoothing: float,
        consistency: float,
        scheduled_sampling: ScheduledSampling | None = None,
    ) -> None:
        super().__init__(model, label_smoothing, scheduled_sampling)
        self.consistency = consistency

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Logits (2 x batch, time, vocabulary): all sentences, and all of them again."""
        return super().call({name: _twice(tensor) for name, tensor in inputs.items()}, training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        penalty = self._penalty(y, y_pred) / ops.maximum(ops.sum(real_tokens(y)), 1.0)
        return self.loss_of_tokens(_twice(y), y_pred) + penalty

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        self.statistics.update_state(_twice(y), y_pred, sample_weight=0.5)
        self.statistics.loss.assign_add(self._penalty(y, y_pred))
        return self.statistics.result()

    def _penalty(self, labels: Any, logits: Any) -> Any:
        """alpha / 4 (KL(p, q) + KL(q, p)), summed over the real tokens of labels (batch, time)."""
        first, second = ops.split(ops.cast(logits, "float32"), 2)
        return 0.25 * self.consistency * ops.sum(symmetric_divergence(first, second) * real_tokens(labels))


def _twice(tensor: Any) -> Any:
    return ops.concatenate([tensor, tensor])
