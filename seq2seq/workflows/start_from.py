"""A training that begins with the weights and the tokenizers of another run."""

from __future__ import annotations

from seq2seq.config.schema import RunConfiguration
from seq2seq.errors import RunError
from seq2seq.training.checkpoints import Checkpoint
from seq2seq.training.configuration_changes import differences
from seq2seq.training.run_folder import RunFolder

# What decides which weights and which pieces there are, and what of it may differ all the same.
SAME = ("model.", "tokenizer.")
MAY_DIFFER = ("model.dropout.", "tokenizer.sampling")


def starting_run(config: RunConfiguration) -> RunFolder | None:
    """The run that `training.start_from` names, if it names one.

    Raises:
        RunError: if there is none, or its model or tokenizer is another one than the configuration's.
    """
    start = config.training.start_from
    if start is None:
        return None
    run = RunFolder.open(start.run)
    wrong = differences(run.configuration(), config, SAME, MAY_DIFFER)
    if wrong:
        raise RunError(
            f"training.start_from: a training cannot begin with the weights of another model — given {run.path}, with "
            + "; ".join(wrong)
            + " — set them as they are there"
        )
    return run


def starting_checkpoint(config: RunConfiguration) -> Checkpoint | None:
    """The verified checkpoint that `training.start_from` names, if it names one.

    Raises:
        RunError: as `starting_run`.
        CheckpointError: if there is no such checkpoint, or it is corrupt.
    """
    run = starting_run(config)
    if run is None:
        return None
    return run.store(run.configuration().training).get(config.training.start_from.checkpoint)
