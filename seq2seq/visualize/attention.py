"""Which source pieces a translation looked at, as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seq2seq.errors import DataError
from seq2seq.visualize.figure import TEXT_COLOUR, new_figure, write_figure

_CELL_INCHES = 0.3  # fits a label of 9 points
_LARGEST_CELLS_INCHES = 24.0  # beyond this the cells shrink, and the labels with them
_MARGIN_INCHES = 1.6  # labels and axis title


def draw_attention(
    weights: np.ndarray,
    source_pieces: Sequence[str],
    target_pieces: Sequence[str],
    path: str | Path,
    *,
    title: str | None = None,
) -> None:
    """Draws one row for each target piece and one column for each source piece; dark is much attention.

    Args:
        weights: (target_time, source_time), rows sum to 1.
        source_pieces: one label a column, end symbol included.
        target_pieces: one label a row, end symbol included.
        path: .png, .svg or .pdf.
        title: a line over the picture.

    Raises:
        DataError: the weights do not fit the pieces, there is nothing to draw, or the path is not a picture's.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (len(target_pieces), len(source_pieces)) or not weights.size:
        raise DataError(
            f"attention does not fit its pieces — given weights {weights.shape}, {len(target_pieces)} target and "
            f"{len(source_pieces)} source pieces — one row a target piece, one column a source piece"
        )
    rows, columns = weights.shape
    cell = min(_CELL_INCHES, _LARGEST_CELLS_INCHES / max(rows, columns))
    font_points = max(4.0, 9.0 * cell / _CELL_INCHES)
    figure = new_figure(max(3.0, cell * columns + _MARGIN_INCHES + 0.6), max(2.5, cell * rows + _MARGIN_INCHES))
    axes = figure.add_subplot()
    image = axes.imshow(weights, cmap="Blues", vmin=0.0, vmax=1.0, aspect="equal", interpolation="nearest")
    # Text as it is: a piece "$x$" is no formula.
    axes.set_xticks(
        range(columns), labels=[_plain(p) for p in source_pieces], rotation=90, fontsize=font_points, parse_math=False
    )
    axes.set_yticks(range(rows), labels=[_plain(p) for p in target_pieces], fontsize=font_points, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, colors=TEXT_COLOUR)
    axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#eeeeee", linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    axes.set_xlabel("source", color=TEXT_COLOUR)
    axes.set_ylabel("translation", color=TEXT_COLOUR)
    axes.set_frame_on(False)
    bar = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02, shrink=min(1.0, 2.5 / (cell * rows)))
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, colors=TEXT_COLOUR)
    if title:
        axes.set_title(title, fontsize=10, color=TEXT_COLOUR, parse_math=False)
    write_figure(figure, path)


def _plain(piece: str) -> str:
    """The piece as a label: a thin sign for SentencePiece's space, visible ones for what would break the line."""
    return piece.replace("▁", "_").replace("\n", "\\n").replace("\t", "\\t")
