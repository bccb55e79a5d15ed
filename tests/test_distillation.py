"""Learning from trained models: the loss against its definition, whose weights move, and runs that teach runs."""

from __future__ import annotations

import json
import shutil
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from mirror_text import SMALLEST, write_mirror_run
from tiny_training import VOCABULARY, make_batch, make_model, make_trainer, make_translator_model, weights_of
from weights_file import weights_in

import seq2seq
from seq2seq.config import load_configuration
from seq2seq.config.schema import distillation_of
from seq2seq.errors import CheckpointError, ConfigurationError, RunError
from seq2seq.training.loss import SoftTargets, smoothed_cross_entropy
from seq2seq.training.objectives import (
    CrossEntropy,
    DistilledCrossEntropy,
    ScheduledSampling,
    scheduled_sampling,
)
from seq2seq.training.run_folder import RunFolder
from seq2seq.workflows.inspect import measure
from seq2seq.workflows.inspection_report import inspection_text
from seq2seq.workflows.memory_estimate import FLOAT_BYTES, TEACHER_LOGIT_COPIES, estimate_memory
from seq2seq.workflows.teachers import load_teacher, teachers_to_train
from seq2seq.workflows.train import check, resume, train
from seq2seq.workflows.training_text import read_text

LABELS = np.array([[4, 5, 6, 7, 3], [8, 3, 0, 0, 0]], "int32")


def _logits(seed=3):
    return np.random.default_rng(seed).normal(0.0, 2.0, (*LABELS.shape, VOCABULARY))


def _probs(seed=5):
    return tf.nn.softmax(_logits(seed)).numpy()


# --- the loss ---------------------------------------------------------------------------------------------------------


def _by_definition(logits, smoothing, probs, weight):
    """- sum of target x log p with the whole target written out, float64."""
    hard = (1.0 - smoothing) * tf.one_hot(LABELS, VOCABULARY, dtype="float64") + smoothing / VOCABULARY
    return -tf.reduce_sum(((1.0 - weight) * hard + weight * probs) * tf.nn.log_softmax(logits), -1)


@pytest.mark.parametrize(("smoothing", "weight"), [(0.0, 0.5), (0.1, 0.7), (0.1, 1.0)])
def test_the_softened_loss_and_its_gradient_are_those_of_the_definition_also_in_a_graph(smoothing, weight):
    probs, upstream = _probs(), np.random.default_rng(4).normal(size=LABELS.shape)

    def losses_and_gradient(loss, dtype):
        logits = tf.constant(_logits(), dtype)
        with tf.GradientTape() as tape:
            tape.watch(logits)
            losses = loss(logits)
            total = tf.reduce_sum(losses * tf.cast(upstream, dtype))
        return losses.numpy(), tape.gradient(total, logits).numpy()

    def ours(logits, soft=probs, share=weight):
        return smoothed_cross_entropy(LABELS, logits, smoothing, SoftTargets(tf.cast(soft, "float32"), share))

    wanted = losses_and_gradient(lambda logits: _by_definition(logits, smoothing, probs, weight), "float64")
    traced = tf.function(ours, input_signature=[tf.TensorSpec((None, None, VOCABULARY))])
    for found in (losses_and_gradient(ours, "float32"), losses_and_gradient(traced, "float32")):
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5)
        np.testing.assert_allclose(found[1], wanted[1], atol=1e-6)
    if weight < 1.0:  # the rivals: the two parts exchanged, another teacher
        assert not np.allclose(ours(_logits(), share=1.05 - weight), wanted[0], rtol=1e-2)
    assert not np.allclose(ours(_logits(), soft=_probs(6)), wanted[0], rtol=1e-2)


def test_a_teacher_that_agrees_with_the_student_asks_for_nothing():
    logits = tf.constant(_logits(), "float32")
    for probs, nothing in ((tf.nn.softmax(logits), True), (tf.cast(_probs(), "float32"), False)):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            losses = smoothed_cross_entropy(LABELS, logits, 0.1, SoftTargets(probs, 1.0))
        assert np.allclose(tape.gradient(losses, logits), 0.0, atol=1e-6) == nothing


# --- the objective ----------------------------------------------------------------------------------------------------


def test_the_objective_trains_the_student_alone_on_what_the_teacher_predicts_without_dropout():
    teacher, student = make_translator_model(2, dropout=0.5), make_translator_model(1)
    objective = DistilledCrossEntropy(student, 0.1, lambda: lambda inputs: teacher(inputs, training=False), 0.7)
    objective.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    inputs, labels = objective.prepare(*make_batch(np.random.default_rng(1)), step=1, batch=0)
    assert [id(one) for one in objective.trainable_variables] == [id(one) for one in student.trainable_variables]
    before = [weight.copy() for weight in teacher.get_weights()]
    real = labels != 0
    with tf.GradientTape() as tape:
        soft = SoftTargets(tf.nn.softmax(teacher(inputs)), 0.7)
        losses = smoothed_cross_entropy(labels, student(inputs), 0.1, soft)
        wanted = tf.reduce_sum(losses * real) / np.sum(real)
    gradients = tape.gradient(wanted, student.trainable_variables)
    steps = [0.1 * tf.convert_to_tensor(gradient) for gradient in gradients]
    moved = [variable - step for variable, step in zip(student.trainable_variables, steps, strict=True)]
    result = objective.train_on_batch(inputs, labels, return_dict=True)
    plain = CrossEntropy(make_translator_model(1), 0.1)
    plain.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    other = plain.train_on_batch(inputs, labels, return_dict=True)
    assert float(result["loss"]) == pytest.approx(float(wanted), rel=1e-5)
    assert float(result["cross_entropy"]) == pytest.approx(float(other["cross_entropy"]), rel=1e-6)
    assert float(result["loss"]) != pytest.approx(float(other["loss"]), rel=1e-3)
    for now, then in zip(teacher.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    for variable, then in zip(student.trainable_variables, moved, strict=True):
        np.testing.assert_allclose(variable, then, atol=1e-6)


@pytest.mark.parametrize("quiet", [True, False])
def test_a_model_that_is_not_told_how_takes_the_training_of_the_objective(quiet):
    """Why `load_teacher` says `training=False`; the rival is a teacher under dropout."""
    teacher = make_translator_model(2, dropout=0.5)
    told = (lambda inputs: teacher(inputs, training=False)) if quiet else teacher
    objective = DistilledCrossEntropy(make_translator_model(1), 0.1, lambda: told, 0.7)
    inputs, _ = objective.prepare(*make_batch(np.random.default_rng(1)), step=1, batch=0)
    first, second = (objective(inputs, training=True)["probs"].numpy() for _ in range(2))
    assert np.array_equal(first, second) == quiet


def test_a_student_comes_nearer_to_its_teacher_than_one_of_references_alone(tmp_path):
    teacher = make_model(3)

    def distance(weight):
        student = make_model(1)
        objective = DistilledCrossEntropy(student, 0.0, lambda: teacher, weight) if weight else CrossEntropy(student)
        trainer = make_trainer(tmp_path / str(weight), objective=objective)
        trainer.train()
        inputs, _ = make_batch(np.random.default_rng(6))
        return float(np.mean(np.abs(tf.nn.softmax(student(inputs)) - tf.nn.softmax(teacher(inputs)))))

    assert distance(0.9) < 0.8 * distance(0.0)


def test_with_scheduled_sampling_2k_steps_are_k_steps_and_a_resume_and_k_steps(tmp_path):
    def make(folder):
        student = make_translator_model(1, dropout=0.3)
        sampling = ScheduledSampling(student, scheduled_sampling.exponential(0.8), seed=1)
        load = partial(make_translator_model, 5)
        return make_trainer(folder, objective=DistilledCrossEntropy(student, 0.1, load, 0.5, sampling))

    whole = make(tmp_path / "whole")
    whole.train()
    first = make(tmp_path / "first")
    first.train()
    second = make(tmp_path / "first")
    halfway = sorted(first.store.all(), key=lambda checkpoint: checkpoint.step)[0]
    assert 0 < halfway.step < whole.step
    second.resume(halfway)
    second.train()
    for one, other in zip(weights_of(whole), weights_of(second), strict=True):
        np.testing.assert_array_equal(one, other)


# --- runs that teach runs ---------------------------------------------------------------------------------------------

CONFIG = f"""\
{SMALLEST}\
  dropout: {{embeddings: 0.2}}
training:
  maximum_epochs: 2
  optimizer: {{learning_rate: 0.02}}
  validation: {{bleu: false}}
  objective: {{distillation: {{train_teachers: 2, weight: 0.7}}}}
"""


def last_weights(run):
    return weights_in(run.checkpoint_folder / (run.path / "last").read_text().strip())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A configuration that trains two teachers first, and the run that it made."""
    folder = tmp_path_factory.mktemp("taught")
    config = write_mirror_run(folder, CONFIG, pairs=60)
    return config, train(load_configuration(config), folder / "runs")


def test_teachers_are_trained_first_as_runs_of_their_own_and_kept_in_the_student(made):
    config, student = made
    settings = load_configuration(config)
    teachers = [RunFolder.open(student.path.with_name(f"tiny-teacher-{number}")) for number in (1, 2)]
    assert [teacher.configuration().seed - settings.seed for teacher in teachers] == [1, 2]
    for teacher, kept in zip(teachers, student.teacher_folders(2), strict=True):
        assert distillation_of(teacher.configuration()) is None
        assert load_configuration(kept / "config.yaml") == teacher.configuration()
        best = teacher.checkpoint_folder / (teacher.path / "best").read_text().strip()
        assert (kept / "model.weights.h5").read_bytes() == (best / "model.weights.h5").read_bytes()
    first, second = map(last_weights, teachers)
    assert first != second
    named = distillation_of(student.configuration())
    assert named.teachers == [str(teacher.path) for teacher in teachers]
    assert named.train_teachers is None


def test_what_teaches_is_the_normalised_geometric_mean_of_the_teachers(made):
    _, student = made
    settings = student.configuration()
    text = read_text(settings, student)
    teach = load_teacher(settings, student, text)
    names = distillation_of(settings).teachers
    inputs, _ = make_batch(np.random.default_rng(1))
    members = [tf.nn.log_softmax(seq2seq.load(name).model(inputs)) for name in names]
    together = seq2seq.load(names).model(inputs)
    np.testing.assert_allclose(tf.nn.log_softmax(teach(inputs)), tf.nn.log_softmax(together), atol=1e-5)
    assert not np.allclose(tf.nn.log_softmax(teach(inputs)), members[0], atol=1e-3)


def test_a_student_does_not_depend_on_when_its_teachers_were_trained_nor_whether_they_are_still_there(made, tmp_path):
    config, whole = made
    settings = load_configuration(config)
    runs = tmp_path / "runs"
    first, _ = teachers_to_train(settings)  # as if the command had been stopped while it trained this one
    one_epoch = first.training.model_copy(update={"maximum_epochs": 1})
    train(first.model_copy(update={"training": one_epoch}), runs)
    with pytest.raises(RunError, match=r"exists already — given .*tiny-teacher-1 .*--resume"):
        train(settings, runs)
    assert not (runs / "tiny").exists()
    student = train(settings, runs, resume=True)
    assert last_weights(student) == last_weights(whole)

    moved = tmp_path / "moved"
    moved.mkdir()
    (runs / "tiny").rename(moved / "tiny")
    shutil.rmtree(runs)
    student = RunFolder(moved / "tiny")
    beginning, *later = sorted(student.checkpoint_folder.iterdir())
    assert later
    for again in (lambda: resume(student.path), lambda: train(settings, moved, resume=True)):
        for path in later:
            shutil.rmtree(path, ignore_errors=True)
        (student.path / "last").write_text(beginning.name)
        assert last_weights(student) != last_weights(whole)
        again()
        assert last_weights(student) == last_weights(whole)
    assert not (moved / "tiny-teacher-1").exists()
    kept = student.teacher_folders(2)[1] / "model.weights.h5"
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    with pytest.raises(CheckpointError, match=r"corrupt checkpoint .*teachers/2/model.weights.h5"):
        resume(student.path)

    named = load_configuration(
        config,
        [
            "name=named",
            "training.objective.distillation.train_teachers=null",
            f"training.objective.distillation.teachers=[{whole.path}-teacher-1]",
        ],
    )
    one = train(named, runs)
    assert last_weights(one) != last_weights(whole)
    tokenizers = [(run.tokenizer_folder / "shared.model").read_bytes() for run in (one, whole)]
    assert tokenizers[0] == tokenizers[1]
    assert json.loads((one.teacher_folders(1)[0] / "manifest.json").read_text())["step"] > 0


def test_teachers_of_one_tokenizer_alone_teach(made, tmp_path):
    config, student = made
    text = tmp_path / "other"
    text.mkdir()
    other = train(
        load_configuration(write_mirror_run(text, CONFIG, pairs=61), ["training.objective.distillation=null"]),
        tmp_path / "runs",
    )
    teachers = f"training.objective.distillation={{teachers: [{student.path}-teacher-1, {other.path}]}}"
    with pytest.raises(
        RunError, match=r"given .*runs/tiny/.*, which was trained with other tokenizers than .*teacher-1"
    ):
        check(load_configuration(config, ["name=both", teachers]), tmp_path)


def test_what_makes_no_sense_is_refused_before_any_work(made, tmp_path):
    config, student = made
    teacher = f"{student.path}-teacher-1"
    by_name = ["training.objective.distillation.train_teachers=null", "name=other"]

    def refused(*settings):
        with pytest.raises((RunError, ConfigurationError, CheckpointError)) as caught:
            check(load_configuration(config, settings), tmp_path)
        assert list(tmp_path.iterdir()) == []
        return str(caught.value)

    assert "one of teachers and train_teachers — given neither — name runs" in refused(*by_name)
    assert "given both" in refused(f"training.objective.distillation.teachers=[{teacher}]")
    assert "no such checkpoint yet — given checkpoint: bset" in refused(
        "training.objective.distillation.checkpoint=bset"
    )
    assert "seed=2147483646 leaves none for" in refused("seed=2147483646")
    assert load_configuration(
        config,
        ["seed=2147483647", f"training.objective.distillation={{teachers: [{teacher}]}}"],
    )
    assert "one of consistency and distillation" in refused("training.objective.consistency=1.0")
    assert "at least 1" in refused(*by_name, "training.objective.distillation.teachers=[]")
    assert "no such run" in refused(*by_name, f"training.objective.distillation.teachers=[{teacher}x]")
    by_name.append(f"training.objective.distillation.teachers=[{teacher}]")
    told = refused(*by_name, "tokenizer.vocabulary_size=25", "data.target_language=fr", "model.embedding_units=9")
    assert "tokenizer.vocabulary_size: 24 there, 25 here" in told
    assert "data.target_language: " in told
    assert "embedding_units" not in told
    assert "no such checkpoint" in refused(*by_name, "training.objective.distillation.checkpoint=step-3")


def test_a_teacher_may_be_larger_than_its_student_and_inspect_counts_it(made, tmp_path):
    config, _ = made
    larger = ["name=larger", "training.objective.distillation=null", "model.decoder.units=12"]
    teacher = train(load_configuration(config, larger), tmp_path)
    distillation = f"training.objective.distillation={{teachers: [{teacher.path}]}}"
    settings = load_configuration(config, ["name=smaller", distillation])
    smaller = train(settings, tmp_path)
    assert smaller.configuration().model.decoder.units == 6

    assert measure(settings).teachers == f"learns from 1 teacher(s): {teacher.path}"
    assert "trained first" in inspection_text(measure(load_configuration(config)))

    shapes = np.array([[2, 3, 5], [4, 3, 5]])
    plain = estimate_memory(load_configuration(config, ["training.objective.distillation=null"]), 24, 24, shapes)
    taught = estimate_memory(settings, 24, 24, shapes)
    own = estimate_memory(teacher.configuration(), 24, 24, shapes).parameters
    assert taught.parameters == plain.parameters != own
    assert taught.parameter_bytes == plain.parameter_bytes + FLOAT_BYTES * own
    assert taught.activation_bytes == plain.activation_bytes + FLOAT_BYTES * TEACHER_LOGIT_COPIES * 24 * 4 * 5
    twice = estimate_memory(load_configuration(config), 24, 24, shapes)
    assert twice.parameter_bytes == plain.parameter_bytes + 2 * FLOAT_BYTES * plain.parameters
