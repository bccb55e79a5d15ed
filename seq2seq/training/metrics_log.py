"""`metrics.jsonl`: one JSON object a line for each log and validation event."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from seq2seq.plain_json import to_json


class MetricsLog:
    """Appends events, and can be cut back to the position that a checkpoint recorded, so that no line is doubled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, event: str, **values: Any) -> None:
        """Appends one line; numbers that JSON does not know (NaN, infinity) are written as null."""
        line = to_json({"event": event, **{key: _rounded(value) for key, value in values.items()}})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def sync(self) -> int:
        """Makes all lines so far safe on disk and returns the position after them, in bytes."""
        with self.path.open("ab") as file:
            os.fsync(file.fileno())
            return file.seek(0, os.SEEK_END)

    def cut(self, position: int) -> None:
        """Forgets what was written after `position`."""
        if self.path.exists() and self.path.stat().st_size > position:
            os.truncate(self.path, position)


def _rounded(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value
