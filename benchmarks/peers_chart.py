"""Draws what `peers_training.py` and `peers_translation.py` have measured as one picture.

    python benchmarks/peers_chart.py peers.png --training FOLDER/training.json --translation FOLDER/translation-0.json

A panel for training and one for each way of translating that was measured. A bar is the median over the rounds, the
line on it the range; beside it stands how many times the fastest peer it is. Where models end their translations
themselves, pieces are counted and not lines: one that writes less is no faster for it.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import peers_training
import peers_translation
from peers.systems import PEERS
from peers.tables import Speeds, fastest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path, help="a .png, .svg or .pdf")
    parser.add_argument("--training", type=Path, required=True, help="the JSON of peers_training.py")
    parser.add_argument("--translation", type=Path, required=True, help="the JSON of peers_translation.py")
    arguments = parser.parse_args()
    draw(panels_of(rounds_of(arguments.training), rounds_of(arguments.translation)), arguments.picture)


def rounds_of(path: Path) -> Any:
    """The readings of a file with their settings, as the tables take them."""
    return SimpleNamespace(**json.loads(path.read_text(encoding="utf-8")))


def panels_of(training: Any, translation: Any) -> dict[str, Speeds]:
    """The speeds of each panel, by its title."""
    panels = {"training: pieces/s": peers_training.speeds(training, "seconds")}
    conditions = dict.fromkeys(
        name for one in translation.rounds for reading in one.values() for name in reading["conditions"]
    )
    counted = "lines" if translation.settings["length"] else "pieces"
    for name in conditions:
        panels[f"{name}: {counted}/s"] = peers_translation.speeds(translation, name, "seconds", counted)
    return panels


def draw(panels: Mapping[str, Speeds], path: Path) -> None:
    from seq2seq.visualize.figure import new_figure, write_figure

    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(4.4 * columns, 2.5 * rows)
    for place, (title, speeds) in enumerate(panels.items(), start=1):
        draw_panel(figure.add_subplot(rows, columns, place), title, speeds)
    write_figure(figure, path)


def draw_panel(axes: Any, title: str, speeds: Speeds) -> None:
    """Bars from the top down, ours first."""
    from seq2seq.visualize.figure import GRID_COLOUR, TEXT_COLOUR, TRAINING_COLOUR

    peers = [system.name for system in PEERS]
    measured = {name: values for name, found in speeds.items() if (values := [one for one in found if one])}
    best = fastest(measured, peers)
    longest = max(max(values) for values in measured.values())
    for place, (name, values) in enumerate(measured.items()):
        median = statistics.median(values)
        axes.barh(place, median, color=GRID_COLOUR if name in peers else TRAINING_COLOUR, height=0.7)
        axes.plot([min(values), max(values)], [place, place], color=TEXT_COLOUR, linewidth=1.2)
        axes.text(1.04 * max(values), place, label(values, measured.get(best or "")), va="center", fontsize=8)
    axes.set_yticks(range(len(measured)), [name.replace("_products", "") for name in measured], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.45 * longest)
    axes.set_title(title, loc="left", fontsize=10, color=TEXT_COLOUR, fontweight="bold")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.tick_params(colors=TEXT_COLOUR, labelsize=8)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def label(values: Sequence[float], best: Sequence[float] | None) -> str:
    """`3,890 (1.30 x)`: the median, and how many times that of the fastest peer."""
    median = statistics.median(values)
    words = f"{median:,.0f}" if median >= 100 else f"{median:,.1f}"
    return f"{words} ({median / statistics.median(best):.2f} x)" if best else words


if __name__ == "__main__":
    main()
