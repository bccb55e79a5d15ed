"""What the configurations of all tasks have in common."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from seq2seq.config.schema.section import Section
from seq2seq.config.schema.training import Training

LARGEST_SEED = 2**31 - 1


class RunConfiguration(Section):
    """The whole of a run; each task has a class of its own, with its own sections."""

    commands: ClassVar[str]  # of `seq2seq`, that take a run of this task

    task: str
    name: str | None = None  # of the run folder; null: the configuration file's
    seed: int = Field(default=1, ge=0, le=LARGEST_SEED)
    training: Training = Training()
