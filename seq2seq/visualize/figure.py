"""What all our pictures share: how a figure is made and written, and the colours."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from seq2seq.errors import DataError

FORMATS = (".png", ".svg", ".pdf")

# Okabe & Ito's palette, which colour-blind readers can tell apart.
TRAINING_COLOUR = "#0072B2"
VALIDATION_COLOUR = "#D55E00"
GRID_COLOUR = "#dddddd"
TEXT_COLOUR = "#333333"

_DOTS_PER_INCH = 150
_PAD_INCHES = 0.1


def new_figure(width_inches: float, height_inches: float) -> Figure:
    """An empty figure whose parts are laid out without overlap. It touches no global state of matplotlib."""
    layout = ConstrainedLayoutEngine(w_pad=_PAD_INCHES, h_pad=_PAD_INCHES)
    return Figure(figsize=(width_inches, height_inches), layout=layout, facecolor="white")


def check_picture(path: str | Path) -> Path:
    """The path, if a picture can be written there.

    Raises:
        DataError: its ending is none of `FORMATS`, or its folder does not exist.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"unknown picture format — given {str(path)!r} — end the name in {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise DataError(f"picture's folder does not exist — given {str(path)!r} — create {str(path.parent)!r} first")
    return path


def write_figure(figure: Figure, path: str | Path) -> None:
    """Writes a picture; the format is the name's ending. The file appears whole or not at all.

    The text of an SVG stays text, which its viewer draws, in fonts of its own if it has none of ours.

    Raises:
        DataError: as `check_picture`.
    """
    path = check_picture(path)
    partial = path.with_name(path.name + ".partial")
    kind = path.suffix.lower().removeprefix(".")
    with rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")  # to join letters
        if kind == "svg":  # what our fonts lack is measured as a box, and nothing is lost
            warnings.filterwarnings("ignore", message=r"Glyph .* missing")
        figure.savefig(partial, format=kind, dpi=_DOTS_PER_INCH)
    os.replace(partial, path)
