"""When things happen in a training, as pure functions of where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seq2seq.training.state import TrainingState


@dataclass(frozen=True)
class Timetable:
    """The ends of a training and its events.

    Attributes:
        accumulate_steps: batches to one step, which is one update of the weights.
        maximum_epochs, maximum_steps: the ends; at least one is given.
        validate_every_steps: None for each `validate_every_epochs`. The end is always validated.
        checkpoint_every_steps: beside the checkpoint at each validation.
        decode_from_epoch: no decoding in a validation before this many epochs are done.
    """

    accumulate_steps: int
    maximum_epochs: int | None
    maximum_steps: int | None
    validate_every_steps: int | None
    validate_every_epochs: int
    checkpoint_every_steps: int | None
    log_every_steps: int
    decode_from_epoch: int

    def step(self, state: TrainingState) -> int:
        """Updates of the weights that are done."""
        return state.batches // self.accumulate_steps

    def is_update(self, state: TrainingState) -> bool:
        """Whether the last batch updated the weights, and did not only add to the gradient."""
        return state.batches % self.accumulate_steps == 0

    def end(self, state: TrainingState) -> str | None:
        """Why the training is over, if it is."""
        if self.maximum_steps is not None and self.step(state) >= self.maximum_steps:
            return f"maximum_steps, {self.maximum_steps}, reached"
        if self.maximum_epochs is not None and state.epoch >= self.maximum_epochs:
            return f"maximum_epochs, {self.maximum_epochs}, reached"
        return None

    def total_steps(self, count_batches: Callable[[int], int] | None) -> int | None:
        """The last step, if it is known before it comes; `count_batches` tells how many batches so many epochs have."""
        ends = [self.maximum_steps]
        if self.maximum_epochs is not None and count_batches is not None:
            ends.append(count_batches(self.maximum_epochs) // self.accumulate_steps)
        return min((end for end in ends if end is not None), default=None)

    def validation_is_due(self, state: TrainingState) -> bool:
        if state.batches == 0 or state.validated_at == state.batches:
            return False
        if self.end(state):
            return True
        if self.validate_every_steps is not None:
            return self._falls_on(self.validate_every_steps, state)
        return state.batch_in_epoch == 0 and state.epoch % self.validate_every_epochs == 0

    def decodes(self, state: TrainingState) -> bool:
        """Whether a validation now decodes."""
        return state.epoch >= self.decode_from_epoch

    def checkpoint_is_due(self, state: TrainingState) -> bool:
        if state.batches == 0:
            return False
        return state.validated_at == state.batches or self._falls_on(self.checkpoint_every_steps, state)

    def log_is_due(self, state: TrainingState) -> bool:
        return self._falls_on(self.log_every_steps, state)

    def _falls_on(self, every: int | None, state: TrainingState) -> bool:
        return every is not None and self.is_update(state) and self.step(state) % every == 0
