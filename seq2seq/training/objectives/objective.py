"""The seam between the training loop and what it minimises."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from seq2seq.ops.compiled import compiled_step


class Objective(keras.Model):
    """A model together with the loss that trains it: what the loop compiles and calls `train_on_batch` of.

    The loop hands each batch to `prepare`, and what that returns to `train_on_batch`; Keras then calls `call`,
    `compute_loss` and `compute_metrics`. None of this is saved: a checkpoint holds the weights of `model` alone.

    Args:
        model: any built Keras model from `inputs` to logits (batch, time, vocabulary).
        statistics: sums since the last log line; its result has the means `loss` (of what is minimised) and
            `cross_entropy` (of the references, without smoothing), and the number of reference `tokens`.
    """

    def __init__(self, model: keras.Model, statistics: keras.metrics.Metric) -> None:
        super().__init__(dtype=model.dtype_policy, name="objective")
        self.model = model
        self.statistics = statistics
        self.built = True

    @property
    def state_variables(self) -> list[keras.Variable]:
        """What an objective carries from batch to batch beside the model, for the checkpoint."""
        return []

    def prepare(self, inputs: dict[str, Any], labels: Any, *, step: int, batch: int) -> tuple[dict[str, Any], Any]:
        """What is trained on in place of a batch of text; here the batch itself.

        Whatever is drawn here is a pure function of the arguments, the weights and a seed, so that a resumed training
        draws it again.

        Args:
            inputs, labels: as the data gives them.
            step: number of the update that the batch belongs to, from 1.
            batch: number of the batch in the whole training, from 0.
        """
        return inputs, labels

    def make_train_function(self, force: bool = False) -> Any:
        """Keras' hook: what `train_on_batch` and `fit` call."""
        if not self._one_graph:
            return super().make_train_function(force)
        if self.train_function is None or force:
            self.train_function = compiled_step(self.train_step)
        return self.train_function

    def make_test_function(self, force: bool = False) -> Any:
        """Keras' hook: what `test_on_batch` and `evaluate` call."""
        if not self._one_graph:
            return super().make_test_function(force)
        if self.test_function is None or force:
            self.test_function = compiled_step(self.test_step)
        return self.test_function

    @property
    def _one_graph(self) -> bool:
        """Whether steps are what `compiled_step` makes of them; it knows nothing of Keras' other ways to run them."""
        plainly = not (self.run_eagerly or self.jit_compile) and self.steps_per_execution == 1
        return plainly and keras.config.backend() == "tensorflow"

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Logits of what `prepare` gave."""
        return self.model(inputs, training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The scalar that is minimised."""
        raise NotImplementedError

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Adds a batch to the statistics and returns their result."""
        raise NotImplementedError


def batch_generator(seed: int, stream: int, batch: int) -> np.random.Generator:
    """What an objective draws with for one batch: a function of the run's seed, a number of its own, and the batch's.

    Apart from the draws of `data/`, which are of the bare seed.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream, batch)))
