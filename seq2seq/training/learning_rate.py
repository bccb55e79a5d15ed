"""The learning rate: a schedule of the step, times what plateaus have left of it."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq.training.patience import Patience
from seq2seq.training.schedules import Schedule


@dataclass
class LearningRate:
    """`base` x schedule(step) x `reduction`, where `reduction` shrinks by `factor` whenever `plateau` is exhausted.

    Reductions end at `minimum`; what the schedule itself asks for (a warm-up) may lie below it.
    """

    base: float
    schedule: Schedule
    plateau: Patience | None = None
    factor: float = 1.0
    minimum: float = 0.0
    reduction: float = 1.0

    def at(self, step: int) -> float:
        """The rate of update number `step`, counted from 1."""
        return self.base * self.schedule(step) * self.reduction

    def update(self, metrics: dict[str, float | None]) -> None:
        """Takes the metrics of one validation."""
        if self.plateau is None:
            return
        self.plateau.update(metrics[self.plateau.metric])
        if self.plateau.exhausted:
            self.reduction = max(self.reduction * self.factor, min(1.0, self.minimum / self.base))
            self.plateau.waited = 0
