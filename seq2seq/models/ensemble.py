"""Several models that answer as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from keras import ops

from seq2seq.decoding.ensemble import AVERAGES, ensemble_step, member_name
from seq2seq.decoding.state import Step
from seq2seq.errors import ConfigurationError, nearest_name


class Ensemble:
    """Models over one target vocabulary, whose next id has the average of their distributions.

    It has the faces of a model, `start`, `step`, `stepper`, and teacher forcing by calling it, so search and scoring
    take it for one, and what a search reports is what scoring finds. With every `average` that of a model and itself is
    the model's own distribution.

    Members may read the source in different pieces: the source ids are then (rows, readings, source_time), padded with
    0, and `readings` tells which of them each member reads.

    Args:
        models: at least one, each as `EncoderDecoder`.
        weights: of each, more than 0; they are divided by their sum. None for equal ones.
        average: `log-probabilities`, the geometric mean, or `probabilities`, the arithmetic one.
        readings: for each model the index of the reading that it takes; None where all read the same.

    Raises:
        ConfigurationError: the weights or the average make no sense.
    """

    def __init__(
        self,
        models: Sequence[Any],
        *,
        weights: Sequence[float] | None,
        average: str,
        readings: Sequence[int] | None = None,
    ) -> None:
        self.models = tuple(models)
        self.weights = checked_weights(weights, len(self.models))
        self.average = checked_average(average)
        self.readings = tuple(readings or [0] * len(self.models))
        self.looking = [index for index, reading in enumerate(self.readings) if reading == self.readings[0]]

    def start(self, source_ids: Any, candidates: Any = None) -> dict[str, Any]:
        """The state before the first target id: that of each member, under its name.

        `source_ids` (rows, source_time), or (rows, readings, source_time); `candidates` as of a member.
        """
        return {
            member_name(index): model.start(self._read(source_ids, index), candidates)
            for index, model in enumerate(self.models)
        }

    def step(self, ids: Any, state: dict[str, Any]) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        """The average of the members' steps; see `EncoderDecoder.step`."""
        return self.stepper()(ids, state)

    def stepper(self, ids: Any = None) -> Step:
        """The step for many calls, or over a shortlist; see `EncoderDecoder.stepper`."""
        steps = [model.stepper(ids) for model in self.models]
        return ensemble_step(steps, self.weights, AVERAGES[self.average], self.looking)

    def __call__(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Log-probabilities of every next target id, given the real ones before it: (batch, target_time, vocabulary).

        `inputs` as of a member, with `source_ids` as in `start`.
        """
        log_probs = [
            ops.log_softmax(model({**inputs, "source_ids": self._read(inputs["source_ids"], index)}, training=training))
            for index, model in enumerate(self.models)
        ]
        return AVERAGES[self.average](log_probs, self.weights)

    def attention_weights(self, inputs: dict[str, Any]) -> Any:
        """Where each target position looks, with teacher forcing: (batch, target_time, source_time) float32.

        The weighted mean over the members that read as the first does, as in a search.
        """
        weights = [self.weights[index] for index in self.looking]
        return sum(
            weight
            / sum(weights)
            * self.models[index].attention_weights({**inputs, "source_ids": self._read(inputs["source_ids"], index)})
            for weight, index in zip(weights, self.looking, strict=True)
        )

    def _read(self, source_ids: Any, index: int) -> Any:
        return source_ids if len(source_ids.shape) == 2 else source_ids[:, self.readings[index]]


def checked_weights(weights: Sequence[float] | None, members: int) -> tuple[float, ...]:
    """The weights of so many members, which sum to 1.

    Raises:
        ConfigurationError: there are more or fewer, or one is not a number above 0.
    """
    if weights is None:
        return (1.0 / members,) * members
    if len(weights) != members:
        raise ConfigurationError(
            f"an ensemble needs one weight for each member — given {len(weights)} weights for {members} members — give "
            f"{members}, in the order of the members"
        )
    for weight in weights:
        if not (weight > 0.0 and math.isfinite(weight)):
            raise ConfigurationError(
                f"a member's weight is more than 0 — given {weight} — leave a member out that is to have none"
            )
    return tuple(weight / sum(weights) for weight in weights)


def checked_average(average: str) -> str:
    """Raises ConfigurationError if there is no such way of averaging."""
    if average not in AVERAGES:
        raise ConfigurationError(f"no such average — given {average!r} — {nearest_name(average, AVERAGES)}")
    return average
