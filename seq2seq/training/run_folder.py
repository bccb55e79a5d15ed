"""The run folder: everything that is needed to repeat, resume or use a run, and where it lies."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from seq2seq.config.loading import dump_configuration, load_configuration
from seq2seq.config.schema import RunConfiguration
from seq2seq.errors import RunError, nearest_name
from seq2seq.training.checkpoints import CheckpointStore
from seq2seq.training.metrics_log import MetricsLog
from seq2seq.training.safe_files import write_text

PACKAGES = ("seq2seq", "keras", "tensorflow", "tensorflow-text", "sentencepiece", "sacrebleu", "numpy")


class RunFolder:
    """A run by its folder; docs/architecture.md shows its files."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config_path = self.path / "config.yaml"
        self.versions_path = self.path / "versions.json"
        self.data_path = self.path / "data.json"
        self.metrics_path = self.path / "metrics.jsonl"
        self.curves_path = self.path / "curves.png"
        self.tokenizer_folder = self.path / "tokenizer"
        self.checkpoint_folder = self.path / "checkpoints"
        self.best_path = self.path / "best"
        self.last_path = self.path / "last"
        self.tensorboard_folder = self.path / "tensorboard"

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

    def store(self, config: RunConfiguration) -> CheckpointStore:
        """The run's checkpoints."""
        settings = config.training.checkpoints
        return CheckpointStore(self.checkpoint_folder, settings.metric, settings.keep_best, settings.keep_last)

    def log(self) -> MetricsLog:
        return MetricsLog(self.metrics_path)

    def create(self, config: RunConfiguration, data: dict[str, Any], write_tokenizer: Callable[[Path], None]) -> None:
        """Makes the folder in one step: a kill before it leaves no run, a kill after it one that can be resumed."""
        aside = RunFolder(self.path.parent / f".new-{self.path.name}")
        if aside.path.exists():
            shutil.rmtree(aside.path)
        aside.tokenizer_folder.mkdir(parents=True)
        aside.checkpoint_folder.mkdir()
        write_tokenizer(aside.tokenizer_folder)
        write_text(aside.data_path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
        write_text(aside.versions_path, json.dumps(versions(), indent=2) + "\n")
        aside.write_configuration(config)
        if self.path.is_dir():
            self.path.rmdir()  # only an empty folder gets here
        aside.path.rename(self.path)

    def write_configuration(self, config: RunConfiguration) -> None:
        write_text(self.config_path, dump_configuration(config))


def versions() -> dict[str, str]:
    """What the run was made with."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "absent"
    return found
