"""What must come out alike on every backend: `KERAS_BACKEND=jax python backend_journey.py FOLDER`.

FOLDER holds the run of `tiny_run`; what was found is written there as found.json.
"""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial
from pathlib import Path

import keras
import numpy as np
from mirror_text import write_mirror_run
from tiny_run import build_random_model, sentences

from seq2seq.config import load_configuration
from seq2seq.config.schema import Model
from seq2seq.errors import Seq2SeqError
from seq2seq.training.objectives import (
    ConsistentCrossEntropy,
    CrossEntropy,
    DistilledCrossEntropy,
    MinimumRisk,
    ScheduledSampling,
)
from seq2seq.training.objectives.scheduled_sampling import exponential
from seq2seq.training.optimizers import build_optimizer
from seq2seq.training.run_folder import versions
from seq2seq.translator import Constraint
from seq2seq.workflows.export import export
from seq2seq.workflows.load import load_run
from seq2seq.workflows.train import resume, train

VOCABULARY, TIME = 11, 5
SOURCES, TARGETS = sentences(7, 3), sentences(8, 3)
SEARCHES = {
    "beam": {"n_best": 3, "attention": True},
    "greedy": {"beams": 1},
    "options": {"coverage_penalty": 0.3, "no_repeat_ngram_size": 2, "repetition_penalty": 1.2, "minimum_length": 4},
    "diverse": {"diversity": {"groups": 2, "strength": 0.5}, "n_best": 2},
    "sampled": {"sample": {"temperature": 1.2, "top_k": 20, "top_p": 0.9}, "samples": 2},
    "constrained": {"constraints": [Constraint(required=["dog"]), Constraint(forbidden=["man"]), Constraint("the")]},
}
MODELS = {
    "lstm": {"encoder": {"units": 7, "bidirectional": "all"}, "decoder": {"units": 6}, "layer_normalization": True},
    "gru": {
        "encoder": {"kind": "gru", "units": 7},
        "decoder": {"kind": "gru", "units": 6, "input_feeding": True},
        "attention": {"kind": "additive"},
    },
    "simple_rnn": {
        "encoder": {"kind": "simple_rnn", "units": 6, "residual": True},
        "decoder": {"kind": "simple_rnn", "units": 6, "depth": 1},
        "tied_embeddings": "all",
    },
}
# So few pieces that all batches have one length where it is a multiple of 8: JAX compiles for each other one.
TRAINING = """\
  batches: {size: 8}
  filters: {maximum_pieces: 7}
tokenizer: {vocabulary_size: 24}
model:
  embedding_units: 7
  encoder: {units: 6, depth: 1, bidirectional: none}
  decoder: {units: 6, depth: 1}
training:
  maximum_epochs: 2
  optimizer: {learning_rate: 0.05, clip_norm: 1.0}
  accumulate_steps: 2
  ema: 0.5
  log_every_steps: 1
  validation: {bleu_lines: 1}
  checkpoints: {every_steps: 3}
search: {beams: 2, maximum_extra: 1}
"""


def scored(run: Path) -> list[list[float]]:
    """Log-probabilities of given translations by the run's weights."""
    return [list(score.token_log_probs) for score in load_run(run).score(SOURCES, TARGETS)]


def searched(run: Path, name: str) -> list[dict]:
    """What a search finds by the run's weights."""
    return [
        {
            "text": [one.text for one in (translation, *translation.alternatives)],
            "score": [one.score for one in (translation, *translation.alternatives)],
            "log_probs": list(translation.token_log_probs),
            "attention": None if translation.attention is None else translation.attention.tolist(),
        }
        for translation in load_run(run).translate(SOURCES, **SEARCHES[name])
    ]


def batch(rows: int = 3) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Rows of different lengths on both sides."""
    ids = np.random.default_rng(3).integers(4, VOCABULARY, (3, rows, TIME)).astype("int32")
    for row in range(rows):
        ids[0, row, TIME - row :] = ids[1:, row, TIME - 2 * row :] = 0
    ids[1, :, 0] = 2
    return {"source_ids": ids[0], "target_ids": ids[1]}, ids[2]


def stepped(name: str) -> dict:
    """Log-probabilities of a model with given weights, the losses of steps from there, and the weights after them."""
    rates = {"embeddings": 0.0, "layers": 0.0, "attentional": 0.0}
    model = build_random_model(
        Model.model_validate({"embedding_units": 6, "dropout": rates, **MODELS[name]}), VOCABULARY, seed=2
    )
    inputs, labels = batch()
    objective = CrossEntropy(model, 0.1)
    objective.compile(build_optimizer("adam", 0.02, clip_norm=1.0), jit_compile=keras.config.backend() == "jax")
    log_probs = keras.ops.log_softmax(model(inputs, training=False))
    losses = []
    for _ in range(3):
        objective.statistics.reset_state()
        losses.append(float(objective.train_on_batch(inputs, labels, return_dict=True)["loss"]))
    return {
        "log_probs": keras.ops.convert_to_numpy(log_probs).tolist(),
        "losses": losses,
        "weights": [float(np.abs(weights).sum()) for weights in model.get_weights()],
    }


def other_objectives() -> dict[str, float]:
    """The loss of a step of each; what dropout draws is the backend's own."""
    model, teacher = (
        build_random_model(Model.model_validate({"embedding_units": 6, **MODELS[name]}), VOCABULARY, seed=2)
        for name in ("simple_rnn", "lstm")
    )

    def risk(hypotheses: list[list[int]], references: list[list[int]]) -> list[float]:
        return [abs(len(one) - len(other)) / 9 for one, other in zip(hypotheses, references, strict=True)]

    limits = {"samples": 2, "sharpness": 0.5, "maximum_ratio": 1.0, "maximum_extra": 1}
    objectives = {
        "consistent": ConsistentCrossEntropy(model, 0.1, 2.0, ScheduledSampling(model, exponential(0.5), seed=1)),
        "minimum_risk": MinimumRisk(model, risk, **limits, seed=1),
        "distilled": DistilledCrossEntropy(model, 0.1, lambda: partial(teacher, training=False), 0.5),
    }
    before = teacher.get_weights()
    losses = {}
    for name, objective in objectives.items():
        objective.compile(build_optimizer("sgd", 0.02), jit_compile=keras.config.backend() == "jax")
        inputs, labels = objective.prepare(*batch(), step=1, batch=1)
        losses[name] = float(objective.train_on_batch(inputs, labels, return_dict=True)["loss"])
    for now, then in zip(teacher.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    return losses


def whole_training(folder: Path) -> dict:
    """A training by its configuration, and again from its middle."""
    config = write_mirror_run(folder, TRAINING, pairs=40)
    run = train(load_configuration(config), folder / "runs")
    events = [json.loads(line) for line in run.metrics_path.read_text().splitlines()]
    last = run.last_path.read_text().strip()
    weights = load_run(run.path, last).model.get_weights()
    for path in sorted(run.checkpoint_folder.iterdir())[1:]:
        shutil.rmtree(path)
    left = next(run.checkpoint_folder.iterdir()).name
    resume(run.path)
    again = load_run(run.path, last).model.get_weights()
    return {
        "losses": [event["loss"] for event in events if event["event"] == "train"],
        "bleu": [event["bleu"] for event in events if event["event"] == "validation"],
        "resumed_from": left,
        "last": last,
        "resumed_equals": all(np.array_equal(one, other) for one, other in zip(weights, again, strict=True)),
    }


def exporting(run: Path, folder: Path) -> str | None:
    """What the refusal to export says, if it is refused."""
    try:
        export(run, folder)
    except Seq2SeqError as error:
        return str(error)
    return None


def compared(run: Path) -> dict:
    """What must be alike on all backends."""
    return {
        "score": scored(run),
        **{name: searched(run, name) for name in SEARCHES},
        **{name: stepped(name) for name in MODELS},
    }


def main(folder: Path) -> None:
    found = {
        "backend": keras.config.backend(),
        "compared": compared(folder / "tiny"),
        "objectives": other_objectives(),
        "training": whole_training(folder),
        "export": exporting(folder / "tiny", folder / "exports" / "tiny"),
        "versions": versions(),
    }
    (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
