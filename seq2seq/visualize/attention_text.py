"""Which source pieces a translation looked at, as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.cells import cell_len, set_cell_size

from seq2seq.errors import DataError
from seq2seq.visualize.pieces import visible

_SHADES = ((0.75, "█"), (0.5, "▓"), (0.25, "▒"), (0.1, "░"), (0.02, "·"), (0.0, " "))
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONGEST_PIECE = 14
_BAR = 10
_NAMES = 28  # columns for the names of the strongest pieces, at least
_LEAST_NAMED = 0.02


def attention_text(
    weights: np.ndarray, source_pieces: Sequence[str], target_pieces: Sequence[str], width: int = 80
) -> str:
    """One line for each target piece: its shades over the source pieces, and the strongest of these by place and name.

        _Ein    │░···  ▒▒│ 7:</s> 46%  6:. 26%  1:_A 17%
        _fährt  │  █·    │ 3:_rides 92%

    A shade is one column, darker for more; below 2 % it is blank. Where the source is too long for that, a bar shows
    the strongest weight instead. No line is wider than `width` columns, or than 80 if these are fewer, whatever script
    the pieces are in.

    Args:
        weights: (target_time, source_time), rows sum to 1.
        source_pieces, target_pieces: end symbols included.
        width: of the terminal, in columns.

    Raises:
        DataError: the weights do not fit the pieces, or there are none.
    """
    weights = check_attention(weights, source_pieces, target_pieces)
    sources, targets = ([visible(piece, _LONGEST_PIECE) for piece in side] for side in (source_pieces, target_pieces))
    label = max(map(cell_len, targets))
    names = max(_NAMES, max(map(cell_len, sources)) + len(f"{len(sources)}: 100%"))
    shaded = label + 2 + len(sources) + 3 + names <= width
    lines = []
    for target, row in zip(targets, weights, strict=True):
        begin = f"{set_cell_size(target, label)}  │{_shades(row) if shaded else _bar(row.max())}│ "
        lines.append((begin + _names(row, sources, width - cell_len(begin))).rstrip())
    return "\n".join(lines)


def check_attention(weights: np.ndarray, source_pieces: Sequence[str], target_pieces: Sequence[str]) -> np.ndarray:
    """The weights as float64; DataError if they do not fit the pieces, or there are none."""
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (len(target_pieces), len(source_pieces)) or not weights.size:
        raise DataError(
            f"attention does not fit its pieces — given weights {weights.shape}, {len(target_pieces)} target and "
            f"{len(source_pieces)} source pieces — one row a target piece, one column a source piece"
        )
    return weights


def _shades(row: np.ndarray) -> str:
    return "".join(next(shade for least, shade in _SHADES if weight >= least) for weight in row)


def _bar(weight: float) -> str:
    whole, eighths = divmod(round(weight * _BAR * 8), 8)
    return ("█" * whole + _EIGHTHS[eighths])[:_BAR].ljust(_BAR)


def _names(row: np.ndarray, sources: Sequence[str], columns: int) -> str:
    """The strongest pieces, one at least, as many as have room and weight."""
    names = ""
    for place in np.argsort(-row, kind="stable"):
        name = f"{place + 1}:{sources[place]} {row[place]:.0%}"
        if names and (row[place] < _LEAST_NAMED or cell_len(names) + 2 + cell_len(name) > columns):
            break
        names += f"  {name}" if names else name
    return names
