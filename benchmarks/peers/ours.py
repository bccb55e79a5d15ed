"""This toolkit, by the same calls that its commands make."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from peers.job import Condition, Job, Shape
from peers.measured import StepClock, test_lines, time_translation

RUN = "run"
EXPORT = "export"
BATCHES = {"kind": "sentences", "bucket_batches": 50}


def differences(shape: Shape) -> str:
    return "–"


def train(job: Job) -> dict[str, Any]:
    """With the training's own loop; `options`: `precision`."""
    from seq2seq.text import BEGIN_ID, END_ID, PAD_ID
    from seq2seq.training.trainer import Trainer
    from seq2seq.workflows.train import train as train_run

    clock = StepClock(job.warm_up)
    marks = (PAD_ID, BEGIN_ID, END_ID)
    train_batch, seen = Trainer._train_batch, {}

    def measured(trainer: Trainer, inputs: dict[str, Any], labels: Any, started: float) -> None:
        train_batch(trainer, inputs, labels, started)
        clock.batch(inputs["source_ids"], marks)
        clock.batch(labels, marks)
        clock.step_ended()
        seen["weights"] = trainer.model.count_params()

    Trainer._train_batch = measured  # type: ignore[method-assign]
    shutil.rmtree(job.folder, ignore_errors=True)
    train_run(configuration(job), job.folder)
    return {**clock.reading(), **seen}


def configuration(job: Job) -> Any:
    """What `seq2seq train` would read from YAML."""
    from seq2seq.config.schema import TranslationRun

    shape, steps = job.shape, job.warm_up + job.steps

    def files(part: str) -> dict[str, Any]:
        return {"kind": "text", "source": [job.plain_path(part, "source")], "target": [job.plain_path(part, "target")]}

    return TranslationRun.model_validate(
        {
            "name": RUN,
            "data": {
                "train": files("train"),
                "validation": files("valid"),
                "batches": {**BATCHES, "size": shape.batch},
            },
            "tokenizer": {"kind": "ready", "source": str(Path(job.text) / "tokenizer.model")},
            "model": model_section(shape),
            "training": {
                "maximum_epochs": None,
                "maximum_steps": steps,
                "label_smoothing": 0.0,
                "optimizer": {"kind": "adam", "learning_rate": 0.001, "clip_norm": 1.0},
                "precision": job.options.get("precision", "float32"),
                "validation": {"every_steps": 10 * steps, "bleu": False},
                "checkpoints": {"metric": "perplexity"},
                "log_every_steps": 10 * steps,
            },
            "search": _search(job),
        }
    )


def model_section(shape: Shape) -> dict[str, Any]:
    """The section `model` of a configuration."""
    return {
        "embedding_units": shape.units,
        "encoder": {
            "depth": 2,
            "units": shape.units if shape.encoder == "first" else shape.units // 2,
            "bidirectional": shape.encoder,
        },
        "decoder": {"depth": 2, "units": shape.units},
        "attention": {"kind": "general"},
        "dropout": dict.fromkeys(("embeddings", "layers", "attentional"), shape.dropout),
    }


def translate(job: Job) -> dict[str, Any]:
    """By the run, or by an export of it; `options`: `by`; of a run `precision`, and `shortlist` if it has one.

    Batches go to the threads one each, as `seq2seq translate` has it, unless the option `at_once` is there; single
    lines come one after the other, as to a server.
    """
    from seq2seq.text.shortlist import Shortlist
    from seq2seq.threads import map_batches, set_threads
    from seq2seq.workflows.load import load

    exported = job.options["by"] == EXPORT
    started = time.perf_counter()
    if "at_once" not in job.options:
        set_threads(job.threads)
    if exported:
        translator = load(_export_folder(job))
    else:
        translator = load(Path(job.folder) / RUN, "last", precision=job.options["precision"])
    limits = {} if exported else _search(job)
    if "shortlist" in job.options:
        limits["shortlist"] = Shortlist.load(_shortlist(job))
    load_seconds = time.perf_counter() - started
    longest = job.shortest_and_longest[1]
    readings = {}
    for condition in job.conditions:

        def pieces(lines: Sequence[str], condition: Condition = condition) -> list[list[str]]:
            def translated(texts: Sequence[str]) -> list[Any]:
                return translator.translate(texts, **{**limits, "beams": condition.beams})

            batches = [lines[start : start + condition.batch] for start in range(0, len(lines), condition.batch)]
            in_turn = map if condition.batch == 1 else map_batches
            # The last step is for the end; where another piece is likelier there, the translation is cut before it.
            return [
                [piece for piece in one.target_pieces if piece != "</s>"][:longest]
                for found in in_turn(translated, batches)
                for one in found
            ]

        lines = test_lines(job, "plain", condition.lines)
        readings[condition.name] = time_translation(pieces, lines, condition)
    return {"conditions": readings, "load_seconds": load_seconds}


def _search(job: Job) -> dict[str, Any]:
    """The limits of lengths, which count the end; a source is never what limits them."""
    shortest, longest = job.shortest_and_longest
    return {
        "length_penalty": 0.0,
        "minimum_length": shortest + 1 if shortest else 0,
        "maximum_length": longest + 1,
        "maximum_ratio": 10.0,
        "maximum_extra": longest,
    }


def ready(job: Job) -> bool:
    """Whether what is to be measured is there."""
    if "shortlist" in job.options:
        return _shortlist(job).exists()
    return job.options["by"] != EXPORT or any(_export_folder(job).glob("[0-9]*"))


def prepare(job: Job) -> dict[str, Any]:
    """Makes the shortlist, or an export that searches within the limits of this job, in a process of its own."""
    if "shortlist" in job.options:
        from seq2seq.workflows.shortlist import shortlist

        shortlist(Path(job.folder) / RUN, _shortlist(job))
        return {}
    from seq2seq.training.run_folder import RunFolder
    from seq2seq.workflows.export import export

    folder = _export_folder(job)
    copy = folder.with_name(f"{RUN}-of-{folder.name}")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(Path(job.folder) / RUN, copy)
    run = RunFolder.open(copy)
    run.write_configuration(run.configuration([f"search.{name}={value}" for name, value in _search(job).items()]))
    export(copy, folder, checkpoint="last")
    shutil.rmtree(copy)
    return {}


def _shortlist(job: Job) -> Path:
    return Path(job.folder) / "shortlist.npz"


def _export_folder(job: Job) -> Path:
    return Path(job.folder) / f"{EXPORT}-{job.length}-{job.longest}"
