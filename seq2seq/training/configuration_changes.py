"""What may change between a run and its continuation, and what may not: the one list of it."""

from __future__ import annotations

from typing import Any

from seq2seq.config.loading import flatten
from seq2seq.config.schema import RunConfiguration
from seq2seq.errors import RunError

# Keys, or sections with all their keys, that a resumed run may give anew. Everything else decides which weights the run
# arrives at, and a continuation under other settings would be neither the old run nor a new one.
MAY_CHANGE = (
    "name",
    # Files may have moved; the ids made from them are compared by fingerprint.
    "data.folder",
    "data.train.data_dir",
    "data.validation",
    "data.test",
    "training.maximum_epochs",
    "training.maximum_steps",
    "training.validation",
    "training.early_stopping",
    "training.checkpoints",
    "training.divergence_factor",
    "training.log_every_steps",
    "training.tensorboard",
    "search",
    "generation",
)


def changes(old: RunConfiguration, new: RunConfiguration) -> dict[str, tuple[Any, Any]]:
    """Each key whose value differs, with both values; a key that one of them has not is None there."""
    before, after = flatten(old), flatten(new)
    return {
        key: (before.get(key), after.get(key))
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    }


def differences(
    there: RunConfiguration, here: RunConfiguration, same: tuple[str, ...], may_differ: tuple[str, ...] = ()
) -> list[str]:
    """One phrase for each key that two runs have differently, of those that begin with `same` but not `may_differ`."""
    return [
        f"{key}: {before!r} there, {after!r} here"
        for key, (before, after) in changes(there, here).items()
        if key.startswith(same) and not key.startswith(may_differ)
    ]


def accept_changes(old: RunConfiguration, new: RunConfiguration) -> list[str]:
    """One line for each key that a resumed run changes.

    Raises:
        RunError: if one of them cannot change; it names every such key, from what to what.
    """
    lines: list[str] = []
    refused: list[str] = []
    for key, (before, after) in changes(old, new).items():
        line = f"{key}: {before!r} -> {after!r}"
        may = any(key == allowed or key.startswith(allowed + ".") for allowed in MAY_CHANGE)
        (lines if may else refused).append(line)
    if refused:
        raise RunError(
            "a run cannot go on with another configuration — changed: "
            + "; ".join(refused)
            + " — set them back, or give the new run another name"
        )
    return lines
