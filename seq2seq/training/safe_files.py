"""Files that are whole or absent, whenever the process dies."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replaces a file in one step; it is safe on disk before it gets its name."""
    aside = path.with_name(f".new-{path.name}")
    aside.write_text(text, encoding="utf-8")
    sync([aside])
    aside.replace(path)
    sync([path.parent])


def sync(paths: Iterable[Path]) -> None:
    """Waits until files, and folders' lists of names, are on the disk and not only in memory."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
