"""Cross-entropy per real token with label smoothing, and the same as running statistics for the log.

For logits z over V entries and the reference y, with lse = log sum exp(z):

    cross-entropy      H = lse - z[y]
    smoothed           L = (1 - e) H + e (lse - mean(z))

L is the cross-entropy against the target that puts 1 - e on the reference and spreads e evenly over all V entries, the
reference included (Szegedy et al. 2016, section 7). Neither the target nor a second softmax is ever written out: of the
size (tokens, vocabulary) there are the logits, one exponential and the gradient. A part w of the target may be a
distribution q instead, which is written out by whoever gives it:

    softened           (1 - w) L + w (lse - sum q z)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from seq2seq.ops.masks import token_mask


class SoftTargets(NamedTuple):
    """Distributions that are a part of what is aimed at: `probs` q (batch, time, vocabulary) float32, `weight` w."""

    probs: Any
    weight: float


@keras.saving.register_keras_serializable("seq2seq")
class TokenCrossEntropy(keras.losses.Loss):
    """The mean smoothed cross-entropy over the real tokens of a batch.

    Labels are ids (batch, time) int32 with 0 = pad, which weighs nothing; predictions are logits
    (batch, time, vocabulary), taken in float32 whatever the precision of the model. A batch of pads alone has loss 0.

    Args:
        label_smoothing: e above, in [0, 1).
    """

    def __init__(self, label_smoothing: float = 0.0, name: str = "token_cross_entropy", **kwargs: Any) -> None:
        kwargs.setdefault("reduction", "mean_with_sample_weight")
        super().__init__(name=name, **kwargs)
        self.label_smoothing = float(label_smoothing)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        weights = real_tokens(y_true)
        if sample_weight is not None:
            weights = weights * ops.cast(sample_weight, weights.dtype)
        return super().__call__(y_true, y_pred, weights)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Losses (batch, time), pads included: their weight is given by the caller."""
        return smoothed_cross_entropy(y_true, y_pred, self.label_smoothing)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable("seq2seq")
class TokenStatistics(keras.metrics.Metric):
    """Sums over real tokens since the last reset: `{"cross_entropy", "loss", "tokens"}`, the first two as means.

    `exp(cross_entropy)` is the perplexity, always without smoothing; `loss` is smoothed and softened. It repeats the
    sums of the loss by the same operations, which a graph compiler merges with those of the loss.
    """

    def __init__(self, label_smoothing: float = 0.0, name: str = "tokens", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.label_smoothing = float(label_smoothing)
        self.cross_entropy = self.add_weight(name="cross_entropy", initializer="zeros", dtype="float32")
        self.loss = self.add_weight(name="loss", initializer="zeros", dtype="float32")
        self.tokens = self.add_weight(name="tokens", initializer="zeros", dtype="float32")

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, soft: SoftTargets | None = None
    ) -> None:
        """Adds a batch of labels (batch, time) and logits (batch, time, vocabulary), each token counted
        `sample_weight` times, which is a number or (batch, time); None: once."""
        logits = ops.cast(y_pred, "float32")
        labels = ops.cast(y_true, "int32")
        weights = real_tokens(labels) if sample_weight is None else real_tokens(labels) * sample_weight
        _, _, cross_entropy, log_sum = _parts(labels, logits)
        self.cross_entropy.assign_add(ops.sum(cross_entropy * weights))
        smoothed = _mix(cross_entropy, log_sum, logits, self.label_smoothing, soft)
        self.loss.assign_add(ops.sum(smoothed * weights))
        self.tokens.assign_add(ops.sum(weights))

    def result(self) -> dict[str, Any]:
        count = ops.maximum(self.tokens, 1.0)
        return {
            "cross_entropy": self.cross_entropy / count,
            "loss": self.loss / count,
            "tokens": ops.convert_to_tensor(self.tokens),
        }

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "label_smoothing": self.label_smoothing}


def real_tokens(labels: Any) -> Any:
    """1.0 on real tokens, 0.0 on pads: (batch, time) float32."""
    return ops.cast(token_mask(labels), "float32")


def mean_of_tokens(losses: Any, labels: Any) -> Any:
    """The mean of losses (batch, time) over the real tokens of labels; 0 where there are none."""
    real = real_tokens(labels)
    return ops.sum(losses * real) / ops.maximum(ops.sum(real), 1.0)


def smoothed_cross_entropy(
    labels: Any, logits: Any, label_smoothing: float = 0.0, soft: SoftTargets | None = None
) -> Any:
    """The smoothed cross-entropy (batch, time) of labels (batch, time) under logits (batch, time, vocabulary), softened
    where there are soft targets, into which no gradient flows.

    The gradient is written by hand, softmax(z) - target, out of the exponential that the loss needed anyway: on a CPU
    the output layer's step takes about 0.6 of the time of automatic differentiation (64 x 15 tokens, 8,000 entries).
    """
    labels = ops.cast(labels, "int32")
    vocabulary_size = logits.shape[-1]

    @ops.custom_gradient
    def loss_of(logits: Any) -> Any:
        exponentials, normaliser, cross_entropy, log_sum = _parts(labels, logits)
        losses = _mix(cross_entropy, log_sum, logits, label_smoothing, soft)

        def gradient(*arguments: Any, upstream: Any = None) -> Any:
            if upstream is None:
                (upstream,) = arguments
            hard = 1.0 if soft is None else 1.0 - soft.weight
            spread = hard * label_smoothing / vocabulary_size
            scale = ops.expand_dims(upstream, -1)
            every = exponentials * (scale / normaliser) - scale * spread
            at_reference = upstream * (ops.exp(-cross_entropy) - spread - hard * (1.0 - label_smoothing))
            if soft is not None:
                every = every - scale * soft.weight * soft.probs
                at_reference = at_reference - upstream * soft.weight * _at(labels, soft.probs)
            flat = ops.reshape(every, (-1, vocabulary_size))
            rows = ops.arange(ops.shape(flat)[0], dtype="int32")
            places = ops.stack([rows, ops.reshape(labels, (-1,))], axis=1)
            flat = ops.scatter_update(flat, places, ops.reshape(at_reference, (-1,)))
            return ops.reshape(flat, ops.shape(logits))

        return losses, gradient

    return loss_of(ops.cast(logits, "float32"))


def symmetric_divergence(first: Any, second: Any) -> Any:
    """KL(p, q) + KL(q, p) (batch, time) of p and q, the softmax of two logits (batch, time, vocabulary) in float32.

    With d = log p - log q it is sum (p - q) d, and its gradient in the first logits is p (d - sum p d) + p - q, in the
    second q (sum q d - d) + q - p, written by hand as that of the cross-entropy is.
    """

    @ops.custom_gradient
    def divergence_of(first: Any, second: Any) -> Any:
        log_p, log_q = ops.log_softmax(first), ops.log_softmax(second)
        p, q = ops.exp(log_p), ops.exp(log_q)
        ratios, differences = log_p - log_q, p - q

        def gradient(*arguments: Any, upstream: Any = None) -> Any:
            if upstream is None:
                (upstream,) = arguments
            scale = ops.expand_dims(upstream, -1)
            in_first = p * (ratios - ops.sum(p * ratios, axis=-1, keepdims=True)) + differences
            in_second = q * (ops.sum(q * ratios, axis=-1, keepdims=True) - ratios) - differences
            return scale * in_first, scale * in_second

        return ops.sum(differences * ratios, axis=-1), gradient

    return divergence_of(first, second)


def _parts(labels: Any, logits: Any) -> tuple[Any, Any, Any, Any]:
    """exp(z - max z) and its sum (kept as an axis of 1), the cross-entropy and lse (batch, time)."""
    largest = ops.max(logits, axis=-1, keepdims=True)
    exponentials = ops.exp(logits - largest)
    normaliser = ops.sum(exponentials, axis=-1, keepdims=True)
    log_sum = ops.log(normaliser) + largest
    log_sum = ops.squeeze(log_sum, -1)
    return exponentials, normaliser, log_sum - _at(labels, logits), log_sum


def _at(labels: Any, values: Any) -> Any:
    """Of values (batch, time, vocabulary) those at the labels (batch, time)."""
    return ops.squeeze(ops.take_along_axis(values, ops.expand_dims(labels, -1), axis=-1), -1)


def _mix(cross_entropy: Any, log_sum: Any, logits: Any, label_smoothing: float, soft: SoftTargets | None) -> Any:
    losses = cross_entropy
    if label_smoothing:
        losses = (1.0 - label_smoothing) * losses + label_smoothing * (log_sum - ops.mean(logits, axis=-1))
    if soft is not None:
        losses = (1.0 - soft.weight) * losses + soft.weight * (log_sum - ops.sum(soft.probs * logits, axis=-1))
    return losses
