"""Which of the two a folder is, a run or an export of one, and what both tell of themselves."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from seq2seq.config import RunConfiguration
from seq2seq.errors import ExportError
from seq2seq.export.versions import MANIFEST_NAME, find_version, read_manifest, versions_of
from seq2seq.training.checkpoints import MANIFEST
from seq2seq.training.run_folder import RunFolder


class Description(NamedTuple):
    """What is in a folder that translates."""

    configuration: RunConfiguration
    checkpoint: str  # its name


def exported_version(folder: str | Path) -> Path | None:
    """The version folder that `folder` is or holds, the last one; None if it is a run, or nothing of ours.

    Raises:
        ExportError: if it holds versions, and none of them is whole.
    """
    found = find_version(Path(folder))
    if found is None and versions_of(Path(folder)) and not RunFolder(folder).exists():
        raise ExportError(
            f"no whole version in this export — given {folder}, with {versions_of(Path(folder))} — export the run again"
        )
    return found


def evaluation_folder(folder: str | Path) -> Path:
    """Where the evaluations of a run lie, `RUN/evaluation`, or those of an exported version, `EXPORT/evaluation/1`.

    A version is never written to again; its neighbours are numbers, and no server takes `evaluation` for one.
    """
    version = exported_version(folder)
    if version is None:
        return Path(folder) / "evaluation"
    version = version.resolve()  # its name, also where it is given as "." or by a link
    return version.parent / "evaluation" / version.name


def check_checkpoint(version: Path, checkpoint: str) -> None:
    """Raises ExportError if another checkpoint is wanted than the one that an export holds."""
    if checkpoint != "best":
        raise ExportError(
            f"an export holds one checkpoint — given checkpoint {checkpoint!r} for {version} — leave --checkpoint out, "
            "or use the run"
        )


def describe(folder: str | Path, checkpoint: str = "best") -> Description:
    """The configuration and the checkpoint of a run or an export.

    Raises:
        RunError, CheckpointError: there is no such run or checkpoint.
        ExportError: the export is not whole.
    """
    version = exported_version(folder)
    if version is None:
        run = RunFolder.open(folder)
        config = run.configuration()
        return Description(config, run.store(config).get(checkpoint).name)
    check_checkpoint(version, checkpoint)
    manifest = read_manifest(version)
    try:
        return Description(RunConfiguration.model_validate(manifest["configuration"]), manifest["checkpoint"]["name"])
    except (KeyError, ValidationError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ExportError(
            f"the export's manifest is not whole — given the one in {version} ({reason}) — export again"
        ) from None


def identity(folder: str | Path, checkpoint: str = "best") -> dict[str, Any]:
    """What two translators that answer alike have in common, as JSON holds it, wherever their folders lie.

    The manifest of a checkpoint holds the sha256 of its files, that of an export the sha256 of the weights and the
    moment it was made.

    Raises:
        as `describe`.
    """
    version = exported_version(folder)
    described = describe(folder, checkpoint)
    if version is None:
        run = RunFolder.open(folder)
        path = run.checkpoint_folder / described.checkpoint / MANIFEST
    else:
        path = version / MANIFEST_NAME
    return {
        "checkpoint": described.checkpoint,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "search": described.configuration.search.model_dump(mode="json"),
    }
