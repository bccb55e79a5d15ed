"""The courses of the trainings, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from seq2seq.report.charts import Series, line_chart

_FEWEST_TOKENS = 10  # a mean over fewer says little

# title, (event, key, whether it stands back), whether the axis is logarithmic
_PANELS: tuple[tuple[str, tuple[tuple[str, str, bool], ...], bool], ...] = (
    ("training loss", (("train", "loss", False),), False),
    (
        "validation perplexity; pale: training",
        (("train", "perplexity", True), ("validation", "perplexity", False)),
        True,
    ),
    ("validation BLEU", (("validation", "bleu", False),), False),
    ("learning rate", (("train", "learning_rate", False),), False),
)


def training_curves(names: Sequence[str], events: Mapping[str, list[dict[str, Any]]]) -> list[Element]:
    """One chart for each of loss, perplexity, BLEU and learning rate that was measured; `names` gives the colours."""
    charts = []
    for title, curves, logarithmic in _PANELS:
        series = [
            Series(name, place, _points(events[name], event, key), pale)
            for place, name in enumerate(names)
            if name in events
            for event, key, pale in curves
        ]
        if any(one.points for one in series):
            charts.append(line_chart(title, series, "step", "", logarithmic=logarithmic))
    return charts


def exposure_bias_chart(names: Sequence[str], systems: Sequence[Mapping[str, Any]]) -> Element | None:
    """Loss by position after the model's own words, and pale after the reference's, of systems that measured it.

    `exposure_bias` of a system in `scores.json` holds lists of one length: `positions`, `reference_prefix`,
    `own_prefix` and `tokens`. Means over fewer than `_FEWEST_TOKENS` are left out.
    """
    series = []
    for place, (name, system) in enumerate(zip(names, systems, strict=True)):
        measured = system.get("exposure_bias")
        if not measured:
            continue
        for key, pale in (("reference_prefix", True), ("own_prefix", False)):
            columns = zip(measured["positions"], measured[key], measured["tokens"], strict=True)
            points = [(x, y) for x, y, tokens in columns if y is not None and tokens >= _FEWEST_TOKENS]
            series.append(Series(name, place, points, pale))
    if not any(one.points for one in series):
        return None
    title = "Loss of a reference token after the model's own words; pale: after the reference's"
    return line_chart(title, series, "position", "cross-entropy")


def _points(events: Sequence[Any], event: str, key: str) -> list[tuple[float, float]]:
    """Steps and values in step order; where a resumed run wrote a step twice, the later one."""
    found = {
        float(line["step"]): float(line[key])
        for line in events
        if isinstance(line, dict) and line.get("event") == event and "step" in line and line.get(key) is not None
    }
    return sorted((step, value) for step, value in found.items() if math.isfinite(value))
