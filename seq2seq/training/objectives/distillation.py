"""Knowledge distillation: a model that learns what trained models predict, beside the references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from seq2seq.training.loss import SoftTargets, mean_of_tokens, smoothed_cross_entropy
from seq2seq.training.objectives.cross_entropy import CrossEntropy
from seq2seq.training.objectives.scheduled_sampling import ScheduledSampling

# Inputs -> logits (batch, time, vocabulary), as a model gives them.
Predictor = Callable[[dict[str, Any]], Any]


class DistilledCrossEntropy(CrossEntropy):
    """The cross-entropy of the references, mixed with that of a teacher's predictions, token by token.

    With the teacher's prediction q of each token, given what the student itself reads before it:

        loss = (1 - w) H(y, p) + w H(q, p),      H(q, p) = -sum over v of q(v) log p(v)

    averaged over the real tokens: word-level knowledge distillation (Hinton et al. 2015, section 2, with temperature 1;
    Kim & Rush 2016, section 3.1). H(y, p) is smoothed, H(q, p) is not, since q is no single token.

    Args:
        model: see `Objective`.
        label_smoothing: of H(y, p).
        load_teacher: gives what predicts, without dropout, when the first batch comes; nothing of it is trained, or
            belongs to the objective's weights.
        weight: w.
        scheduled_sampling: see `CrossEntropy`; the teacher reads what the model reads.
    """

    def __init__(
        self,
        model: keras.Model,
        label_smoothing: float,
        load_teacher: Callable[[], Predictor],
        weight: float,
        scheduled_sampling: ScheduledSampling | None = None,
    ) -> None:
        super().__init__(model, label_smoothing, scheduled_sampling)
        self.load_teacher = load_teacher
        self.weight = weight
        self._teach: Predictor | None = None

    def prepare(self, inputs: dict[str, Any], labels: Any, *, step: int, batch: int) -> tuple[dict[str, Any], Any]:
        if self._teach is None:  # here, because weights cannot be read while a step is traced
            teacher = self.load_teacher()
            # A function, because a model would become a part of this one.
            self._teach = lambda inputs: ops.stop_gradient(ops.softmax(ops.cast(teacher(inputs), "float32")))
        return super().prepare(inputs, labels, step=step, batch=batch)

    def call(self, inputs: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """`logits` of the model, and `probs` of the teacher: q."""
        return {"logits": super().call(inputs, training=training), "probs": self._teach(inputs)}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        losses = smoothed_cross_entropy(y, y_pred["logits"], self.loss_of_tokens.label_smoothing, self._soft(y_pred))
        return mean_of_tokens(losses, y)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        self.statistics.update_state(y, y_pred["logits"], soft=self._soft(y_pred))
        return self.statistics.result()

    def _soft(self, predicted: dict[str, Any]) -> SoftTargets:
        return SoftTargets(predicted["probs"], self.weight)
