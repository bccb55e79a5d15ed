"""Which source pieces a translation looked at, as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from seq2seq.visualize.attention_text import check_attention
from seq2seq.visualize.figure import TEXT_COLOUR, check_picture, new_figure, write_figure
from seq2seq.visualize.labels import Labels, fit_labels

_CELL_INCHES = 0.3
_LONG = 24  # pieces; from here on cells are smaller, and labels stand on both sides
_LONG_CELL_INCHES = 0.2
_LARGEST_CELLS_INCHES = 20.0  # beyond this the cells shrink, and the labels with them
_POINTS_PER_INCH = 72
_LABEL_SHARE = 0.62  # of a cell's side, the height of its label
_MOST_POINTS = 10.0
_LETTER_SHARE = 0.62  # of its height, the width of a letter, on average
_BAR_INCHES = 1.5

_DARKNESS = 0.6  # the power of a weight that its colour shows: a twentieth can be seen, and noise is near white
_COLOURS = LinearSegmentedColormap.from_list("attention", ["#ffffff", "#9ecae1", "#3182bd", "#08306b"])
_GREYS = {"piece": "#e8e8e8", "word": "#adadad"}
_STRONGEST_COLOUR = "#D55E00"
_LEAST_SHOWN_AS_STRONGEST = 0.02


def draw_attention(
    weights: np.ndarray,
    source_pieces: Sequence[str],
    target_pieces: Sequence[str],
    path: str | Path,
    *,
    title: str | None = None,
) -> str:
    """Draws one row for each target piece and one column for each source piece; dark is much attention.

    Each row's greatest weight has a frame. Grey lines part pieces, darker ones words. Long sentences have labels on
    both sides.

    Args:
        weights: (target_time, source_time), rows sum to 1.
        source_pieces: one label a column, end symbol included.
        target_pieces: one label a row, end symbol included.
        path: .png, .svg or .pdf.
        title: a line over the picture.

    Returns:
        The characters that no installed font has; they are drawn as their numbers, "東" as "[6771]". Never any for
        .svg, whose text the viewer draws.

    Raises:
        DataError: the weights do not fit the pieces, there is nothing to draw, or the path is not a picture's.
    """
    weights = check_attention(weights, source_pieces, target_pieces)
    viewer_draws = check_picture(path).suffix.lower() == ".svg"
    labels = fit_labels([*source_pieces, *target_pieces], viewer_draws=viewer_draws)
    source_labels, target_labels = labels.texts[: len(source_pieces)], labels.texts[len(source_pieces) :]
    figure, cell = _figure(source_labels, target_labels, titled=title is not None)
    axes = figure.add_subplot()
    image = axes.imshow(
        weights, cmap=_COLOURS, norm=PowerNorm(_DARKNESS, 0.0, 1.0), aspect="equal", interpolation="nearest"
    )
    _write_labels(axes, source_labels, target_labels, labels, _points(cell))
    _draw_lines(axes, source_pieces, target_pieces)
    _frame_strongest(axes, weights)
    _draw_scale(figure, axes, image, weights.shape[0] * cell)
    missing = labels.missing
    if title:
        heading = fit_labels([title], longest=len(title), viewer_draws=viewer_draws)
        style = {"fontsize": _MOST_POINTS, "color": TEXT_COLOUR, "family": heading.families}
        figure.suptitle(heading.texts[0], parse_math=False, **style)
        missing += heading.missing
    write_figure(figure, path)
    return "".join(sorted(set(missing)))


def _figure(source_labels: Sequence[str], target_labels: Sequence[str], *, titled: bool) -> tuple[Figure, float]:
    """A figure that the map and its labels fill, and the side of a cell in inches."""
    columns, rows = len(source_labels), len(target_labels)
    usual = _LONG_CELL_INCHES if max(rows, columns) >= _LONG else _CELL_INCHES
    cell = min(usual, _LARGEST_CELLS_INCHES / max(rows, columns))
    letter = _points(cell) / _POINTS_PER_INCH * _LETTER_SHARE
    beside, above = (letter * max(map(len, texts)) + 0.35 for texts in (target_labels, source_labels))
    width = cell * columns + beside * _sides(rows, columns)[0] + 1.1
    height = cell * rows + above * _sides(rows, columns)[1] + (0.6 if titled else 0.3)
    return new_figure(max(3.0, width), max(2.2, height)), cell


def _points(cell: float) -> float:
    """The size of the labels of cells of this side."""
    return min(_MOST_POINTS, cell * _LABEL_SHARE * _POINTS_PER_INCH)


def _sides(rows: int, columns: int) -> tuple[int, int]:
    """How often rows and columns are labelled: twice if the eye has far to go to their labels."""
    return 1 + (columns >= _LONG), 1 + (rows >= _LONG)


def _write_labels(axes: Axes, source: Sequence[str], target: Sequence[str], labels: Labels, points: float) -> None:
    # Text as it is: a piece "$x$" is no formula.
    style: dict[str, Any] = {"fontsize": points, "parse_math": False, "family": labels.families}
    axes.set_xticks(range(len(source)), labels=source, rotation=90, **style)
    axes.set_yticks(range(len(target)), labels=target, **style)
    twice_rows, twice_columns = (sides == 2 for sides in _sides(len(target), len(source)))
    axes.tick_params(axis="x", top=True, labeltop=True, bottom=twice_columns, labelbottom=twice_columns)
    axes.tick_params(axis="y", left=True, labelleft=True, right=twice_rows, labelright=twice_rows)
    axes.tick_params(which="both", length=0, colors=TEXT_COLOUR)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("source", color=TEXT_COLOUR)
    axes.set_ylabel("translation", color=TEXT_COLOUR)


def _draw_lines(axes: Axes, source_pieces: Sequence[str], target_pieces: Sequence[str]) -> None:
    """Lines between pieces, darker ones between words."""
    axes.set_frame_on(False)
    for pieces, draw in ((source_pieces, axes.axvline), (target_pieces, axes.axhline)):
        for border in range(len(pieces) + 1):
            word = border in (0, len(pieces) - 1, len(pieces)) or pieces[border].startswith("▁")
            draw(border - 0.5, color=_GREYS["word" if word else "piece"], linewidth=0.6)


def _frame_strongest(axes: Axes, weights: np.ndarray) -> None:
    for row, column in enumerate(weights.argmax(axis=1)):
        if weights[row, column] >= _LEAST_SHOWN_AS_STRONGEST:
            axes.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=_STRONGEST_COLOUR, zorder=3, clip_on=False
                )
            )


def _draw_scale(figure: Figure, axes: Axes, image: AxesImage, height_inches: float) -> None:
    bar = figure.colorbar(
        image, ax=axes, shrink=min(1.0, _BAR_INCHES / height_inches), aspect=12, pad=0.02, anchor=(0, 1)
    )
    bar.set_ticks([0.0, 0.05, 0.2, 0.5, 1.0], labels=["0", "0.05", "0.2", "0.5", "1"])
    bar.set_label("weight", fontsize=8, color=TEXT_COLOUR)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, labelsize=8, colors=TEXT_COLOUR)
