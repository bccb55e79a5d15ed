"""The versions of an export on the disk, as TensorFlow Serving counts them, for those who write and those who serve."""

from __future__ import annotations

from pathlib import Path

SAVED_MODEL_NAME = "saved_model.pb"
MANIFEST_NAME = "manifest.json"
_GREATEST = 2**63 - 1  # the model server counts with 64 bits


def version_number(name: str) -> int | None:
    """The version that a folder of this name is: `7` and `007` are 7. None if it is none.

    TensorFlow Serving reads names so (`ParseVersionNumber` in its `file_system_storage_path_source.cc`). The signs and
    the white space that it allows too, we have never seen.
    """
    if not (name.isascii() and name.isdecimal()):
        return None
    number = int(name)
    return number if number <= _GREATEST else None


def version_folders(folder: Path) -> dict[int, Path]:
    """The sub-folders that are versions, from the smallest; of two of one number the last by name, as TF Serving."""
    if not folder.is_dir():
        return {}
    numbered = ((version_number(path.name), path) for path in sorted(folder.iterdir()) if path.is_dir())
    found = {number: path for number, path in numbered if number is not None}
    return dict(sorted(found.items()))
