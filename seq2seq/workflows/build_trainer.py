"""The section `training` → a `Trainer`: each setting that the tasks share becomes a number or an object here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from seq2seq.config.schema import Training
from seq2seq.training import schedules
from seq2seq.training.checkpoints import Metrics
from seq2seq.training.learning_rate import LearningRate
from seq2seq.training.objectives import Objective
from seq2seq.training.optimizers import build_optimizer
from seq2seq.training.patience import Patience
from seq2seq.training.progress import TrainingProgress
from seq2seq.training.run_folder import RunFolder
from seq2seq.training.tensorboard import TensorBoardWriter
from seq2seq.training.timetable import Timetable
from seq2seq.training.trainer import Batches, Trainer
from seq2seq.visualize.curves import draw_curves

# JAX compiles a step for each shape of a batch; so there are about 25 of them for pairs of up to 40 pieces.
TIME_MULTIPLE_OF_JAX = 8


def time_multiple() -> int:
    """What the times of training batches are padded to multiples of."""
    return TIME_MULTIPLE_OF_JAX if keras.config.backend() == "jax" else 1


def make_optimizer(training: Training) -> keras.optimizers.Optimizer:
    settings = training.optimizer
    return build_optimizer(
        settings.kind,
        settings.learning_rate,
        arguments=settings.arguments,
        weight_decay=settings.weight_decay,
        clip_norm=settings.clip_norm,
        clip_value=settings.clip_value,
        accumulate_steps=training.accumulate_steps,
        ema=training.ema,
    )


def make_schedule(settings: Any) -> schedules.Schedule:
    """The factor of the learning rate by step, from the section training.schedule."""
    values = settings.model_dump()
    kind = values.pop("kind")
    if kind == "plateau":
        return schedules.constant(settings.warmup_steps)
    return getattr(schedules, kind)(**values)


def build_trainer(
    training: Training,
    run: RunFolder,
    objective: Objective,
    *,
    training_batches: Callable[[int, int], Batches],
    count_batches: Callable[[int], int] | None,
    validate: Callable[[bool], Metrics],
    tokenizers: list[str],
    decode_from_epoch: int = 0,
) -> Trainer:
    """A trainer of the objective that leaves everything in the run folder; see `Trainer` for what is handed in.

    `decode_from_epoch`: no decoding in a validation before this many epochs are done.
    """
    plateau = training.schedule if training.schedule.kind == "plateau" else None
    early = training.early_stopping
    return Trainer(
        objective,
        make_optimizer(training),
        training_batches=training_batches,
        count_batches=count_batches,
        validate=validate,
        timetable=Timetable(
            accumulate_steps=training.accumulate_steps,
            maximum_epochs=training.maximum_epochs,
            maximum_steps=training.maximum_steps,
            validate_every_steps=training.validation.every_steps,
            validate_every_epochs=training.validation.every_epochs,
            checkpoint_every_steps=training.checkpoints.every_steps,
            log_every_steps=training.log_every_steps,
            decode_from_epoch=decode_from_epoch,
        ),
        learning_rate=LearningRate(
            base=training.optimizer.learning_rate,
            schedule=make_schedule(training.schedule),
            plateau=Patience(plateau.metric, plateau.patience) if plateau else None,
            factor=plateau.factor if plateau else 1.0,
            minimum=plateau.minimum if plateau else 0.0,
        ),
        early_stopping=Patience(training.metric_of(early), early.patience) if early else None,
        divergence_factor=training.divergence_factor,
        store=run.store(training),
        log=run.log(),
        tensorboard=TensorBoardWriter(run.tensorboard_folder) if training.tensorboard else None,
        progress=TrainingProgress(),
        tokenizers=tokenizers,
        after_validation=lambda: draw_curves(run.metrics_path, run.curves_path),
    )
