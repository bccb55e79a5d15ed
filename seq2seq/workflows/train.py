"""Configuration → run folder: read the text, train the tokenizer, train the model."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seq2seq.config.schema import RunConfiguration
from seq2seq.errors import CheckpointError, RunError
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.training.configuration_changes import accept_changes
from seq2seq.training.run_folder import RunFolder, version_changes
from seq2seq.training.tensorboard import check_tensorboard
from seq2seq.workflows.places import with_absolute_places
from seq2seq.workflows.start_from import starting_checkpoint
from seq2seq.workflows.tasks import TaskText, task_of
from seq2seq.workflows.teachers import (
    check_kept_teachers,
    teachers_to_train,
    teaching_checkpoints,
    with_teachers_named,
)
from seq2seq.workflows.word_vectors import check_vectors


def resume(run: str | Path, overrides: Sequence[str] = ()) -> RunFolder:
    """Continues a run by its folder, with the configuration that it was started with, but for `overrides`.

    Raises:
        RunError: if there is no such run, or it is given another name than its folder's; and whatever `train` raises.
    """
    folder = RunFolder.open(run)
    place = Path(os.path.abspath(folder.path))  # `.` has no name
    config = folder.configuration(overrides)
    names = [text for text in overrides if text.partition("=")[0].strip() == "name"]
    if names and config.name != place.name:
        raise RunError(
            f"a run that goes on is named like its folder — given {names[-1]!r} and {place} — leave it out; a run gets "
            "another name when its folder does"
        )
    return train(config.model_copy(update={"name": place.name}), place.parent, resume=True)


def train(config: RunConfiguration, folder: str | Path = "runs", resume: bool = False) -> RunFolder:
    """Trains what the configuration says and leaves everything in `folder/NAME`.

    With `resume`, an existing run goes on from its newest whole checkpoint, and arrives at the bits at which it would
    have arrived unstopped, if the packages are the same; a run that was not yet begun starts.

    Raises:
        Seq2SeqError: for anything wrong with the input, before the first slow step where that can be known.
        RunError: among others, if another training of this run is going on.
        Interrupted: after SIGINT or SIGTERM, when all is saved.
    """
    config = with_absolute_places(config)
    run = check(config, folder, resume)
    taught = not run.exists() and _train_teachers(config, folder, resume)
    config = with_teachers_named(config, run)
    if taught:
        check(config, folder, resume)  # again, after hours in which another one may have made the run
    with run.locked():
        import_tensorflow_quietly()  # only now, because it takes seconds
        reason = _train(config, run, resume and run.exists())
    print(f"finished: {reason}")
    return run


def _train_teachers(config: RunConfiguration, folder: str | Path, resume: bool) -> bool:
    """Trains the teachers that the configuration wants trained first, or goes on with them; whether there are any."""
    teachers = teachers_to_train(config)
    for number, teacher in enumerate(teachers, 1):
        print(f"teacher {number} of {len(teachers)}: {Path(folder) / str(teacher.name)}")
        train(teacher, folder, resume)
    if teachers:
        print(f"their student: {Path(folder) / str(config.name)}")
    return bool(teachers)


def _train(config: RunConfiguration, run: RunFolder, going_on: bool) -> str:
    """Makes the run, or goes on with it, and trains to the end; returns the reason for the end."""
    from seq2seq.training.determinism import make_deterministic
    from seq2seq.training.state import load_weights
    from seq2seq.workflows.build_trainer import make_optimizer

    make_optimizer(config.training)
    if going_on:
        for line in accept_changes(run.configuration(), config):
            print(f"changed: {line}")
        changed = version_changes(run.versions_path)
        for line in changed:
            print(f"changed: {line}")
        if changed:
            print("only with equal versions does a resumed run arrive at the bits of one that was never stopped")
    make_deterministic(config.seed)
    task = task_of(config)
    text = task.read(run if going_on else None)
    facts = task.describe(text)
    print(task.in_words(facts))
    trainer = task.build_trainer(run, text)
    if not going_on:
        start, teachers = starting_checkpoint(config), teaching_checkpoints(config)
        for checkpoint in [*([start] if start else []), *(checkpoint for _, checkpoint in teachers)]:
            checkpoint.check_tokenizers(*text.fingerprints)
        run.create(config, facts, lambda tokenizer_folder: task.save(text, tokenizer_folder), start, teachers)
    if config.training.start_from is not None:
        load_weights(trainer.model, run.start_folder)
    if going_on:
        continue_run(config, run, trainer, text, facts)
    return trainer.train()


def check(config: RunConfiguration, folder: str | Path = "runs", resume: bool = False) -> RunFolder:
    """Finds all that can be found wrong within a second, without TensorFlow; returns the run folder, made or not yet.

    Raises:
        RunError: if the run exists and `resume` is off, or it was made with another configuration; or if the run to
            start from does not exist, or has another model; or if one to learn from does not, or has other pieces.
        CheckpointError: if its checkpoint is missing or corrupt.
        DataError, TokenizerError, ConfigurationError: for missing files, ready tokenizers of no use, missing extras.
    """
    if config.name is None:
        raise RunError("the run has no name — given name: null — set name, or load the configuration from a file")
    run = RunFolder(Path(folder) / config.name)
    if run.exists() and not resume:
        raise RunError(
            f"the run exists already — given {run.path} — continue it with --resume, or give another name or folder"
        )
    if not run.exists() and run.path.exists() and (not run.path.is_dir() or any(run.path.iterdir())):
        raise RunError(f"not a run, and not empty — given {run.path} — give another name or folder")
    if run.exists():
        accept_changes(run.configuration(), with_teachers_named(config, run))
        check_kept_teachers(config, run)
    task_of(config).check(new=not run.exists())
    if not run.exists() or not run.store(config.training).all():
        check_vectors(config)
    if config.training.tensorboard:
        check_tensorboard()
    if not run.exists():
        starting_checkpoint(config)
        teaching_checkpoints(config)
        for teacher in teachers_to_train(config):
            check(teacher, folder, resume)
    return run


def continue_run(config: RunConfiguration, run: RunFolder, trainer: Any, text: TaskText, facts: dict[str, Any]) -> None:
    """Brings the trainer to the newest whole checkpoint, and says which one it is and which were passed over.

    Raises:
        RunError: if the training text, or what is selected of it, is another than at the start.
        CheckpointError: if there are checkpoints and none is whole.
        TokenizerError: if the checkpoint belongs to another tokenizer.
    """
    try:
        before, now = json.loads(run.data_path.read_text(encoding="utf-8"))["train"], facts["train"]
    except (OSError, ValueError, KeyError):
        raise RunError(
            f"the run's record of its training text is missing or torn — given {run.data_path} — put it back, or start "
            "a new run"
        ) from None
    if before["fingerprint"] != now["fingerprint"]:
        raise RunError(
            "the training text has changed since the run began — "
            f"fingerprint {before['fingerprint'][:12]}… then, {now['fingerprint'][:12]}… now — "
            "put the files back as they were, or start a new run"
        )
    was, would_be = (
        {name: facts.get("selection", {}).get(name) for name in ("block", "blocks", "lines")} for facts in (before, now)
    )
    if was != would_be:
        raise RunError(
            "the block of training text that is most like the validation text is another one than when the run began — "
            f"{was} then, {would_be} now — put the validation files back as they were, or start a new run"
        )
    trainer.store.remove_leftovers()
    checkpoint, skipped = trainer.store.newest_whole()
    for reason in skipped:
        print(f"skipped: {reason}")
    if checkpoint is None and skipped:
        raise CheckpointError(
            f"no whole checkpoint in {trainer.store.folder} — all {len(skipped)} are corrupt — "
            f"remove {run.path} and start anew"
        )
    if checkpoint is None:
        trainer.log.cut(0)
        print("no checkpoint was written yet: starting from the beginning")
    else:
        checkpoint.check_tokenizers(*text.fingerprints)
        trainer.resume(checkpoint)
        print(f"continuing from {checkpoint.name}")
    run.write_configuration(config)
