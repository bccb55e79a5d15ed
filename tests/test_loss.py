"""The loss against a slow NumPy oracle: value, gradient, padding, smoothing."""

import keras
import numpy as np
import pytest
from keras import ops

from seq2seq.training.loss import TokenCrossEntropy, TokenStatistics, smoothed_cross_entropy

BATCH, TIME, VOCABULARY = 2, 5, 11


def _oracle(labels, logits, smoothing):
    """Cross-entropy of every position against the written-out target distribution: (batch, time) float64."""
    logits = logits.astype(np.float64)
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    target = np.full(logits.shape, smoothing / logits.shape[-1])
    for place in np.ndindex(*labels.shape):
        target[(*place, labels[place])] += 1.0 - smoothing
    return -(target * log_probs).sum(-1)


def _example(seed=3):
    random = np.random.default_rng(seed)
    logits = random.normal(0.0, 3.0, (BATCH, TIME, VOCABULARY)).astype("float32")
    labels = random.integers(1, VOCABULARY, (BATCH, TIME)).astype("int32")
    labels[0, 3:] = 0
    return labels, logits


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_uniform_logits_cost_the_logarithm_of_the_vocabulary(smoothing):
    labels, logits = _example()
    loss = TokenCrossEntropy(smoothing)(labels, np.full_like(logits, 4.2))
    assert float(loss) == pytest.approx(np.log(VOCABULARY), rel=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_it_is_the_mean_over_real_tokens_of_the_written_out_cross_entropy(smoothing):
    labels, logits = _example()
    losses = _oracle(labels, logits, smoothing)
    expected = losses[labels != 0].mean()
    assert float(TokenCrossEntropy(smoothing)(labels, logits)) == pytest.approx(expected, rel=1e-5)
    # The rivals: a mean over all positions, and a mean of the rows' means.
    assert abs(expected - losses.mean()) > 1e-3
    assert abs(expected - np.mean([losses[0, :3].mean(), losses[1].mean()])) > 1e-3


def test_pads_weigh_nothing_and_a_batch_of_pads_costs_nothing():
    labels, logits = _example()
    wider = np.concatenate([logits, 100.0 * np.ones((BATCH, 1, VOCABULARY), "float32")], axis=1)
    padded = np.concatenate([labels, np.zeros((BATCH, 1), "int32")], axis=1)
    loss = TokenCrossEntropy(0.1)
    assert float(loss(padded, wider)) == pytest.approx(float(loss(labels, logits)), rel=1e-6)
    assert float(loss(np.zeros_like(labels), logits)) == 0.0


def test_huge_logits_stay_finite():
    labels, logits = _example()
    assert np.isfinite(float(TokenCrossEntropy(0.1)(labels, logits * 1e4)))


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="uses TensorFlow's tape")
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_gradient_written_by_hand_is_that_of_the_definition(smoothing):
    import tensorflow as tf

    labels, logits = _example()
    variable = tf.Variable(logits)
    with tf.GradientTape() as tape:
        loss = TokenCrossEntropy(smoothing)(labels, tf.identity(variable))
    found = tape.gradient(loss, variable).numpy()
    with tf.GradientTape() as tape:
        target = tf.one_hot(labels, VOCABULARY) * (1.0 - smoothing) + smoothing / VOCABULARY
        losses = -tf.reduce_sum(target * tf.nn.log_softmax(variable), -1)
        real = tf.cast(labels != 0, tf.float32)
        loss = tf.reduce_sum(losses * real) / tf.reduce_sum(real)
    np.testing.assert_allclose(found, tape.gradient(loss, variable).numpy(), atol=1e-7)
    assert not found[0, 3:].any()


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="uses TensorFlow's tape")
def test_the_gradient_holds_in_a_graph_of_unknown_shapes():
    import tensorflow as tf

    labels, logits = _example()

    @tf.function(input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None, VOCABULARY))])
    def gradient(labels, logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = TokenCrossEntropy(0.1)(labels, logits)
        return tape.gradient(loss, logits)

    variable = tf.Variable(logits)
    with tf.GradientTape() as tape:
        loss = TokenCrossEntropy(0.1)(labels, tf.identity(variable))
    np.testing.assert_allclose(gradient(labels, logits), tape.gradient(loss, variable), atol=1e-7)


def test_half_precision_logits_are_taken_in_float32():
    labels, logits = _example()
    half = ops.cast(logits, "bfloat16")
    losses = smoothed_cross_entropy(labels, half, 0.1)
    assert keras.backend.standardize_dtype(losses.dtype) == "float32"
    rounded = ops.convert_to_numpy(ops.cast(half, "float32"))
    np.testing.assert_allclose(ops.convert_to_numpy(losses), _oracle(labels, rounded, 0.1), rtol=1e-5)


def test_statistics_are_means_over_all_tokens_since_the_reset_and_know_no_smoothing():
    statistics = TokenStatistics(0.1)
    labels, logits = _example()
    other_labels, other_logits = _example(seed=4)
    other_labels = other_labels[:, :1]
    statistics.update_state(labels, logits)
    statistics.update_state(other_labels, other_logits[:, :1])
    plain, smoothed = (
        np.concatenate([_oracle(labels, logits, e)[labels != 0], _oracle(other_labels, other_logits[:, :1], e).ravel()])
        for e in (0.0, 0.1)
    )
    result = {name: float(value) for name, value in statistics.result().items()}
    assert result["tokens"] == len(plain) == 10
    assert result["cross_entropy"] == pytest.approx(plain.mean(), rel=1e-5)
    assert result["loss"] == pytest.approx(smoothed.mean(), rel=1e-5)
    assert result["loss"] != pytest.approx(plain.mean(), rel=1e-4)
    statistics.reset_state()
    assert float(statistics.result()["tokens"]) == 0.0


def test_it_survives_serialisation():
    again = keras.losses.deserialize(keras.losses.serialize(TokenCrossEntropy(0.3)))
    labels, logits = _example()
    assert float(again(labels, logits)) == float(TokenCrossEntropy(0.3)(labels, logits))
