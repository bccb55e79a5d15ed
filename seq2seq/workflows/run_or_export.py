"""What translates, a run, an export of one, a server that has one, or several runs: what these tell, what they need.

Several are given as `Members`, which name their checkpoints themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from seq2seq.client.translator import find_facts, find_model, is_address
from seq2seq.client.translator import identity as served_identity
from seq2seq.config import Search, search_with
from seq2seq.config.schema import LanguageModelRun, TranslationRun
from seq2seq.config.tasks import DEFAULT_TASK
from seq2seq.errors import ClientError, ConfigurationError, DataError, ExportError
from seq2seq.export.requestable import check_requestable
from seq2seq.export.versions import find_version, read_manifest
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.threads import set_command_threads
from seq2seq.training.checkpoints import MANIFEST, Checkpoint
from seq2seq.training.run_folder import RunFolder
from seq2seq.version_folders import MANIFEST_NAME, version_folders
from seq2seq.workflows.members import FLOAT32, Fusion, Member, Members


class Description(NamedTuple):
    """What is in a folder that translates."""

    configuration: TranslationRun
    checkpoint: str  # its name


def exported_version(folder: str | Path) -> Path | None:
    """The version folder that `folder` is or holds, the last one; None if it is a run, or nothing of ours.

    Raises:
        ExportError: if it holds versions, and none of them is whole.
    """
    found = find_version(Path(folder))
    if found is None and (versions := list(version_folders(Path(folder)))) and not RunFolder(folder).exists():
        raise ExportError(f"no whole version in this export — given {folder}, with {versions} — export the run again")
    return found


def evaluation_folder(folder: str | Path | Members) -> Path:
    """Where the evaluations of a run lie, `RUN/evaluation`, or those of an exported version, `EXPORT/evaluation/1`.

    A version is never written to again; its neighbours are numbers, and no server takes `evaluation` for one. Those of
    an ensemble lie in a folder of its own among those of its first run.
    """
    if isinstance(folder, Members):
        return evaluation_folder(folder.members[0].run) / folder.name
    version = exported_version(folder)
    if version is None:
        return Path(folder) / "evaluation"
    version = version.resolve()  # its name, also where it is given as "." or by a link
    return version.parent / "evaluation" / version.name


def check_checkpoint(version: Path, checkpoint: str) -> None:
    """Raises ExportError if another checkpoint is wanted than the one that an export holds, `best` or by its name."""
    if checkpoint not in ("best", read_manifest(version)["checkpoint"].get("name")):
        raise ExportError(
            f"an export holds one checkpoint — given checkpoint {checkpoint!r} for {version} — leave --checkpoint out, "
            "or use the run"
        )


def check_served_checkpoint(checkpoint: str) -> None:
    """Raises ClientError if another checkpoint is wanted than the one that a server has."""
    if checkpoint != "best":
        raise ClientError(f"a server has one checkpoint — given checkpoint {checkpoint!r} — leave --checkpoint out")


def check_translates(version: Path) -> dict[str, Any]:
    """The manifest of an export of a translator. Raises ExportError if it is one of another task."""
    manifest = read_manifest(version)
    task = manifest["configuration"].get("task", DEFAULT_TASK)
    if task != DEFAULT_TASK:
        raise ExportError(
            f"an export of another task — given {version}, of task {task!r} — give one of a run that translates"
        )
    return manifest


def check_members(together: Members) -> None:
    """Raises ConfigurationError if an export is to be a member of an ensemble, or such."""
    for run, _ in together.members:
        if exported_version(run) is not None:
            raise ConfigurationError(
                "an export can neither be a member of an ensemble nor be helped by a language model or compute in "
                f"another precision — given {run} — give the run it was made from"
            )


def pinned(place: str | Path | Members, checkpoint: str = "best") -> tuple[str | Path | Members, str]:
    """The same by names that stay: the checkpoint's own for `best`, the version's folder or address for the model's.

    Trainings, exports and servers go on while somebody translates; what is told of a model and what is loaded must
    still be the same.

    Raises:
        ClientError: there is no such server or model, or a checkpoint was chosen there.
        and as `describe`.
    """
    if isinstance(place, Members):
        check_members(place)
        members = tuple(Member(run, describe(run, name).checkpoint) for run, name in place.members)
        fusion = place.fusion
        if fusion is not None:
            fusion = fusion._replace(checkpoint=_checkpoint_of(fusion).name)
        return replace(place, members=members, fusion=fusion), _joined(members)
    if is_address(place):
        check_served_checkpoint(checkpoint)
        return str(find_model(str(place))), checkpoint
    return exported_version(place) or place, describe(place, checkpoint).checkpoint


def prepare_to_compute(place: str | Path | Members, threads: int | None) -> None:
    """Imports TensorFlow quietly and gives it the threads of `set_command_threads`, unless a server computes.

    Raises:
        ConfigurationError: as `set_threads`; or threads are given for a server.
    """
    if not is_address(place):
        import_tensorflow_quietly()
        set_command_threads(threads)
    elif threads is not None:
        raise ConfigurationError(
            f"a server has threads of its own — given {threads} threads for {place} — leave them out"
        )


def languages_of(place: str | Path | Members, checkpoint: str = "best") -> tuple[str, str]:
    """The source and target language of a run, an export or a served model.

    Raises:
        DataError: the server does not tell them.
        and as `pinned`.
    """
    if not is_address(place):
        data = describe(place, checkpoint).configuration.data
        return data.source_language, data.target_language
    facts = find_facts(find_model(str(place)))
    if facts is None or facts.source_language is None or facts.target_language is None:
        raise DataError(
            f"the server does not tell the languages of its model — given {place} — translate documents with the "
            "export, or a server of `seq2seq serve`"
        )
    return facts.source_language, facts.target_language


def describe(folder: str | Path | Members, checkpoint: str = "best") -> Description:
    """The configuration and the checkpoint of a run or an export; its files are not verified before it is loaded.

    Of several members: the configuration of the first, and the names of all checkpoints.

    Raises:
        RunError, CheckpointError: there is no such run or checkpoint.
        ExportError: the export is not whole.
        DataError: it is a server's address.
    """
    if isinstance(folder, Members):
        found = [describe(*member) for member in folder.members]
        members = [Member(member.run, one.checkpoint) for member, one in zip(folder.members, found, strict=True)]
        return Description(found[0].configuration, _joined(members))
    if is_address(folder):
        raise DataError(f"a server cannot do this — given {folder} — give the run, or the export")
    version = exported_version(folder)
    if version is None:
        run = RunFolder.open(folder)
        config = run.configuration_of(TranslationRun)
        return Description(config, run.store(config.training).find(checkpoint).name)
    check_checkpoint(version, checkpoint)
    manifest = check_translates(version)
    try:
        return Description(TranslationRun.model_validate(manifest["configuration"]), manifest["checkpoint"]["name"])
    except (KeyError, ValidationError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ExportError(
            f"the export's manifest is not whole — given the one in {version} ({reason}) — export again"
        ) from None


def check_search(folder: str | Path | Members, checkpoint: str, search: Mapping[str, Any]) -> Search | None:
    """The settings that a run searches with where `search` says otherwise; None of a server, which checks them itself.

    Raises:
        ConfigurationError: they make no sense, or an export does not take them.
    """
    if is_address(folder):
        return None
    configured = describe(folder, checkpoint).configuration.search
    chosen = search_with(configured, search)
    version = None if isinstance(folder, Members) else exported_version(folder)
    if version is not None:
        check_requestable(read_manifest(version), configured, chosen)
    return chosen


def identity(folder: str | Path | Members, checkpoint: str = "best") -> dict[str, Any]:
    """What two translators that answer alike have in common, as JSON holds it, wherever their folders lie.

    The manifest of a checkpoint holds the sha256 of its files, that of an export the sha256 of the weights and the
    moment it was made.

    Raises:
        as `describe` and `pinned`.
    """
    if isinstance(folder, Members):
        found = {
            "members": [identity(*member) for member in folder.members],
            "weights": None if folder.weights is None else list(folder.weights),
            "average": folder.average,
            "language_model": None if folder.fusion is None else _identity_of(folder.fusion),
        }
        return found if folder.precision == FLOAT32 else {**found, "precision": folder.precision}
    if is_address(folder):
        return served_identity(find_model(str(folder)))
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


def _identity_of(fusion: Fusion) -> dict[str, Any]:
    manifest = (_checkpoint_of(fusion).path / MANIFEST).read_bytes()
    return {"sha256": hashlib.sha256(manifest).hexdigest(), "weight": fusion.weight}


def _checkpoint_of(fusion: Fusion) -> Checkpoint:
    run = RunFolder.open(fusion.run)
    return run.store(run.configuration_of(LanguageModelRun).training).find(fusion.checkpoint)


def _joined(members: Sequence[Member]) -> str:
    return " + ".join(member.checkpoint for member in members)
