"""What is minimised: each objective against its definition, and against the ones that it must equal."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_training import (
    BATCHES,
    UNITS,
    VOCABULARY,
    events_of,
    make_batch,
    make_model,
    make_timetable,
    make_trainer,
    make_translator_model,
    weights_of,
)

from seq2seq.training.loss import symmetric_divergence
from seq2seq.training.objectives import ConsistentCrossEntropy, CrossEntropy, ScheduledSampling, scheduled_sampling
from seq2seq.training.optimizers import build_optimizer

# --- consistency ------------------------------------------------------------------------------------------------------


def _logits(rows=2, time=5, seed=3):
    return np.random.default_rng(seed).normal(0.0, 2.0, (2, rows, time, VOCABULARY)).astype("float32")


def _divergence(first, second):
    """KL(p, q) + KL(q, p) as it is written: (batch, time)."""
    p, q = tf.nn.softmax(first), tf.nn.softmax(second)
    return tf.reduce_sum(p * tf.math.log(p / q), -1) + tf.reduce_sum(q * tf.math.log(q / p), -1)


def test_the_divergence_is_that_of_the_definition_and_nothing_between_equals():
    first, second = _logits()
    found = symmetric_divergence(first, second)
    np.testing.assert_allclose(found, _divergence(first, second), rtol=1e-4)
    np.testing.assert_allclose(found, symmetric_divergence(second, first), rtol=1e-5)
    np.testing.assert_allclose(symmetric_divergence(first, first + 7.0), 0.0, atol=1e-5)
    p, q = tf.nn.softmax(first), tf.nn.softmax(second)
    assert not np.allclose(found, 2.0 * tf.reduce_sum(p * tf.math.log(p / q), -1), rtol=1e-2)  # the rival: one side


def test_the_gradient_of_the_divergence_is_that_of_the_definition_also_in_a_graph_of_unknown_shapes():
    first, second = map(tf.constant, _logits())
    weights = np.random.default_rng(4).normal(size=(2, 5)).astype("float32")

    def gradients(divergence):
        with tf.GradientTape() as tape:
            tape.watch([first, second])
            total = tf.reduce_sum(divergence(first, second) * weights)
        return tape.gradient(total, [first, second])

    shape = tf.TensorSpec((None, None, VOCABULARY))
    traced = tf.function(lambda first, second: symmetric_divergence(first, second), input_signature=[shape, shape])
    for found in (gradients(symmetric_divergence), gradients(traced)):
        for ours, theirs in zip(found, gradients(_divergence), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_two_draws_of_dropout_cost_their_mean_cross_entropy_and_a_quarter_of_alpha_of_their_divergence():
    labels = np.array([[4, 5, 6, 7, 3], [8, 3, 0, 0, 0]], "int32")
    real = labels != 0
    first, second = _logits()
    objective = ConsistentCrossEntropy(make_model(), 0.1, 3.0)
    plain = CrossEntropy(make_model(), 0.1)
    both = np.concatenate([first, second])
    means = [float(plain.compute_loss(y=labels, y_pred=logits)) for logits in (first, second)]
    divergence = _divergence(first, second).numpy()
    expected = np.mean(means) + 3.0 / 4.0 * divergence[real].mean()
    assert float(objective.compute_loss(y=labels, y_pred=both)) == pytest.approx(expected, rel=1e-5)
    assert abs(divergence[real].mean() - divergence.mean()) > 1e-2  # so pads would tell
    result = {name: float(value) for name, value in objective.compute_metrics(None, labels, both).items()}
    assert result["loss"] == pytest.approx(expected, rel=1e-5)
    assert result["tokens"] == real.sum()
    unsmoothed = CrossEntropy(make_model())
    means = [float(unsmoothed.compute_loss(y=labels, y_pred=logits)) for logits in (first, second)]
    assert result["cross_entropy"] == pytest.approx(np.mean(means), rel=1e-5)


def _after_three_steps(objective):
    objective.compile(keras.optimizers.SGD(0.5))
    for seed in range(3):
        objective.train_on_batch(*make_batch(np.random.default_rng(seed)))
    return objective.model.get_weights()


def test_without_dropout_or_with_alpha_0_it_is_plain_cross_entropy():
    plain = _after_three_steps(CrossEntropy(make_model(), 0.1))
    still = _after_three_steps(ConsistentCrossEntropy(make_model(), 0.1, 5.0))
    for found, wanted in zip(still, plain, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    model = make_model(dropout=0.5)
    inputs, labels = make_batch(np.random.default_rng(1))
    objective = ConsistentCrossEntropy(model, 0.1, 5.0)
    logits = objective(inputs, training=True)
    without = ConsistentCrossEntropy(model, 0.1, 0.0).compute_loss(y=labels, y_pred=logits)
    twice = np.concatenate([labels, labels])
    assert float(without) == pytest.approx(float(CrossEntropy(model, 0.1).compute_loss(y=twice, y_pred=logits)))
    # The rival: with dropout and alpha the two halves differ, and that costs.
    assert float(objective.compute_loss(y=labels, y_pred=logits)) > float(without) + 1e-3


def test_consistency_is_trained_and_plain_cross_entropy_is_validated(tmp_path):
    trainer = make_trainer(tmp_path, objective=ConsistentCrossEntropy(make_model(dropout=0.3), 0.1, 2.0))
    trainer.train()
    inputs, labels = trainer.validation_batches()[0]
    log_probs = np.asarray(keras.ops.log_softmax(trainer.model(inputs)))
    chosen = np.take_along_axis(log_probs, labels[..., None], -1)[..., 0]
    only = make_trainer(tmp_path / "only", objective=trainer.objective, validation_batches=lambda: [(inputs, labels)])
    assert only._validation_perplexity() == pytest.approx(np.exp(-chosen[labels != 0].mean()), rel=1e-5)
    logs = events_of(tmp_path, "train")
    assert logs[-1]["loss"] < logs[0]["loss"]


# --- scheduled sampling -----------------------------------------------------------------------------------------------

SOURCES = np.array([[5, 6, 3], [7, 3, 0]], "int32")
TARGETS = np.array([[2, 5, 6, 7, 8], [2, 9, 4, 0, 0]], "int32")  # begin and the pieces
INPUTS = {"source_ids": SOURCES, "target_ids": TARGETS}
REAL = TARGETS != 0


def never(step):
    return 0.0


def half(step):
    return 0.5


def test_decays_are_those_of_the_paper():
    linear = scheduled_sampling.linear(start=1.1, slope=0.2, minimum=0.25)
    assert [linear(step) for step in (1, 2, 4, 5, 99)] == pytest.approx([0.9, 0.7, 0.3, 0.25, 0.25])
    exponential = scheduled_sampling.exponential(0.9)
    assert [exponential(step) for step in (1, 2, 10)] == pytest.approx([0.9, 0.81, 0.9**10])
    sigmoid = scheduled_sampling.inverse_sigmoid(20.0)
    assert sigmoid(1) == pytest.approx(20 / (20 + math.exp(1 / 20)))
    assert sigmoid(20 * math.log(20)) == pytest.approx(0.5)
    assert 0.0 <= sigmoid(10**6) < 1e-9


@pytest.mark.parametrize("feeding", [False, True])
def test_what_is_read_is_what_a_slow_loop_draws_by_the_same_numbers(feeding):
    cells = {"kind": "simple_rnn", "units": UNITS, "input_feeding": feeding}
    model = make_translator_model(decoder=cells)
    sampling = ScheduledSampling(model, half, seed=9)
    found = sampling.mix(INPUTS, step=1, batch=4)
    generator = np.random.default_rng([9, scheduled_sampling.STREAM, 4])
    kept, uniforms = generator.random(TARGETS.shape) < 0.5, generator.random(TARGETS.shape, dtype=np.float32)

    read, state = TARGETS.copy(), model.start(SOURCES)
    for time in range(TARGETS.shape[1] - 1):
        log_probs, state, _ = model.step(read[:, time], state)
        probabilities = np.exp(np.asarray(log_probs, dtype=np.float64))
        probabilities[:, [0, 2, 3]] = 0.0  # padding, begin, end
        cumulative = np.cumsum(probabilities, axis=1) / probabilities.sum(axis=1, keepdims=True)
        drawn = (cumulative <= uniforms[:, time, None]).sum(axis=1)
        replaced = REAL[:, time + 1] & ~kept[:, time + 1]
        read[replaced, time + 1] = drawn[replaced]
    np.testing.assert_array_equal(found["target_ids"], read)
    assert 0 < (read != TARGETS).sum() < REAL.sum()
    assert found["source_ids"] is SOURCES
    # The rivals: another batch, another seed.
    wide = {name: np.tile(ids, (9, 1)) for name, ids in INPUTS.items()}
    first = sampling.mix(wide, step=1, batch=4)["target_ids"]
    for other, batch in ((sampling, 5), (ScheduledSampling(model, half, seed=8), 4)):
        assert not np.array_equal(other.mix(wide, step=1, batch=batch)["target_ids"], first)


def test_draws_have_the_probabilities_of_the_model_and_coins_are_tossed_for_each_id():
    rows = 4000
    model = make_translator_model()
    state = model.start(SOURCES[:1])
    probabilities = np.exp(np.asarray(model.step(TARGETS[:1, 0], state)[0], dtype=np.float64))[0]
    probabilities[[0, 2, 3]] = 0.0
    wide = {name: np.tile(ids[:1], (rows, 1)) for name, ids in INPUTS.items()}
    drawn = ScheduledSampling(model, never, seed=1).mix(wide, step=1, batch=0)["target_ids"]
    assert (drawn[:, 0] == 2).all()
    counts = np.bincount(drawn[:, 1], minlength=VOCABULARY)
    assert counts[[0, 2, 3]].sum() == 0
    likely = probabilities > 0
    expected = rows * probabilities[likely] / probabilities.sum()
    assert ((counts[likely] - expected) ** 2 / expected).sum() < 24.3  # chi-square, 7 degrees of freedom, p 0.001
    uniform = np.full(likely.sum(), rows / likely.sum())
    assert ((counts[likely] - uniform) ** 2 / uniform).sum() > 24.3  # the rival
    mixed = ScheduledSampling(model, half, seed=1).mix(wide, step=1, batch=0)["target_ids"] == wide["target_ids"]
    by_row = mixed[:, 1:].sum(axis=1)
    assert set(by_row) == {0, 1, 2, 3, 4}  # a coin for a sentence would keep all or, nearly always, none
    assert mixed[:, 0].all()


def test_padding_stays_and_a_share_of_1_reads_the_references_alone():
    model = make_translator_model()
    drawn = ScheduledSampling(model, never, seed=1).mix(INPUTS, step=1, batch=0)["target_ids"]
    np.testing.assert_array_equal(drawn[~REAL], 0)
    assert (drawn[REAL] != 0).all()
    early = ScheduledSampling(model, scheduled_sampling.linear(1.5, 0.25, 0.0), seed=1)
    assert early.mix(INPUTS, step=2, batch=0) is INPUTS
    assert early.mix(INPUTS, step=5, batch=0) is not INPUTS
    empty = {**INPUTS, "target_ids": TARGETS[:, :1]}
    assert ScheduledSampling(model, never, seed=1).mix(empty, step=1, batch=0) is empty


def test_labels_stay_those_of_the_text():
    labels = np.array([[5, 6, 7, 8, 3], [9, 4, 3, 0, 0]], "int32")
    objective = CrossEntropy(make_translator_model(), 0.1, ScheduledSampling(make_translator_model(), never, seed=1))
    inputs, same = objective.prepare(INPUTS, labels, step=1, batch=0)
    assert same is labels
    assert not np.array_equal(inputs["target_ids"], TARGETS)


# --- exact resume -----------------------------------------------------------------------------------------------------


def consistent(seed):
    return ConsistentCrossEntropy(make_model(seed, dropout=0.3), 0.1, 2.0)


def sampled(seed):
    model = make_translator_model(seed, dropout=0.3)
    return CrossEntropy(model, 0.1, ScheduledSampling(model, scheduled_sampling.exponential(0.8), seed=1))


@pytest.mark.parametrize("make_objective", [consistent, sampled])
def test_2k_steps_are_k_steps_and_a_resume_and_k_steps(tmp_path, make_objective):
    def make(folder, seed=1):
        optimizer = build_optimizer("adam", 0.05, accumulate_steps=2)
        times = make_timetable(accumulate_steps=2, checkpoint_every_steps=1, log_every_steps=1)
        return make_trainer(folder, objective=make_objective(seed), optimizer=optimizer, timetable=times)

    whole = make(tmp_path / "whole")
    whole.train()
    assert whole.state.batches == 2 * BATCHES
    resumed = make(tmp_path / "resumed", seed=2)
    resumed.resume(whole.store.all()[1])
    resumed.train()
    assert all(map(np.array_equal, weights_of(whole), weights_of(resumed)))
    logs = [_without_the_clock(events_of(tmp_path / name, "train")) for name in ("whole", "resumed")]
    assert logs[0][-len(logs[1]) :] == logs[1]


def _without_the_clock(events):
    return [{key: event[key] for key in event if key not in ("seconds", "tokens_per_second")} for event in events]
