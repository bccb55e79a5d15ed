"""Checkpoint folders: written aside, made safe on disk, renamed in one step, verified before use.

    checkpoints/
      step-00001234/
        model.weights.h5     the weights to translate with (the moving average, where one is kept)
        training.npz         what else a resume needs: optimizer, seeds, running statistics, raw weights
        state.json           counters, schedule and patience
        manifest.json        step, metrics, tokenizer fingerprints, sha256 and size of each file

A folder whose name begins with a dot is an unfinished write; it is never read, and removed at the next start.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2seq.errors import CheckpointError, TokenizerError, nearest_name
from seq2seq.plain_json import to_json
from seq2seq.training.patience import HIGHER_IS_BETTER
from seq2seq.training.safe_files import sync, write_text

Metrics = dict[str, Any]  # of a validation: perplexity, and what else the task measures, or None where it was not

MANIFEST = "manifest.json"
WEIGHTS = "model.weights.h5"
FORMAT = 1


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint folder and what its manifest says."""

    path: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def step(self) -> int:
        return int(self.manifest["step"])

    @property
    def metrics(self) -> Metrics:
        """The validation that this checkpoint went through; empty if there was none at its step."""
        return self.manifest["metrics"]

    @property
    def order(self) -> tuple[int, bool]:
        """The position in the training: batches done, and of two at one position the validated one is the later."""
        return int(self.manifest["batches"]), bool(self.metrics)

    def check_tokenizers(self, *fingerprints: str) -> None:
        """Raises TokenizerError unless the checkpoint was trained with these tokenizers: source and target, or one."""
        sides = ("source ", "target ") if len(fingerprints) == 2 else ("",)
        for side, given, expected in zip(sides, fingerprints, self.manifest["tokenizers"], strict=True):
            if given != expected:
                raise TokenizerError(
                    f"the {side}tokenizer does not belong to the model — its sha256 is {given[:12]}…, "
                    f"that of {self.path} is {expected[:12]}… — put the run's own tokenizer back"
                )

    def verify(self, *names: str) -> None:
        """Reads every file, or those that are named, and compares its sha256 with the manifest.

        Raises:
            CheckpointError: names the first file that is missing or differs.
        """
        files = self.manifest["files"]
        for name in names or files:
            expected, file = files[name], self.path / name
            if not file.is_file():
                raise CheckpointError(f"corrupt checkpoint — {file} is missing — use another one, or train again")
            found = sha256_of(file)
            if found != expected["sha256"]:
                raise CheckpointError(
                    f"corrupt checkpoint — {file} has sha256 {found[:12]}…, {file.stat().st_size} bytes — "
                    f"the manifest says {expected['sha256'][:12]}…, {expected['bytes']} bytes; "
                    "use another one, or train again"
                )


class CheckpointStore:
    """The checkpoints of one run, ranked by `metric`.

    What is on disk is the only list there is: nothing has to be kept in step with it.
    """

    def __init__(self, folder: Path, metric: str, keep_best: int = 1, keep_last: int = 1) -> None:
        self.folder = folder
        self.metric = metric
        self.keep_best = keep_best
        self.keep_last = keep_last

    def save(self, name: str, write: Callable[[Path], None], **manifest: Any) -> Checkpoint:
        """Calls `write(folder)` on an empty folder aside, then puts it under `name` in one step, and prunes old ones.

        At no moment is there a folder of that name that is not whole.
        """
        checkpoint = write_checkpoint(self.folder / name, write, **manifest)
        self.prune()
        self._point()
        return checkpoint

    def all(self) -> list[Checkpoint]:
        """Those of the training, not the averages, oldest first, by their manifests; files are not verified.

        Raises:
            CheckpointError: if a manifest is missing, torn or of another format.
        """
        return _by_order(read_checkpoint(path) for path in self._paths())

    def readable(self) -> tuple[list[Checkpoint], list[str]]:
        """As `all`, without those that it would raise for, and one sentence for each of these."""
        found, passed_over = [], []
        for path in self._paths():
            try:
                found.append(read_checkpoint(path))
            except CheckpointError as error:
                passed_over.append(f"{path.name}: {error}")
        return _by_order(found), passed_over

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("step-*"))

    def ranked(self, checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
        """Those that were validated by the metric, best first; of equal ones that of lower perplexity."""
        measured = [checkpoint for checkpoint in checkpoints if checkpoint.metrics.get(self.metric) is not None]
        return sorted(measured, key=lambda checkpoint: (*self._rank(checkpoint.metrics), checkpoint.order))

    def would_lead(self, metrics: Metrics) -> bool:
        """Whether a checkpoint with these metrics would be the best."""
        ranked = self.ranked(self.readable()[0])
        return metrics[self.metric] is not None and (not ranked or self._rank(metrics) < self._rank(ranked[0].metrics))

    def _rank(self, metrics: Metrics) -> tuple[float, float]:
        """Smaller is better; a manifest holds null for a perplexity beyond all numbers."""
        perplexity = math.inf if metrics["perplexity"] is None else metrics["perplexity"]
        return (-metrics[self.metric] if HIGHER_IS_BETTER[self.metric] else perplexity), perplexity

    def get(self, name: str) -> Checkpoint:
        """As `find`, with all files verified.

        Raises:
            CheckpointError: if there is none, or it is corrupt.
        """
        checkpoint = self.find(name)
        checkpoint.verify()
        return checkpoint

    def find(self, name: str) -> Checkpoint:
        """The checkpoint called `name`; `best` and `last` are names too (`best` is the last where none was validated by
        the metric).

        Raises:
            CheckpointError: if there is none, or a manifest is not whole; files are not verified.
        """
        if name in ("best", "last"):
            # Strictly: a torn manifest may be that of the best one, and to take another in silence would be wrong.
            everything = self.all()
            if not everything:
                raise CheckpointError(f"no checkpoint in {self.folder} — given {name!r} — train first")
            return self._best(everything) if name == "best" else everything[-1]
        path = self.folder / name
        if path.parent != self.folder or not path.is_dir():
            names = [other.name for other in self.folder.glob("[!.]*") if other.is_dir()]
            raise CheckpointError(
                f"no such checkpoint in {self.folder} — given {name!r} — "
                + nearest_name(name, ["best", "last", *names])
            )
        return read_checkpoint(path)

    def newest_whole(self) -> tuple[Checkpoint | None, list[str]]:
        """The newest checkpoint that passes verification, and one sentence for each newer one that does not."""
        readable, skipped = self.readable()
        for checkpoint in reversed(readable):
            try:
                checkpoint.verify()
            except CheckpointError as error:
                skipped.append(f"{checkpoint.name}: {error}")
                continue
            return checkpoint, skipped
        return None, skipped

    def remove_leftovers(self) -> None:
        """Removes unfinished writes and unfinished removals."""
        for path in [*self.folder.glob(".new-*"), *self.folder.glob(".old-*")]:
            shutil.rmtree(path)

    def remove_after(self, checkpoint: Checkpoint) -> None:
        """Removes what lies after the checkpoint that is resumed from: it is made again, or was corrupt."""
        keep = {other.path for other in self.readable()[0] if other.order <= checkpoint.order}
        for path in self._paths():
            if path not in keep:
                shutil.rmtree(path)

    def prune(self) -> None:
        """Removes all but the best and the last ones."""
        readable, _ = self.readable()
        best = self.ranked(readable)[: self.keep_best]
        keep = {checkpoint.path for checkpoint in [*best, *readable[-self.keep_last :]]}
        for checkpoint in readable:
            if checkpoint.path not in keep:
                # Renamed first, so that a kill within the removal leaves no torn folder of a valid name.
                aside = self.folder / f".old-{checkpoint.name}"
                checkpoint.path.rename(aside)
                shutil.rmtree(aside)

    def _point(self) -> None:
        """Writes the files `best` and `last` beside the folder, for people and scripts; nothing here reads them."""
        readable, _ = self.readable()
        write_text(self.folder.parent / "last", readable[-1].name + "\n")
        write_text(self.folder.parent / "best", self._best(readable).name + "\n")

    def _best(self, checkpoints: list[Checkpoint]) -> Checkpoint:
        """The first by rank, or the last of all where none was validated by the metric."""
        return (self.ranked(checkpoints) or checkpoints[-1:])[0]


def _by_order(checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
    return sorted(checkpoints, key=lambda checkpoint: checkpoint.order)


def write_checkpoint(path: Path, write: Callable[[Path], None], **manifest: Any) -> Checkpoint:
    """Writes one checkpoint folder; see `CheckpointStore.save`.

    Raises:
        CheckpointError: if there is one of that name.
    """
    if path.exists():
        raise CheckpointError(f"checkpoint exists already — given {path} — remove it, or choose another name")
    aside = path.parent / f".new-{path.name}"
    if aside.exists():
        shutil.rmtree(aside)
    aside.mkdir(parents=True)
    write(aside)
    files = sorted(file for file in aside.iterdir())
    manifest = {
        "format": FORMAT,
        **manifest,
        "files": {file.name: {"sha256": sha256_of(file), "bytes": file.stat().st_size} for file in files},
    }
    (aside / MANIFEST).write_text(to_json(manifest, indent=2) + "\n", encoding="utf-8")
    sync([*files, aside / MANIFEST, aside])
    aside.rename(path)
    sync([path.parent])
    return Checkpoint(path, manifest)


def read_checkpoint(path: Path) -> Checkpoint:
    """A checkpoint by its folder, its manifest read, its files not yet verified.

    Raises:
        CheckpointError: if the manifest is missing, torn or of another format.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"corrupt checkpoint — {path / MANIFEST}: {error} — use another one") from None
    wanted = {"format", "step", "batches", "metrics", "tokenizers", "files"}
    if not isinstance(manifest, dict) or not wanted <= set(manifest) or manifest["format"] != FORMAT:
        raise CheckpointError(
            f"corrupt checkpoint — {path / MANIFEST} is no manifest of format {FORMAT} — use another one"
        )
    return Checkpoint(path, manifest)


def sha256_of(file: Path) -> str:
    """The hexadecimal sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
