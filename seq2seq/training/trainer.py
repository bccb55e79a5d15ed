"""The training loop: batches in, checkpoints out, exact to the bit when resumed."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import keras

from seq2seq.errors import DataError, DivergenceError, Interrupted, Seq2SeqError
from seq2seq.plain_json import to_json
from seq2seq.training.checkpoints import Checkpoint, CheckpointStore, Metrics
from seq2seq.training.interruption import Interruption
from seq2seq.training.learning_rate import LearningRate
from seq2seq.training.metrics_log import MetricsLog
from seq2seq.training.objectives import Objective
from seq2seq.training.patience import Patience
from seq2seq.training.progress import TrainingProgress
from seq2seq.training.state import TrainingState, Variables
from seq2seq.training.tensorboard import TensorBoardWriter
from seq2seq.training.timetable import Timetable
from seq2seq.training.validation import perplexity_of

Batches = Iterable[tuple[dict[str, Any], Any]]


class Trainer:
    """Trains the model of an objective until an end is reached; see `train`.

    Batches are `(inputs, labels)` as `keras.Model.fit` takes them, labels (batch, time) int32 with 0 = pad.

    Args:
        objective: the model, and what is minimised.
        optimizer: from `build_optimizer`, with the `accumulate_steps` of the timetable.
        training_batches: `(epoch, batches to skip) -> batches`; equal arguments give equal batches.
        count_batches: how many batches so many epochs have, for the time left; None if that is not known.
        validate: `(decode) -> metrics` of the model as it stands; what takes real decoding is None unless `decode`.
        timetable: when the training ends, validates, saves and logs.
        learning_rate: of each step.
        early_stopping: ends the training when exhausted.
        divergence_factor: a loss of this many times the first one ends the run.
        store: where checkpoints go.
        log: where events go.
        tensorboard: a second place for events, or None.
        progress: what the user sees.
        tokenizers: fingerprints of the tokenizers, for the manifests.
        after_validation: called when a validation is saved, to draw curves.
    """

    def __init__(
        self,
        objective: Objective,
        optimizer: keras.optimizers.Optimizer,
        *,
        training_batches: Callable[[int, int], Batches],
        count_batches: Callable[[int], int] | None,
        validate: Callable[[bool], Metrics],
        timetable: Timetable,
        learning_rate: LearningRate,
        early_stopping: Patience | None,
        divergence_factor: float,
        store: CheckpointStore,
        log: MetricsLog,
        tensorboard: TensorBoardWriter | None,
        progress: TrainingProgress,
        tokenizers: list[str],
        after_validation: Callable[[], None],
    ) -> None:
        self.objective = objective
        self.model = objective.model
        self.training_batches = training_batches
        self.validate = validate
        self.timetable = timetable
        self.learning_rate = learning_rate
        self.early_stopping = early_stopping
        self.divergence_factor = divergence_factor
        self.store = store
        self.log = log
        self.tensorboard = tensorboard
        self.progress = progress
        self.tokenizers = tokenizers
        self.after_validation = after_validation
        self.total_steps = timetable.total_steps(count_batches)

        # XLA would compile anew for each of the many shapes that length buckets have; JAX knows no other way.
        objective.compile(optimizer, jit_compile=keras.config.backend() == "jax")
        self.optimizer = objective.optimizer  # in float16 Keras has wrapped it, to scale the loss
        self.optimizer.build(self.model.trainable_variables)
        self.statistics = objective.statistics
        self.variables = Variables(self.model, self.optimizer, self.statistics, objective.state_variables)
        self.state = TrainingState()
        self._metrics: Metrics = {}  # of the last validation
        self._rate_set: float | None = None
        self._pace_from: tuple[int, float] | None = None
        self._saved: Checkpoint | None = None

    # --- the loop -----------------------------------------------------------------------------------------------------

    def train(self) -> str:
        """Trains to the end and returns the reason for it. Each validation is saved, and so is the end.

        Raises:
            DivergenceError: for a loss that is no number or has grown past `divergence_factor`.
            Interrupted: after SIGINT or SIGTERM, when all is saved.
        """
        with self.progress, Interruption() as interruption:
            self.progress.total(self.total_steps)
            try:
                batches = self._epoch()
                while True:
                    if self.timetable.validation_is_due(self.state):
                        self._validate(interruption)
                    end = self._end()
                    if end or self.timetable.checkpoint_is_due(self.state):
                        self._save()
                    if end:
                        return end
                    interruption.check()
                    started = time.perf_counter()
                    batch = next(batches, None)
                    if batch is None:
                        self._finish_epoch()
                        batches = self._epoch()
                    else:
                        self._train_batch(*batch, started)
            except Exception as error:
                # A signal while TensorFlow traces a function arrives wrapped in an exception of its own.
                if interruption.received is None or (
                    isinstance(error, Seq2SeqError) and not isinstance(error, Interrupted)
                ):
                    raise
                message = f"stopped at step {self.step}, saved as {self._save()} — continue with --resume"
                raise Interrupted(interruption.received, message) from None
            finally:
                if self.tensorboard is not None:
                    self.tensorboard.close()

    @property
    def step(self) -> int:
        """Updates of the weights that are done."""
        return self.timetable.step(self.state)

    def _end(self) -> str | None:
        """Why the training is over, if it is."""
        patience = self.early_stopping
        if patience is not None and patience.exhausted:
            return f"{patience.waited} validations without a better {patience.metric} than {patience.best:.4g}"
        return self.timetable.end(self.state)

    def _epoch(self) -> Iterator[tuple[dict[str, Any], Any]]:
        return iter(self.training_batches(self.state.epoch, self.state.batch_in_epoch))

    def _finish_epoch(self) -> None:
        if self.state.batch_in_epoch == 0:
            raise DataError("an epoch without batches — given an empty training corpus — check data.train")
        self.state.epoch += 1
        self.state.batch_in_epoch = 0

    def _train_batch(self, inputs: dict[str, Any], labels: Any, started: float) -> None:
        state = self.state
        self._set_learning_rate(self.learning_rate.at(self.step + 1))
        inputs, labels = self.objective.prepare(inputs, labels, step=self.step + 1, batch=state.batches)
        result = self.objective.train_on_batch(inputs, labels, return_dict=True)
        state.batches += 1
        state.batch_in_epoch += 1
        self._check_divergence(float(result["loss"]))
        took = time.perf_counter() - started
        state.seconds += took
        state.interval_seconds += took
        self.progress.step(self.step)
        if self.timetable.log_is_due(state):
            self._log_interval(result)

    def _set_learning_rate(self, rate: float) -> None:
        if rate != self._rate_set:
            self.optimizer.learning_rate = rate
            self._rate_set = rate

    def _log_interval(self, result: dict[str, Any]) -> None:
        state = self.state
        result = {name: float(value) for name, value in result.items()}
        values = {
            "step": self.step,
            "epoch": state.epoch,
            "loss": result.pop("loss"),
            "perplexity": perplexity_of(result.pop("cross_entropy")),
            "tokens_per_second": result.pop("tokens") / state.interval_seconds,
            **result,
            "learning_rate": self._rate_set,
            "seconds": state.seconds,
        }
        self._emit("train", values)
        self.progress.training(values, self._seconds_left())
        self.statistics.reset_state()
        state.interval_seconds = 0.0

    def _seconds_left(self) -> float | None:
        """At the pace since the first log line of this process, before which TensorFlow traced its graphs."""
        if self._pace_from is None:
            self._pace_from = (self.step, self.state.seconds)
        step, seconds = self._pace_from
        if self.total_steps is None or step == self.step:
            return None
        return (self.state.seconds - seconds) / (self.step - step) * (self.total_steps - self.step)

    def _emit(self, event: str, values: dict[str, Any]) -> None:
        self.log.write(event, **values)
        if self.tensorboard is not None:
            self.tensorboard.write(event, values)

    def _check_divergence(self, loss: float) -> None:
        """`loss` is the mean since the last log line: one odd batch does not stop a run, one NaN does."""
        first = self.state.first_loss
        if first is None:
            first = self.state.first_loss = loss
        if not math.isfinite(loss):
            raise self._divergence(f"the loss is {loss}")
        if loss > self.divergence_factor * first:
            raise self._divergence(
                f"the loss is {loss:.4g}, over {self.divergence_factor:g} times the first, {first:.4g}"
            )

    def _divergence(self, what: str) -> DivergenceError:
        checkpoints, _ = self.store.readable()
        good = f"the last good checkpoint is {checkpoints[-1].path}" if checkpoints else "no checkpoint was written yet"
        return DivergenceError(
            f"training diverged: {what} — at step {max(self.step, 1)}, learning rate {self._rate_set or 0.0:.3g}; "
            f"{good} — try a smaller training.optimizer.learning_rate, more warm-up, a smaller clip_norm, or float32"
        )

    # --- validation ---------------------------------------------------------------------------------------------------

    def _validate(self, interruption: Interruption) -> None:
        """Measures the model (its moving average, where one is kept); what the training goes on from stays as it is.

        A signal ends the measuring at once, but nothing else in here: weights that are half exchanged, or a result that
        is half booked, must never be saved.
        """
        started = time.perf_counter()
        state = self.state
        with self.variables.averaged(ready=state.batches > 0), interruption.at_once():
            metrics = self.validate(self.timetable.decodes(state))
        for name, value in metrics.items():
            if value is not None and not math.isfinite(value):
                raise self._divergence(f"the validation {name} is {value}")
        took = time.perf_counter() - started
        state.seconds += took
        values = {"step": self.step, "epoch": state.epoch, **metrics, "validation_seconds": took}
        self._emit("validation", values)
        self.progress.validation(values, self.store.would_lead(metrics))
        if self.early_stopping is not None:
            self.early_stopping.update(metrics[self.early_stopping.metric])
        self.learning_rate.update(metrics)
        state.validated_at = state.batches
        self._metrics = metrics

    # --- saving and resuming ------------------------------------------------------------------------------------------

    def _save(self) -> str:
        """Writes a checkpoint of this moment, unless there is one, and returns its name."""
        state = self.state
        validated = state.validated_at == state.batches
        if self._saved is not None and self._saved.order == (state.batches, validated):
            return self._saved.name
        name = f"step-{self.step:08d}"
        if not self.timetable.is_update(state):
            name += f"-{state.batches % self.timetable.accumulate_steps}"
        if self.timetable.validation_is_due(state):
            name += "-unvalidated"  # a resumed run validates first, and then needs the plain name
        if self._saved is not None and self._saved.name == name:
            name += "-validated"  # resumed with other settings, under which this moment is validated after all
        if not self.variables.all_finite():
            raise self._divergence("a weight is not a finite number")
        state.log_position = self.log.sync()
        self._saved = self.store.save(
            name,
            self._write,
            step=self.step,
            epoch=state.epoch,
            batches=state.batches,
            metrics=self._metrics if validated else {},
            tokenizers=self.tokenizers,
        )
        if validated:
            self.after_validation()
        return name

    def _write(self, folder: Path) -> None:
        self.variables.write(folder, ready=self.state.batches > 0)
        content = {
            "training": self.state.as_dict(),
            "reduction": self.learning_rate.reduction,
            "patience": {name: patience.state() for name, patience in self._patience().items()},
        }
        (folder / "state.json").write_text(to_json(content, indent=2) + "\n", encoding="utf-8")

    def _patience(self) -> dict[str, Patience]:
        named = {"early_stopping": self.early_stopping, "plateau": self.learning_rate.plateau}
        return {name: patience for name, patience in named.items() if patience is not None}

    def resume(self, checkpoint: Checkpoint) -> None:
        """Goes back to the moment at which a verified checkpoint was written; all that came after it is forgotten.

        Raises:
            CheckpointError: if it is of another training.
        """
        content = json.loads((checkpoint.path / "state.json").read_text(encoding="utf-8"))
        self.variables.read(checkpoint.path)
        self.state = TrainingState(**content["training"])
        self.learning_rate.reduction = content["reduction"]
        for name, patience in self._patience().items():
            state = content["patience"].get(name)
            if state is not None and state["metric"] == patience.metric:
                patience.restore(state)
        self._metrics = checkpoint.metrics
        self._saved = checkpoint
        self.log.cut(self.state.log_position)
        self.store.remove_after(checkpoint)
