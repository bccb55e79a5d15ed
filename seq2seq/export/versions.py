"""The version folders of an export: how a new one gets its name, whole, in one step, and never in another's place."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from seq2seq.errors import ExportError
from seq2seq.version_folders import MANIFEST_NAME, SAVED_MODEL_NAME, version_folders

FORMAT = 1  # of the manifest: another number is a later package's
# What is read of a manifest by those who translate with the export.
MANIFEST_SECTIONS = ("configuration", "checkpoint", "signatures", "limits")
LOCK_NAME = ".lock"
ASIDE_PREFIX = ".new-"


def choose_version(folder: Path, version: int | None) -> int:
    """The version to write: the wanted one, or the one after the last.

    Raises:
        ExportError: if it exists, if it is no whole number from 1, or if a file has the folder's name.
    """
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"the export's folder is a file — given {folder} — give a folder")
    found = version_folders(folder)
    if version is None:
        return max(found, default=0) + 1
    if version < 1:
        raise ExportError(f"version is too small — given {version} — give 1 or more")
    taken = found.get(version, folder / str(version))
    if taken.exists():
        raise ExportError(
            f"this version exists already — given {version}, which is {taken} — leave --version out for "
            f"{max(found, default=0) + 1}, or remove it"
        )
    return version


@contextmanager
def new_version(folder: Path, version: int) -> Iterator[Path]:
    """A folder aside to write into, which becomes `folder/version` in one step if the block ends well.

    Its name begins with a dot and is no number, so no server takes it for a version, and it lies on the same file
    system. If the block raises, nothing is left of it; what a killed process left, the next one removes.

    Raises:
        ExportError: if the folder cannot be made, or the version has come to exist meanwhile.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_writing(folder))
            aside = Path(tempfile.mkdtemp(prefix=f"{ASIDE_PREFIX}{version}-", dir=folder))
        except OSError as error:
            raise ExportError(
                f"the export's folder cannot be written — given {folder} ({error.strerror}) — choose another one"
            ) from None
        try:
            aside.chmod(0o755)  # a server runs as another user; temporary folders are closed to it
            yield aside
            _sync(aside)
            final = folder / str(version)
            if final.exists():
                raise _made_meanwhile(final)
            try:
                aside.rename(final)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise
                raise _made_meanwhile(final) from None  # between the question and the renaming
            _sync_one(folder)
        finally:
            if aside.exists():
                shutil.rmtree(aside)


def _made_meanwhile(version: Path) -> ExportError:
    return ExportError(f"this version was made by someone else meanwhile — given {version} — export again")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Removes what killed exports left in the folder, and says within the block that this one is alive.

    Every export holds the folder's lock shared while it writes; who gets it for itself alone is the only one, so that
    all that lies aside is of dead processes: the kernel gives a lock back at any death. The lock's file stays, since
    one that is removed can be held by two. Where the file system knows no locks, nobody can tell, and nothing is
    removed.
    """
    # For reading and writing, since network file systems want both for the two kinds of lock.
    with (folder / LOCK_NAME).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pass  # another export writes here, or there are no locks
        else:
            for path in folder.glob(f"{ASIDE_PREFIX}*"):
                if path.is_dir():
                    shutil.rmtree(path)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_SH)  # waits for one that is removing
        yield


def find_version(folder: Path) -> Path | None:
    """The version folder that `folder` is, or the last version in it; None if it holds no export of ours."""
    for candidate in (folder, *reversed(version_folders(folder).values())):
        if (candidate / MANIFEST_NAME).is_file() and (candidate / SAVED_MODEL_NAME).is_file():
            return candidate
    return None


def read_manifest(version: Path) -> dict[str, Any]:
    """What a version's manifest says.

    Raises:
        ExportError: if it is torn, or was written by a later version of this package.
    """
    path = version / MANIFEST_NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportError(f"the export's manifest cannot be read — given {path} ({error}) — export again") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise ExportError(f"this is no manifest of an export — given {path} — export again")
    if manifest["format"] != FORMAT:
        raise ExportError(
            f"the export's manifest has another format — given {manifest['format']} in {path}, where this version of "
            f"seq2seq knows {FORMAT} — install the version that made it, or export again"
        )
    missing = [name for name in MANIFEST_SECTIONS if not isinstance(manifest.get(name), dict)]
    if missing:
        raise ExportError(f"the export's manifest is not whole — given {path} without {missing[0]!r} — export again")
    return manifest


def _sync(folder: Path) -> None:
    """Waits until all of a folder is on the disk: a rename must not overtake what it publishes."""
    for path in [*folder.rglob("*"), folder]:
        _sync_one(path)


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
