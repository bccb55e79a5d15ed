"""Which version of a model is served: the greatest in its folder, and a greater one once it is loaded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seq2seq.errors import ServingError
from seq2seq.serving.signatures import Servable
from seq2seq.version_folders import SAVED_MODEL_NAME, version_folders, version_number

_ERROR_CODE = "UNKNOWN"


@dataclass(frozen=True)
class VersionStatus:
    """The state of one version, in the words of TF Serving's GetModelStatus: LOADING, AVAILABLE, UNLOADING, END."""

    version: int
    state: str
    error_code: str = "OK"
    error_message: str = ""


def versions_in(folder: Path) -> dict[int, Path]:
    """The versions in a folder that can be loaded: they hold a model, which one that is being copied may not yet."""
    return {number: path for number, path in version_folders(folder).items() if (path / SAVED_MODEL_NAME).is_file()}


class ModelVersions:
    """The version that is served, and the thread that looks for a greater one.

    The greatest version in the folder is served. While another one is loaded the old one answers; requests that have it
    keep it. A version that cannot be loaded is tried again when its files change. If the served one is removed, the
    greatest that is left takes its place; if none is left, it stays.

    Args:
        folder: with the versions in it, or one version, which alone is served then.
        load: makes a Servable of a version's folder, or raises ServingError.
        report: is told in one sentence what has changed.
    """

    def __init__(self, folder: Path, load: Callable[[Path], Servable], report: Callable[[str], None]) -> None:
        single = version_number(folder.name) is not None and (folder / SAVED_MODEL_NAME).is_file()
        self._single = folder if single else None
        self._folder = folder
        self._load = load
        self._report = report
        self._statuses: dict[int, VersionStatus] = {}
        self._failed: dict[int, float] = {}  # version -> when its files were changed last
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.current: Servable | None = None

    @property
    def model_name(self) -> str:
        """The name of the folder that holds the versions."""
        folder = self._folder.resolve()
        return folder.parent.name if self._single else folder.name

    @property
    def statuses(self) -> list[VersionStatus]:
        return sorted(self._statuses.values(), key=lambda status: -status.version)

    def check(self) -> None:
        """Raises ServingError if there is no version to load."""
        if not self._available():
            raise ServingError(
                f"no version of an export is there — given {self._folder} — give a folder with "
                f"VERSION/{SAVED_MODEL_NAME} in it, as `seq2seq export` makes"
            )

    def load_first(self) -> None:
        """Loads what is to be served.

        Raises:
            ServingError: if there is no version, or none can be loaded.
        """
        self.check()
        self.poll()
        if self.current is None:
            problems = "; ".join(f"{status.version}: {status.error_message}" for status in self.statuses)
            raise ServingError(f"no version can be loaded — given {self._folder} ({problems}) — export it again")

    def poll(self) -> None:
        """Looks once for a version that should be served instead, and loads it."""
        versions = self._available()
        for version in sorted(versions, reverse=True):
            if self.current is not None and self.current.version == version:
                return
            if self._failed.get(version) == _changed_at(versions[version]):
                continue
            if self._serve(version, versions[version]):
                return

    def watch(self, poll_seconds: float) -> None:
        """Polls every so often, in a thread of its own; 0 never."""
        if poll_seconds > 0:
            self._thread = threading.Thread(target=self._watch, args=(poll_seconds,), name="versions", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, poll_seconds: float) -> None:
        while not self._stop.wait(poll_seconds):
            try:
                self.poll()
            except OSError as error:  # the folder is on a disk that went away, say; the model is in memory
                self._report(f"versions cannot be listed — given {self._folder} ({error.strerror}) — trying again")

    def _available(self) -> dict[int, Path]:
        return {int(self._single.name): self._single} if self._single else versions_in(self._folder)

    def _serve(self, version: int, folder: Path) -> bool:
        changed_at = _changed_at(folder)
        self._statuses[version] = VersionStatus(version, "LOADING")
        try:
            servable = self._load(folder)
        except Exception as error:  # whatever a file holds, the watcher lives on, and later versions are served
            self._failed[version] = changed_at
            told = str(error) if isinstance(error, ServingError) else f"{type(error).__name__}: {error}"
            self._statuses[version] = VersionStatus(version, "END", _ERROR_CODE, told)
            self._report(f"version {version} is not served: {told}")
            return False
        old, self.current = self.current, servable
        self._statuses[version] = VersionStatus(version, "AVAILABLE")
        if old is not None:
            self._statuses[old.version] = VersionStatus(old.version, "END")
        self._report(f"version {version} is served")
        return True


def _changed_at(folder: Path) -> float:
    """When something in the folder was changed last, in seconds since 1970; 0 if it is gone."""
    try:
        return max(path.stat().st_mtime for path in [folder, *folder.rglob("*")])
    except OSError:
        return 0.0
