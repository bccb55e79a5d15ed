"""The run folder: everything that is needed to repeat, resume or use a run, and where it lies."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, TextIO, TypeVar

from seq2seq.config.loading import dump_configuration, load_configuration
from seq2seq.config.schema import RunConfiguration, Training
from seq2seq.errors import RunError, nearest_name
from seq2seq.plain_json import to_json
from seq2seq.training.checkpoints import MANIFEST, WEIGHTS, Checkpoint, CheckpointStore
from seq2seq.training.metrics_log import MetricsLog
from seq2seq.training.safe_files import sync, write_text

Configuration = TypeVar("Configuration", bound=RunConfiguration)

CONFIGURATION = "config.yaml"

PACKAGES = ("seq2seq", "keras", "tensorflow", "tensorflow-text", "sentencepiece", "sacrebleu", "numpy")


class RunFolder:
    """A run by its folder; docs/architecture.md shows its files."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config_path = self.path / CONFIGURATION
        self.versions_path = self.path / "versions.json"
        self.data_path = self.path / "data.json"
        self.metrics_path = self.path / "metrics.jsonl"
        self.curves_path = self.path / "curves.png"
        self.tokenizer_folder = self.path / "tokenizer"
        self.start_folder = self.path / "start"
        self.checkpoint_folder = self.path / "checkpoints"
        self.best_path = self.path / "best"
        self.last_path = self.path / "last"
        self.shortlist_path = self.path / "shortlist.npz"
        self.tensorboard_folder = self.path / "tensorboard"
        self.lock_path = self.path / "lock"

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """A folder that holds a run.

        Raises:
            RunError: if it does not; names the nearest run beside it.
        """
        folder = cls(path)
        if folder.exists():
            return folder
        parent = folder.path.parent
        runs = sorted(other.parent.name for other in parent.glob("*/config.yaml"))
        advice = nearest_name(folder.path.name, runs) if runs else "make one with: seq2seq train CONFIG"
        raise RunError(f"no such run — given {folder.path} — {advice}")

    def exists(self) -> bool:
        """Whether a run was started here; its configuration is the last thing written before the training."""
        return self.config_path.is_file()

    def configuration(self, overrides: Sequence[str] = ()) -> RunConfiguration:
        """What the run was started or last resumed with; `overrides` as in `load_configuration`."""
        return load_configuration(self.config_path, overrides)

    def configuration_of(self, task: type[Configuration]) -> Configuration:
        """As `configuration`, for who can use a run of one task alone.

        Raises:
            RunError: if it is a run of another task.
        """
        config = self.configuration()
        if not isinstance(config, task):
            wanted = task.model_fields["task"].default
            raise RunError(
                f"a run of another task — given {self.path}, of task {config.task!r} — give one of task {wanted!r}; "
                f"this one is for {config.commands}"
            )
        return config

    def store(self, training: Training) -> CheckpointStore:
        """The run's checkpoints."""
        settings = training.checkpoints
        return CheckpointStore(
            self.checkpoint_folder, training.metric_of(settings), settings.keep_best, settings.keep_last
        )

    def log(self) -> MetricsLog:
        return MetricsLog(self.metrics_path)

    def create(
        self,
        config: RunConfiguration,
        data: dict[str, Any],
        write_tokenizer: Callable[[Path], None],
        start: Checkpoint | None = None,
        teachers: Sequence[tuple[RunConfiguration, Checkpoint]] = (),
    ) -> None:
        """Makes the folder in one step: a kill before it leaves no run, a kill after it one that can be resumed.

        Within `locked`, whose lock goes along. `start` is whose weights the training begins with, `teachers` are the
        models that it learns from: both are kept, so that it can go on whatever becomes of those runs.
        """
        aside = self._aside
        aside.tokenizer_folder.mkdir(parents=True)
        aside.checkpoint_folder.mkdir()
        write_tokenizer(aside.tokenizer_folder)
        if start is not None:
            _keep_weights(start, aside.start_folder)
        for folder, (teacher, checkpoint) in zip(aside.teacher_folders(len(teachers)), teachers, strict=True):
            _keep_weights(checkpoint, folder)
            write_text(folder / CONFIGURATION, dump_configuration(teacher))
        write_text(aside.data_path, to_json(data, indent=2) + "\n")
        write_text(aside.versions_path, to_json(versions(), indent=2) + "\n")
        aside.write_configuration(config)
        if self.path.is_dir():
            self.path.rmdir()  # only an empty folder gets here
        aside.path.rename(self.path)

    def teacher_folders(self, number: int) -> list[Path]:
        """Where so many teachers are kept: the configuration and the weights of each."""
        return [self.path / "teachers" / str(place) for place in range(1, number + 1)]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps every other training out of this run, made or not yet made, while the block runs.

        The kernel gives the lock back at any death of the process. A new run is locked, and built, in a folder aside,
        which is removed if the block ends before the run is made.

        Raises:
            RunError: if another training holds the lock.
        """
        made = self.exists()
        with self._lock_file() as file:
            if self.exists() != made:  # another one made it, and ended, since `made` was found
                raise self._being_trained("another one")
            file.truncate(0)
            file.write(f"process {os.getpid()} on {platform.node()}\n")
            file.flush()
            if not made:
                self._aside.remove_all_but_the_lock()
            try:
                yield
            finally:
                if not made and not self.exists():
                    self._aside.remove()

    def _lock_file(self) -> TextIO:
        """The file `lock` of the run or, before it is made, of its folder aside: open, and locked by us.

        The one who holds the folder aside may rename or remove it at any moment, so what was locked is compared with
        what now has its name, and all begins again if they differ.
        """
        while True:
            made = self.exists()
            holder = self if made else self._aside
            holder.path.mkdir(parents=True, exist_ok=True)
            with ExitStack() as stack:
                try:
                    file = stack.enter_context(holder.lock_path.open("a+", encoding="utf-8"))
                except FileNotFoundError:
                    continue
                if not _lock(file):
                    file.seek(0)
                    raise self._being_trained(file.read().strip() or "another one")
                if not _is_named(file, holder.lock_path):
                    continue
                if self.exists() != made:
                    holder.remove()  # made by us alone, after the other one got its name
                    continue
                stack.pop_all()
                return file

    def _being_trained(self, by: str) -> RunError:
        return RunError(
            f"the run is being trained — given {self.path}, locked by {by} — wait for that training or stop it, or "
            "give the new run another name"
        )

    def remove(self) -> None:
        """Removes a folder aside that we hold locked.

        Another start may open a new lock in it at this moment; then the folder stays, as that one's.
        """
        shutil.rmtree(self.path, ignore_errors=True)

    def remove_all_but_the_lock(self) -> None:
        """Removes what a killed start left behind."""
        for path in self.path.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != self.lock_path:
                path.unlink()

    @property
    def _aside(self) -> RunFolder:
        """Where the run is built before it gets its name."""
        return RunFolder(self.path.parent / f".new-{self.path.name}")

    def write_configuration(self, config: RunConfiguration) -> None:
        write_text(self.config_path, dump_configuration(config))


def _keep_weights(checkpoint: Checkpoint, folder: Path) -> None:
    """Copies the weights of a checkpoint, and what tells where they come from, into a new folder."""
    folder.mkdir(parents=True)
    for name in (WEIGHTS, MANIFEST):
        shutil.copyfile(checkpoint.path / name, folder / name)
    sync([*folder.iterdir(), folder])


def version_changes(path: Path) -> list[str]:
    """One line for each package, and Python, platform and backend, that is another now than `versions.json` says.

    A file that is missing or torn is one line too: then nobody can tell.
    """
    try:
        before = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return [f"unknown versions, since {path} is missing or torn"]
    now = versions()
    return [
        f"{name} {before.get(name, 'absent')} -> {now.get(name, 'absent')}"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]


def _lock(file: TextIO) -> bool:
    """Whether the file is ours now; where the file system knows no locks, it is, with a warning."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        print(f"warning: {file.name} cannot be locked ({error.strerror}): start no second training of this run")
    return True


def _is_named(file: TextIO, path: Path) -> bool:
    """Whether the path still is the open file, which may have been renamed or removed."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def versions() -> dict[str, str]:
    """What the run was made with."""
    import keras  # here, because it imports its backend, and what else is here must answer at once

    backend = keras.config.backend()
    found = {"python": platform.python_version(), "platform": platform.platform(), "backend": backend}
    for package in dict.fromkeys((*PACKAGES, backend)):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "absent"
    return found
