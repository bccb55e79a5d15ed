"""A training small enough to see through: a model, its batches and a trainer of them."""

from __future__ import annotations

import io
import json

import keras
import numpy as np
from rich.console import Console

from seq2seq.config.schema import Model
from seq2seq.models import build_model
from seq2seq.training import schedules
from seq2seq.training.checkpoints import CheckpointStore
from seq2seq.training.learning_rate import LearningRate
from seq2seq.training.metrics_log import MetricsLog
from seq2seq.training.objectives import CrossEntropy
from seq2seq.training.optimizers import build_optimizer
from seq2seq.training.progress import TrainingProgress
from seq2seq.training.timetable import Timetable
from seq2seq.training.trainer import Trainer
from seq2seq.training.validation import TeacherForcedValidation

VOCABULARY, UNITS, ROWS, TIME, BATCHES = 11, 5, 6, 4, 5


def make_model(seed=1, dropout=0.0):
    """Each next id from the one before and the mean of the source."""
    keras.utils.set_random_seed(seed)
    source = keras.Input((None,), dtype="int32", name="source_ids")
    target = keras.Input((None,), dtype="int32", name="target_ids")
    embedding = keras.layers.Embedding(VOCABULARY, UNITS)
    mean = keras.ops.mean(embedding(source), axis=1, keepdims=True)
    hidden = keras.layers.Dropout(dropout, seed=7)(embedding(target) + mean)
    logits = keras.layers.Dense(VOCABULARY)(hidden)
    return keras.Model({"source_ids": source, "target_ids": target}, logits)


def make_translator_model(seed=1, dropout=0.0, **settings):
    """An encoder-decoder, which can go step by step as well."""
    rates = {"embeddings": dropout, "layers": dropout, "attentional": dropout}
    cells = {"kind": "simple_rnn", "units": UNITS}
    sections = {"encoder": {**cells, "bidirectional": "none"}, "decoder": cells, "dropout": rates, **settings}
    return build_model(Model.model_validate({"embedding_units": 7, **sections}), VOCABULARY, VOCABULARY, seed=seed)


def make_batch(random, rows=ROWS, pads=True):
    ids = random.integers(4, VOCABULARY, (rows, TIME)).astype("int32")
    labels = ids.copy()
    if pads:
        labels[: rows // 2, -1] = 0
    return {"source_ids": ids, "target_ids": np.roll(ids, 1, axis=1)}, labels


def training_batches(epoch, skip, rows=ROWS, pads=True):
    random = np.random.default_rng([9, epoch])
    return [make_batch(random, rows, pads) for _ in range(BATCHES)][skip:]


def make_timetable(**settings):
    defaults = {
        "accumulate_steps": 1,
        "maximum_epochs": 2,
        "maximum_steps": None,
        "validate_every_steps": None,
        "validate_every_epochs": 1,
        "checkpoint_every_steps": None,
        "log_every_steps": 2,
        "decode_from_epoch": 0,
    }
    return Timetable(**{**defaults, **settings})


def validation_batches():
    return [make_batch(np.random.default_rng(8)), make_batch(np.random.default_rng(7), rows=3)]


def make_trainer(folder, *, model=None, objective=None, optimizer=None, timetable=None, score=None, **settings):
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    timetable = timetable or make_timetable()
    arguments = {
        "training_batches": training_batches,
        "count_batches": lambda epochs: epochs * BATCHES,
        "learning_rate": LearningRate(0.05, schedules.constant()),
        "early_stopping": None,
        "divergence_factor": 20.0,
        "store": CheckpointStore(folder / "checkpoints", "perplexity", keep_best=9, keep_last=9),
        "log": MetricsLog(folder / "metrics.jsonl"),
        "tensorboard": None,
        "progress": TrainingProgress(Console(file=io.StringIO())),
        "tokenizers": ["a", "b"],
        "after_validation": lambda: None,
    }
    optimizer = optimizer or build_optimizer("adam", 0.05, accumulate_steps=timetable.accumulate_steps)
    objective = objective or CrossEntropy(model or make_model(), 0.1)
    validate = TeacherForcedValidation(objective.model, validation_batches, score)
    arguments["validate"] = validate
    return Trainer(objective, optimizer, timetable=timetable, **{**arguments, **settings})


def weights_of(trainer):
    return [weight.copy() for weight in trainer.model.get_weights()]


def events_of(folder, event):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]
