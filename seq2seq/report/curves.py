"""The courses of the trainings, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from seq2seq.report.charts import Series, line_chart

_PANELS: tuple[tuple[str, tuple[tuple[str, str, bool], ...], bool], ...] = (
    # title, (event, key, pale), logarithmic
    ("training loss", (("train", "loss", False),), False),
    (
        "perplexity, validation; pale: training",
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
    """Loss by position under reference prefixes (pale) and under the model's own, of the systems that have measured it."""
    series = []
    for place, (name, system) in enumerate(zip(names, systems, strict=True)):
        measured = system.get("exposure_bias")
        if measured:
            for key, pale in (("reference_loss", True), ("own_loss", False)):
                pairs = zip(measured["positions"], measured[key], strict=True)
                series.append(Series(name, place, [(x, y) for x, y in pairs if y is not None], pale))
    if not any(one.points for one in series):
        return None
    return line_chart("loss under own prefixes; pale: under the reference's", series, "position", "")


def _points(events: Sequence[Any], event: str, key: str) -> list[tuple[float, float]]:
    """Steps and values in step order; where a resumed run wrote a step twice, the later one."""
    found = {
        float(line["step"]): float(line[key])
        for line in events
        if isinstance(line, dict) and line.get("event") == event and "step" in line and line.get(key) is not None
    }
    return sorted((step, value) for step, value in found.items() if math.isfinite(value))
