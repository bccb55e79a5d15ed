"""Scalars for TensorBoard, which is an extra: it is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seq2seq.errors import ConfigurationError


class TensorBoardWriter:
    """Writes each event's numbers as `train/loss`, `validation/bleu` and so on.

    Raises:
        ConfigurationError: if the package tensorboard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        check_tensorboard()
        from tensorboard.summary import Writer

        self._writer = Writer(str(folder))

    def write(self, event: str, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if isinstance(value, (int, float)) and name != "step":
                self._writer.add_scalar(f"{event}/{name}", value, values["step"])

    def close(self) -> None:
        self._writer.close()


def check_tensorboard() -> None:
    """Raises ConfigurationError if the package is not there; called before any work."""
    try:
        import tensorboard.summary  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            "training.tensorboard: the package tensorboard is not installed — given true — "
            "pip install tensorboard, or set it to false"
        ) from None
