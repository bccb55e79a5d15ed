"""The weights of a checkpoint, to be compared bit for bit."""

from __future__ import annotations

from pathlib import Path

import h5py


def weights_in(checkpoint: Path) -> dict[str, bytes]:
    """Every array of a checkpoint's weights, by its name."""
    found: dict[str, bytes] = {}
    with h5py.File(checkpoint / "model.weights.h5") as file:
        file.visititems(
            lambda name, item: found.update({name: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None
        )
    return found
