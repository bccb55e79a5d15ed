"""The training loop: batches in, checkpoints out, exact to the bit when resumed."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import keras

from seq2seq.errors import CheckpointError, DivergenceError, Interrupted
from seq2seq.training.checkpoints import Checkpoint, CheckpointStore
from seq2seq.training.interruption import Interruption
from seq2seq.training.loss import TokenCrossEntropy, TokenStatistics
from seq2seq.training.metrics_log import MetricsLog
from seq2seq.training.patience import Patience, is_better
from seq2seq.training.progress import TrainingProgress
from seq2seq.training.schedules import Schedule
from seq2seq.training.state import TrainingState, Variables
from seq2seq.training.tensorboard import TensorBoardWriter

Batches = Iterable[tuple[dict[str, Any], Any]]


class Trainer:
    """Trains a model of ids until an end is reached; see `train`.

    A step is one update of the weights, which takes `accumulate_steps` batches. Batches are `(inputs, labels)` as
    `keras.Model.fit` takes them, labels (batch, time) int32 with 0 = pad.

    Args:
        model: any built Keras model from `inputs` to logits (batch, time, vocabulary).
        optimizer: from `build_optimizer`; its gradient accumulation must be that of `accumulate_steps`.
        training_batches: `(epoch, skipped batches) -> batches`; the same arguments give the same batches.
        batches_per_epoch: if known, for the time left.
        validation_batches: `() -> batches`.
        score: `model -> BLEU` of real decoding, or None.
        store: where checkpoints go.
        log: where events go.
        progress: what the user sees.
        schedule: factor of `learning_rate` by step, counted from 1.
        plateau, plateau_factor, minimum_learning_rate: multiply the learning rate when the patience is exhausted.
        early_stopping: ends the training when exhausted.
        maximum_epochs, maximum_steps: the ends; at least one is given.
        validate_every_steps: if None, each `validate_every_epochs`.
        score_from_epoch: no decoding before this many epochs are done.
        checkpoint_every_steps: beside those at each validation.
        divergence_factor: a loss of this many times the first one ends the run.
        tokenizers: fingerprints that are written into each manifest.
        after_validation: called after each validation is saved, to draw curves.
        tensorboard: a second place for events.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        *,
        training_batches: Callable[[int, int], Batches],
        batches_per_epoch: int | None,
        validation_batches: Callable[[], Batches],
        score: Callable[[keras.Model], float] | None,
        store: CheckpointStore,
        log: MetricsLog,
        progress: Callable[[int | None], TrainingProgress],
        learning_rate: float,
        schedule: Schedule,
        plateau: Patience | None,
        plateau_factor: float,
        minimum_learning_rate: float,
        early_stopping: Patience | None,
        label_smoothing: float,
        accumulate_steps: int,
        maximum_epochs: int | None,
        maximum_steps: int | None,
        validate_every_steps: int | None,
        validate_every_epochs: int,
        score_from_epoch: int,
        checkpoint_every_steps: int | None,
        log_every_steps: int,
        divergence_factor: float,
        tokenizers: list[str],
        after_validation: Callable[[], None],
        tensorboard: TensorBoardWriter | None,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.training_batches = training_batches
        self.batches_per_epoch = batches_per_epoch
        self.validation_batches = validation_batches
        self.score = score
        self.store = store
        self.log = log
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.plateau = plateau
        self.plateau_factor = plateau_factor
        self.minimum_learning_rate = minimum_learning_rate
        self.early_stopping = early_stopping
        self.accumulate_steps = accumulate_steps
        self.maximum_epochs = maximum_epochs
        self.maximum_steps = maximum_steps
        self.validate_every_steps = validate_every_steps
        self.validate_every_epochs = validate_every_epochs
        self.score_from_epoch = score_from_epoch
        self.checkpoint_every_steps = checkpoint_every_steps
        self.log_every_steps = log_every_steps
        self.divergence_factor = divergence_factor
        self.tokenizers = tokenizers
        self.after_validation = after_validation
        self.tensorboard = tensorboard

        self.statistics = TokenStatistics(label_smoothing)
        # XLA would compile anew for each of the many shapes that length buckets have.
        compiled = keras.config.backend() == "jax"
        model.compile(optimizer, TokenCrossEntropy(label_smoothing), metrics=[self.statistics], jit_compile=compiled)
        self.optimizer = model.optimizer  # in float16 Keras wraps it, to scale the loss
        self.optimizer.build(model.trainable_variables)
        self.variables = Variables(model, self.optimizer, self.statistics)
        self.state = TrainingState()
        self.progress = progress(self._total_steps())
        self.metrics: dict[str, float | None] = {}
        self._current_learning_rate: float | None = None
        self._saved: Checkpoint | None = None

    # --- the loop -----------------------------------------------------------------------------------------------------

    def train(self) -> str:
        """Trains to the end and returns the reason for it. Each validation is saved, and so is the end.

        Raises:
            DivergenceError: for a loss that is no number or has grown past `divergence_factor`.
            Interrupted: after SIGINT or SIGTERM, when all is saved.
        """
        with self.progress, Interruption() as interruption:
            try:
                batches = self._epoch()
                while True:
                    end = self._end()
                    if self._validation_is_due(end):
                        with interruption.at_once():
                            self._validate()
                        end = end or self._end()
                    if end or self._checkpoint_is_due():
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
            except Interrupted as interrupted:
                name = self._save()
                raise Interrupted(
                    interrupted.signal_number, f"stopped at step {self.step}, saved as {name} — continue with --resume"
                ) from None

    @property
    def step(self) -> int:
        """Updates of the weights that are done."""
        return self.state.batches // self.accumulate_steps

    def _epoch(self) -> Iterator[tuple[dict[str, Any], Any]]:
        return iter(self.training_batches(self.state.epoch, self.state.batch_in_epoch))

    def _finish_epoch(self) -> None:
        if self.state.batch_in_epoch == 0:
            raise CheckpointError(
                f"epoch {self.state.epoch + 1} has no batches — given an empty training corpus — check data.train"
            )
        self.state.epoch += 1
        self.state.batch_in_epoch = 0

    def _train_batch(self, inputs: dict[str, Any], labels: Any, started: float) -> None:
        state = self.state
        self._set_learning_rate()
        result = self.model.train_on_batch(inputs, labels, return_dict=True)
        state.batches += 1
        state.batch_in_epoch += 1
        self._check_divergence(float(result["smoothed"]))
        took = time.perf_counter() - started
        state.seconds += took
        state.interval_seconds += took
        if self._is_update():
            self.progress.step(self.step)
            if self.step % self.log_every_steps == 0:
                self._log_interval(result)

    def _log_interval(self, result: dict[str, Any]) -> None:
        state = self.state
        values = {
            "step": self.step,
            "epoch": state.epoch,
            "loss": float(result["smoothed"]),
            "perplexity": perplexity_of(float(result["cross_entropy"])),
            "tokens_per_second": float(result["tokens"]) / state.interval_seconds,
            "learning_rate": self._current_learning_rate,
            "seconds": state.seconds,
        }
        total = self._total_steps()
        left = None if total is None else state.seconds / self.step * (total - self.step)
        self._emit("train", values)
        self.progress.training(values, left)
        self.statistics.reset_state()
        state.interval_seconds = 0.0

    def _total_steps(self) -> int | None:
        """The last step, if it is known before it comes."""
        ends = [self.maximum_steps]
        if self.maximum_epochs is not None and self.batches_per_epoch is not None:
            ends.append(self.maximum_epochs * self.batches_per_epoch // self.accumulate_steps)
        return min((end for end in ends if end is not None), default=None)

    def _emit(self, event: str, values: dict[str, Any]) -> None:
        self.log.write(event, **values)
        if self.tensorboard is not None:
            self.tensorboard.write(event, values)

    def _is_update(self) -> bool:
        return self.state.batches % self.accumulate_steps == 0

    def _set_learning_rate(self) -> None:
        rate = self.learning_rate * self.schedule(self.step + 1) * self.state.plateau_factor
        rate = (
            max(rate, min(self.minimum_learning_rate, self.learning_rate)) if self.state.plateau_factor < 1.0 else rate
        )
        if rate != self._current_learning_rate:
            self.optimizer.learning_rate = rate
            self._current_learning_rate = rate

    def _check_divergence(self, loss: float) -> None:
        """`loss` is the mean since the last log line, so one odd batch does not stop a run, and one NaN does."""
        if self.state.first_loss is None:
            self.state.first_loss = loss
        if not math.isfinite(loss):
            raise self._divergence(f"the loss is {loss}")
        if loss > self.divergence_factor * self.state.first_loss:
            raise self._divergence(
                f"the loss is {loss:.4g}, over {self.divergence_factor:g} times the first one, {self.state.first_loss:.4g}"
            )

    def _divergence(self, what: str) -> DivergenceError:
        checkpoints = self.store.all()
        good = f"the last good checkpoint is {checkpoints[-1].path}" if checkpoints else "there is no checkpoint yet"
        return DivergenceError(
            f"training diverged: {what} — at step {max(self.step, 1)}, learning rate {self._current_learning_rate or 0:.3g}; "
            f"{good} — try a smaller training.optimizer.learning_rate, more warm-up, a smaller clip_norm, or precision float32"
        )

    # --- the end, validation and saving -------------------------------------------------------------------------------

    def _end(self) -> str | None:
        """Why the training is over, if it is."""
        if self.maximum_steps is not None and self.step >= self.maximum_steps:
            return f"maximum_steps, {self.maximum_steps}, reached"
        if self.maximum_epochs is not None and self.state.epoch >= self.maximum_epochs:
            return f"maximum_epochs, {self.maximum_epochs}, reached"
        if self.early_stopping is not None and self.early_stopping.exhausted:
            return (
                f"{self.early_stopping.waited} validations without a better {self.early_stopping.metric} than "
                f"{self.early_stopping.best:.4g}"
            )
        return None

    def _validation_is_due(self, end: str | None) -> bool:
        if self.state.batches == 0 or self.state.validated_at == self.state.batches:
            return False
        if end:
            return True
        if self.validate_every_steps is not None:
            return self._is_update() and self.step % self.validate_every_steps == 0
        return self.state.batch_in_epoch == 0 and self.state.epoch % self.validate_every_epochs == 0

    def _checkpoint_is_due(self) -> bool:
        if self.state.batches == 0:
            return False
        if self.state.validated_at == self.state.batches:
            return True
        every = self.checkpoint_every_steps
        return every is not None and self._is_update() and self.step % every == 0

    def _validate(self) -> None:
        """Scores the model (its moving average, where one is kept), without touching what the training goes on from."""
        started = time.perf_counter()
        with self.variables.averaged(ready=self.state.batches > 0):
            perplexity = self._validation_perplexity()
            bleu = self.score(self.model) if self.score and self.state.epoch >= self.score_from_epoch else None
        took = time.perf_counter() - started
        if not math.isfinite(perplexity):
            raise self._divergence(f"the validation perplexity is {perplexity}")
        state = self.state
        state.seconds += took
        self.metrics = {"perplexity": perplexity, "bleu": bleu}
        ranking = self.store.ranked()
        value = self.metrics[self.store.metric]
        best = value is not None and (
            not ranking or is_better(self.store.metric, value, ranking[0].metrics[self.store.metric])
        )
        self._emit("validation", {"step": self.step, "epoch": state.epoch, **self.metrics, "seconds": took})
        self.progress.validation({"step": self.step, **self.metrics}, best)
        if self.early_stopping is not None:
            self.early_stopping.update(self.metrics[self.early_stopping.metric])
        if self.plateau is not None:
            self.plateau.update(self.metrics[self.plateau.metric])
            if self.plateau.exhausted:
                state.plateau_factor *= self.plateau_factor
                self.plateau.waited = 0
        state.validated_at = state.batches

    def _validation_perplexity(self) -> float:
        """exp of the mean cross-entropy over all real validation tokens, without smoothing.

        It runs the compiled metric, whose sums of the log line at hand are put back afterwards.
        """
        kept = [keras.ops.convert_to_numpy(variable.value).copy() for variable in self.statistics.variables]
        total, tokens = 0.0, 0.0
        try:
            for inputs, labels in self.validation_batches():
                self.statistics.reset_state()
                result = self.model.test_on_batch(inputs, labels, return_dict=True)
                total += float(result["cross_entropy"]) * float(result["tokens"])
                tokens += float(result["tokens"])
        finally:
            for variable, value in zip(self.statistics.variables, kept, strict=True):
                variable.assign(value)
        return perplexity_of(total / max(tokens, 1.0))

    def _save(self) -> str:
        """Writes a checkpoint of this moment, unless there is one, and returns its name."""
        state = self.state
        validated = state.validated_at == state.batches
        name = f"step-{self.step:08d}"
        if not self._is_update():
            name += f"-{state.batches % self.accumulate_steps}"
        if not validated and self._validation_is_due(self._end()):
            name += "-unvalidated"  # the resumed run validates first, and then needs the plain name
        if self._saved is not None and self._saved.name == name:
            if bool(self._saved.metrics) == validated:
                return name
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
            metrics=self.metrics if validated else {},
            tokenizers=self.tokenizers,
        )
        if validated:
            self.after_validation()
        return name

    def _write(self, folder: Path) -> None:
        self.variables.write(folder, ready=self.state.batches > 0)
        patience = {"early_stopping": self.early_stopping, "plateau": self.plateau}
        content = {
            "training": self.state.as_dict(),
            "patience": {name: one.state() for name, one in patience.items() if one is not None},
        }
        (folder / "state.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def resume(self, checkpoint: Checkpoint) -> None:
        """Goes back to the moment at which a verified checkpoint was written; all that came after it is forgotten.

        Raises:
            CheckpointError: if it is of another training.
        """
        content = json.loads((checkpoint.path / "state.json").read_text(encoding="utf-8"))
        self.variables.read(checkpoint.path)
        self.state = TrainingState(**content["training"])
        for name, one in (("early_stopping", self.early_stopping), ("plateau", self.plateau)):
            if one is not None and name in content["patience"]:
                one.restore(content["patience"][name])
        self.metrics = checkpoint.metrics
        self.log.cut(self.state.log_position)
        self.store.remove_after(checkpoint)
        self._saved = checkpoint


def perplexity_of(cross_entropy: float) -> float:
    """exp, and infinity where that is too large for a float."""
    return math.exp(cross_entropy) if cross_entropy < 700.0 else math.inf
