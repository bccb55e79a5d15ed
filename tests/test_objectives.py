"""What is minimised: each objective against its definition, and against the ones that it must equal."""

from __future__ import annotations

import copy
import math
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import sacrebleu
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

from seq2seq.config.schema import Search, TranslationRun
from seq2seq.evaluation.sentence_risk import sentence_risks
from seq2seq.training.loss import symmetric_divergence
from seq2seq.training.objectives import (
    ConsistentCrossEntropy,
    CrossEntropy,
    MinimumRisk,
    ScheduledSampling,
    scheduled_sampling,
)
from seq2seq.training.objectives.objective import batch_generator
from seq2seq.training.optimizers import build_optimizer
from seq2seq.training.validation import TeacherForcedValidation
from seq2seq.workflows.tasks.translation_trainer import make_objective

# --- every objective --------------------------------------------------------------------------------------------------


class _KerasSteps(CrossEntropy):
    """The rival: steps as Keras compiles them, the first batch for its sizes alone."""

    make_train_function = keras.Model.make_train_function
    make_test_function = keras.Model.make_test_function


@pytest.mark.parametrize(("kind", "graphs"), [(CrossEntropy, 1), (_KerasSteps, 2)])
def test_one_graph_takes_batches_of_all_sizes_so_a_resumed_training_takes_the_same(kind, graphs):
    traced = []

    class Counted(kind):
        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            traced.append(y.shape)
            return super().compute_metrics(x, y, y_pred, sample_weight)

    objective = Counted(make_model())
    objective.compile(keras.optimizers.SGD(0.5), jit_compile=False)  # as the trainer does
    inputs, labels = make_batch(np.random.default_rng(1))
    shorter = {name: ids[:-1] for name, ids in inputs.items()}, labels[:-1]
    for way in (objective.train_on_batch, objective.test_on_batch):
        traced.clear()
        for batch in ((inputs, labels), shorter, (inputs, labels)):
            way(*batch)
        assert len(traced) == graphs
        assert (traced[0].rank, traced[0].is_fully_defined()) == (2, kind is _KerasSteps)


def test_objectives_are_fitted_evaluated_and_run_eagerly_as_keras_models():
    inputs, labels = make_batch(np.random.default_rng(1))
    eager = []

    class Watched(CrossEntropy):
        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            eager.append(tf.executing_eagerly())
            return super().compute_metrics(x, y, y_pred, sample_weight)

    for run_eagerly in (False, True):
        eager.clear()
        objective = Watched(make_model())
        objective.compile(keras.optimizers.SGD(0.5), jit_compile=False, run_eagerly=run_eagerly)
        losses = objective.fit(inputs, labels, batch_size=2, epochs=3, shuffle=False, verbose=0).history["loss"]
        assert losses[2] < losses[0]
        assert objective.evaluate(inputs, labels, batch_size=2, verbose=0, return_dict=True)["loss"] < losses[0]
        assert all(eager) if run_eagerly else not any(eager)


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
    objective.compile(keras.optimizers.SGD(0.5), jit_compile=False)  # as the trainer does
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
    inputs, labels = trainer.validate.batches()[0]
    log_probs = np.asarray(keras.ops.log_softmax(trainer.model(inputs)))
    chosen = np.take_along_axis(log_probs, labels[..., None], -1)[..., 0]
    only = TeacherForcedValidation(trainer.model, lambda: [(inputs, labels)])
    assert only(False)["perplexity"] == pytest.approx(np.exp(-chosen[labels != 0].mean()), rel=1e-5)
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


@pytest.fixture(scope="module")
def sampling():
    """`(decay, seed)` -> a ScheduledSampling, all of one model and one graph."""
    traced = ScheduledSampling(make_translator_model(), half, seed=1)
    traced.mix(INPUTS, step=1, batch=0)

    def make(decay, seed=1):
        made = copy.copy(traced)
        made.decay, made.seed = decay, seed
        return made

    return make


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
def test_what_is_read_is_what_a_slow_loop_draws_by_the_same_numbers(sampling, feeding):
    cells = {"kind": "simple_rnn", "units": UNITS, "input_feeding": True}
    drawing = ScheduledSampling(make_translator_model(decoder=cells), half, seed=9) if feeding else sampling(half, 9)
    found = drawing.mix(INPUTS, step=1, batch=4)
    generator = batch_generator(9, scheduled_sampling.STREAM, 4)
    kept, uniforms = generator.random(TARGETS.shape) < 0.5, generator.random(TARGETS.shape, dtype=np.float32)

    read, state = TARGETS.copy(), drawing.model.start(SOURCES)
    for time in range(TARGETS.shape[1] - 1):
        log_probs, state, _ = drawing.model.step(read[:, time], state)
        probabilities = np.exp(np.asarray(log_probs, dtype=np.float64))
        probabilities[:, [0, 2, 3]] = 0.0  # padding, begin, end
        cumulative = np.cumsum(probabilities, axis=1) / probabilities.sum(axis=1, keepdims=True)
        drawn = (cumulative <= uniforms[:, time, None]).sum(axis=1)
        replaced = REAL[:, time + 1] & ~kept[:, time + 1]
        read[replaced, time + 1] = drawn[replaced]
    np.testing.assert_array_equal(found["target_ids"], read)
    assert 0 < (read != TARGETS).sum() < REAL.sum()
    assert found["source_ids"] is SOURCES


def test_what_is_read_is_a_function_of_seed_and_batch(sampling):
    wide = {name: np.tile(ids, (9, 1)) for name, ids in INPUTS.items()}
    first = sampling(half, 9).mix(wide, step=1, batch=4)["target_ids"]
    np.testing.assert_array_equal(sampling(half, 9).mix(wide, step=2, batch=4)["target_ids"], first)
    for seed, batch in ((9, 5), (8, 4)):
        assert not np.array_equal(sampling(half, seed).mix(wide, step=1, batch=batch)["target_ids"], first)


def test_draws_have_the_probabilities_of_the_model_and_coins_are_tossed_for_each_id(sampling):
    rows = 4000
    model = sampling(half).model
    log_probs, _, _ = model.step(TARGETS[:1, 0], model.start(SOURCES[:1]))
    probabilities = np.exp(np.asarray(log_probs, dtype=np.float64))[0]
    probabilities[[0, 2, 3]] = 0.0
    wide = {name: np.tile(ids[:1], (rows, 1)) for name, ids in INPUTS.items()}
    drawn = sampling(never).mix(wide, step=1, batch=0)["target_ids"]
    assert (drawn[:, 0] == 2).all()
    counts = np.bincount(drawn[:, 1], minlength=VOCABULARY)
    assert counts[[0, 2, 3]].sum() == 0
    likely = probabilities > 0
    expected = rows * probabilities[likely] / probabilities.sum()
    assert ((counts[likely] - expected) ** 2 / expected).sum() < 24.3  # chi-square, 7 degrees of freedom, p 0.001
    uniform = np.full(likely.sum(), rows / likely.sum())
    assert ((counts[likely] - uniform) ** 2 / uniform).sum() > 24.3  # the rival
    mixed = sampling(half).mix(wide, step=1, batch=0)["target_ids"] == wide["target_ids"]
    assert set(mixed[:, 1:].sum(axis=1)) == {0, 1, 2, 3, 4}  # a coin for a sentence would keep all or, mostly, none
    assert mixed[:, 0].all()


def test_padding_stays_and_a_share_of_1_reads_the_references_alone(sampling):
    drawn = sampling(never).mix(INPUTS, step=1, batch=0)["target_ids"]
    np.testing.assert_array_equal(drawn[~REAL], 0)
    assert (drawn[REAL] != 0).all()
    with_an_empty_one = {**INPUTS, "target_ids": np.array([TARGETS[0], [2, 0, 0, 0, 0]], "int32")}
    assert sampling(never).mix(with_an_empty_one, step=1, batch=0)["target_ids"][1].tolist() == [2, 0, 0, 0, 0]
    early = sampling(scheduled_sampling.linear(1.5, 0.25, 0.0))
    assert early.mix(INPUTS, step=2, batch=0) is INPUTS
    assert early.mix(INPUTS, step=5, batch=0) is not INPUTS
    empty = {**INPUTS, "target_ids": TARGETS[:, :1]}
    assert sampling(never).mix(empty, step=1, batch=0) is empty


def test_labels_stay_those_of_the_text(sampling):
    labels = np.array([[5, 6, 7, 8, 3], [9, 4, 3, 0, 0]], "int32")
    for objective in (
        CrossEntropy(sampling(half).model, 0.1, sampling(never)),
        ConsistentCrossEntropy(sampling(half).model, 0.1, 1.0, sampling(never)),
    ):
        inputs, same = objective.prepare(INPUTS, labels, step=1, batch=0)
        assert same is labels
        assert not np.array_equal(inputs["target_ids"], TARGETS)


# --- minimum risk -----------------------------------------------------------------------------------------------------

REFERENCES = np.array([[5, 6, 7, 8, 3], [9, 4, 3, 0, 0]], "int32")


def disagreement(hypotheses, references):
    """The share of ids of a hypothesis that its reference has not at their places."""
    pairs = zip(hypotheses, references, strict=True)
    return [1.0 - sum(map(int.__eq__, ours, theirs)) / len(ours) for ours, theirs in pairs]


def make_minimum_risk(model, risk=disagreement, samples=3, sharpness=0.5, seed=1):
    limits = {"maximum_ratio": 1.5, "maximum_extra": 2}
    return MinimumRisk(model, risk, samples=samples, sharpness=sharpness, seed=seed, **limits)


@pytest.fixture(scope="module")
def risky():
    """An objective, and one batch of it prepared: inputs and labels. Short candidates are likely; one comes twice."""
    objective = make_minimum_risk(make_translator_model())
    objective.model.vocabulary_projection.bias.assign(2.0 * (np.arange(VOCABULARY) == 3))
    return objective, *objective.prepare(INPUTS, REFERENCES, step=1, batch=3)


def _rows(labels):
    return [ids[ids != 0].tolist() for ids in labels]


def test_candidates_are_the_reference_and_draws_of_the_model_as_a_batch_of_teacher_forcing(risky):
    _, inputs, labels = risky
    rows = _rows(labels)
    assert len(rows) == 8
    assert [rows[0], rows[4]] == _rows(REFERENCES)
    np.testing.assert_array_equal(inputs["source_ids"], np.repeat(SOURCES, 4, axis=0))
    for ids, read in zip(labels, inputs["target_ids"], strict=True):
        count = (ids != 0).sum()
        assert read[:count].tolist() == [2, *ids[: count - 1]]
        assert not read[count:].any()
    for place, ids in enumerate(rows):
        assert len(ids) <= (5, 3)[place // 4] or place % 4 == 0  # 1.5 x 2 pieces + 2 and 1.5 x 1 + 2, rounded down
        assert 3 not in ids[:-1]
    assert inputs["risks"].tolist() == pytest.approx(disagreement(rows, [rows[0]] * 4 + [rows[4]] * 4))
    assert inputs["risks"][0] == inputs["risks"][4] == 0.0
    wanted = [ids not in rows[place - place % 4 : place] for place, ids in enumerate(rows)]
    assert inputs["counts"].tolist() == wanted
    assert not all(wanted)


def test_draws_are_a_function_of_seed_and_batch(risky, monkeypatch):
    objective = risky[0]

    def draw(seed, batch):
        monkeypatch.setattr(objective, "seed", seed)
        return _rows(objective.prepare(INPUTS, REFERENCES, step=7, batch=batch)[1])

    first = draw(1, 4)
    assert draw(1, 4) == first
    assert draw(1, 5) != first
    assert draw(2, 4) != first


def _expected_risks(log_probs, inputs, sharpness):
    """As it is written, source by source, over the candidates that count."""
    expected = []
    for source in range(2):
        these = np.arange(4 * source, 4 * source + 4)[inputs["counts"][4 * source : 4 * source + 4]]
        weights = np.exp(sharpness * log_probs[these])
        expected.append((weights / weights.sum() * inputs["risks"][these]).sum())
    return np.array(expected)


def test_the_loss_is_the_expected_risk_of_the_definition_and_the_perplexity_that_of_the_references(risky):
    objective, inputs, labels = risky
    logits = objective(inputs)
    log_probs = np.asarray(keras.ops.log_softmax(logits), dtype=np.float64)
    chosen = np.where(labels != 0, np.take_along_axis(log_probs, labels[..., None], -1)[..., 0], 0.0)
    expected = _expected_risks(chosen.sum(axis=1), inputs, 0.5)
    assert float(objective.compute_loss(inputs, labels, logits)) == pytest.approx(expected.mean(), rel=1e-5)
    for rival in (_expected_risks(chosen.sum(axis=1), inputs, 1.0), inputs["risks"]):
        assert rival.mean() != pytest.approx(expected.mean(), rel=1e-3)
    objective.statistics.reset_state()
    result = {name: float(value) for name, value in objective.compute_metrics(inputs, labels, logits).items()}
    assert result["loss"] == pytest.approx(expected.mean(), rel=1e-5)
    assert result["tokens"] == (REFERENCES != 0).sum()
    assert result["cross_entropy"] == pytest.approx(-chosen[[0, 4]].sum() / result["tokens"], rel=1e-5)


def test_the_gradient_raises_what_is_better_than_expected_and_lowers_what_is_worse(risky):
    """d loss / d log p(y) = sharpness Q(y) (risk(y) - expected risk) / sources."""
    objective, inputs, labels = risky
    logits = tf.constant(objective(inputs))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = objective.compute_loss(inputs, labels, logits)
    found = tape.gradient(loss, logits).numpy()
    log_probs = np.asarray(tf.nn.log_softmax(logits), dtype=np.float64)
    real = labels != 0
    sums = np.where(real, np.take_along_axis(log_probs, labels[..., None], -1)[..., 0], 0.0).sum(axis=1)
    weights = np.exp(0.5 * sums) * inputs["counts"]
    weights = (weights.reshape(2, 4) / weights.reshape(2, 4).sum(axis=1, keepdims=True)).reshape(-1)
    above = inputs["risks"] - np.repeat(_expected_risks(sums, inputs, 0.5), 4)
    of_log_prob = 0.5 * weights * above / 2
    of_logits = np.eye(VOCABULARY)[labels] - np.exp(log_probs)
    np.testing.assert_allclose(found, of_log_prob[:, None, None] * of_logits * real[..., None], atol=1e-6)
    assert of_log_prob.min() < 0 < of_log_prob.max()


def test_training_lowers_the_risk_of_what_the_model_draws():
    model = make_translator_model()
    objective = make_minimum_risk(model, samples=12, sharpness=1.0)
    objective.compile(keras.optimizers.Adam(0.03), jit_compile=False)

    def drawn_risk(batch):
        inputs, _ = objective.prepare(INPUTS, REFERENCES, step=1, batch=batch)
        return float(np.delete(inputs["risks"].reshape(2, 13), 0, axis=1).mean())

    before = np.mean([drawn_risk(batch) for batch in range(1000, 1003)])
    for batch in range(20):
        objective.train_on_batch(*objective.prepare(INPUTS, REFERENCES, step=1, batch=batch))
    assert np.mean([drawn_risk(batch) for batch in range(1000, 1003)]) < 0.8 * before


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_sentence_risks_are_sacrebleus(metric):
    reference = "Ein Mann fährt auf einem roten Fahrrad."
    texts = [reference, "Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee"]
    risks = sentence_risks(metric, texts, [reference] * 3)
    assert risks[0] == pytest.approx(0.0, abs=1e-9)
    assert 0.0 < risks[1] < risks[2] <= 1.0
    scorer = {"bleu": sacrebleu.sentence_bleu, "chrf": sacrebleu.sentence_chrf}[metric]
    assert risks[1] == pytest.approx(1.0 - scorer(texts[1], [reference]).score / 100.0)


# --- from a configuration ---------------------------------------------------------------------------------------------

FILES = {"source": ["a"], "target": ["b"]}


class Spelling:
    """A tokenizer that writes ids as words."""

    def decode(self, ids):
        return [" ".join("abcdefghijk"[id_] * 3 for id_ in text) for text in ids]


def made_of(**training):
    data = {"train": {"kind": "text", **FILES}, "validation": {"kind": "text", **FILES}}
    config = TranslationRun.model_validate({"seed": 6, "data": data, "training": training})
    return make_objective(config, make_translator_model(), SimpleNamespace(target_tokenizer=Spelling()), None)


def test_the_configuration_says_what_is_minimised():
    plain = made_of(label_smoothing=0.2)
    assert type(plain) is CrossEntropy
    assert plain.loss_of_tokens.label_smoothing == 0.2
    assert plain.scheduled_sampling is None
    decays = [
        ({"kind": "linear", "start": 0.9, "slope": 0.01, "minimum": 0.4}, 0.8),
        ({"kind": "exponential", "base": 0.99}, 0.99**10),
        ({"kind": "inverse_sigmoid", "scale": 5.0}, 5 / (5 + math.exp(2))),
    ]
    for settings, tenth in decays:
        both = made_of(objective={"kind": "cross_entropy", "consistency": 1.5, "scheduled_sampling": settings})
        assert type(both) is ConsistentCrossEntropy
        assert both.consistency == 1.5
        assert both.scheduled_sampling.decay(10) == pytest.approx(tenth)
        assert both.scheduled_sampling.seed == 6
    start = {"run": "runs/x"}
    risk = made_of(start_from=start, objective={"kind": "minimum_risk", "samples": 4, "sharpness": 0.3})
    assert type(risk) is MinimumRisk
    assert (risk.samples, risk.sharpness, risk.seed) == (4, 0.3, 6)
    assert (risk.maximum_ratio, risk.maximum_extra) == (Search().maximum_ratio, Search().maximum_extra)
    by_bleu = risk.risk([[4, 5, 6, 7], [4, 5]], [[4, 5, 6, 8], [4, 5]])
    by_chrf = made_of(start_from=start, objective={"kind": "minimum_risk", "metric": "chrf"}).risk([[4, 5]], [[4, 6]])
    assert by_bleu == sentence_risks("bleu", ["eee fff ggg hhh", "eee fff"], ["eee fff ggg iii", "eee fff"])
    assert by_chrf == sentence_risks("chrf", ["eee fff"], ["eee ggg"])


# --- exact resume -----------------------------------------------------------------------------------------------------


def consistent(seed):
    return ConsistentCrossEntropy(make_model(seed, dropout=0.3), 0.1, 2.0)


def sampled(seed):
    model = make_translator_model(seed, dropout=0.3)
    return CrossEntropy(model, 0.1, ScheduledSampling(model, scheduled_sampling.exponential(0.8), seed=1))


def risk_minimising(seed):
    return make_minimum_risk(make_translator_model(seed, dropout=0.3))


@pytest.mark.parametrize("make_objective", [consistent, sampled, risk_minimising])
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
