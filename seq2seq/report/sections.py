"""The parts of a report that need no script: scores, comparisons, breakdowns, distributions, words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from seq2seq.report.charts import Interval, bar_chart, chart_grid, histogram, interval_chart
from seq2seq.report.data import ReportData
from seq2seq.report.markup import Child, system_name, table, tag

SIGNIFICANT = 0.05
# name in scores.json, title, decimals, whether more is better; None: neither
_COLUMNS: tuple[tuple[str, str, int, bool | None], ...] = (
    ("bleu", "BLEU", 2, True),
    ("chrf", "chrF2", 2, True),
    ("chrf_plus_plus", "chrF2++", 2, True),
    ("ter", "TER", 2, False),
    ("bleu_lowercase", "BLEU lowercased", 2, True),
    ("exact_match", "exact match %", 2, True),
    ("length_ratio", "length ratio", 3, None),
    ("perplexity", "perplexity", 2, None),
)
_TITLES = {name: title for name, title, _, _ in _COLUMNS}


def score_parts(data: ReportData) -> list[Element]:
    """The table of scores, a chart of intervals for each where there are several systems, and how it was measured."""
    shown = [column for column in _COLUMNS if any(system.get(column[0]) is not None for system in data.systems)]
    rows = []
    for place, (system_named, system) in enumerate(zip(data.names, data.systems, strict=True)):
        cells = [_score_cell(data.systems, system, name, decimals, better) for name, _, decimals, better in shown]
        rows.append([system_name(system_named, place), *cells])
    parts = [table(["system", *(title for _, title, _, _ in shown)], rows, "Scores")]
    if len(data.systems) > 1 and "intervals" in data.systems[0]:
        charts = [
            interval_chart(
                f"{_TITLES[metric]} with its 95 % interval",
                [
                    Interval(name, place, system[metric], *_limits(system["intervals"][metric]))
                    for place, (name, system) in enumerate(zip(data.names, data.systems, strict=True))
                ],
            )
            for metric in data.systems[0]["intervals"]
        ]
        parts.append(chart_grid(charts))
    parts.append(_made(data))
    return parts


def comparison_parts(data: ReportData) -> list[Element]:
    """What of the differences to the first system may be chance; nothing without tests."""
    if not data.common.get("comparisons"):
        return []
    rows: list[list[Child]] = []
    for one in data.common["comparisons"]:
        place = data.names.index(one["system"])
        rows.append(
            [
                system_name(one["system"], place),
                _TITLES[one["metric"]],
                f"{one['difference']:+.2f}",
                _probability(one["bootstrap_p"]),
                _probability(one["randomisation_p"]),
            ]
        )
    note = (
        f"Differences to {data.names[0]}. p: how likely a difference as large is if the systems are equally good; "
        f"below {SIGNIFICANT} it is set in bold. Of TER, less is better."
    )
    columns = ["system", "score", "difference", "p, paired bootstrap", "p, approximate randomisation"]
    return [_quiet(note), table(columns, rows, "Differences")]


def breakdown_parts(data: ReportData) -> list[Element]:
    """Scores by the length of the source and by how rare words are, as charts with their tables."""
    charts = [_breakdown(data, "by_source_length", "BLEU by the length of the source", "words in the source")]
    training = data.common["training_text"]
    if "left_out" in training:
        note = f"Word frequencies are left out: {training['left_out']}"
    else:
        side = "frequency in the training text, {} side"
        charts += [
            _breakdown(data, "by_rarest_source_word", "BLEU by the source's rarest word", side.format("source")),
            _breakdown(data, "by_word_frequency", "F1 of words by their frequency", side.format("target")),
        ]
        note = f"Frequencies in the {training['pairs']:,} pairs that {training['system']} was trained on."
    return [chart_grid([chart for chart in charts if chart is not None]), _quiet(note)]


def distribution_parts(data: ReportData) -> list[Element]:
    """How single sentences score, and how long they are beside their references."""
    charts = []
    for one in data.distributions:
        values = [(name, place, row) for place, (name, row) in enumerate(zip(data.names, one.values, strict=True))]
        charts.append(histogram(one.title, values, one.unit, one.low, one.high, one.bins))
    return [chart_grid(charts)]


def word_parts(data: ReportData) -> list[Element]:
    """Which words of the references one system has and another lacks; nothing of one system alone."""
    parts = []
    for one in data.common.get("word_differences", ()):
        baseline, system = one["baseline"], one["system"]
        place = data.names.index(system)
        said = (
            f"Of the references' words, both have {one['both']:,} and neither {one['neither']:,}; {baseline} alone has "
            f"{one['baseline_only']:,}, {system} alone {one['system_only']:,}."
        )
        lists = []
        for name, at, other, side in ((baseline, 0, system, "baseline"), (system, place, baseline, "system")):
            heading = tag("h4", {}, system_name(name, at), " leads with")
            lists.append(tag("div", {}, heading, _words(one[f"{side}_words"], side, name, other)))
        parts += [_quiet(said), tag("div", {"class": "pair"}, *lists)]
    return parts


def _words(words: Sequence[Mapping[str, Any]], side: str, name: str, other: str) -> Element:
    if not words:
        return _quiet("no word")
    theirs = "system" if side == "baseline" else "baseline"
    rows: list[list[Child]] = [
        [
            tag("bdi", {}, word["word"]),
            f"{word[f'{side}_only']:,}",
            f"{word[f'{theirs}_only']:,}",
            f"{word['reference_count']:,}",
        ]
        for word in words
    ]
    return table(["word", f"{name} alone", f"{other} alone", "in references"], rows, f"Words of {name}")


def _breakdown(data: ReportData, key: str, title: str, x_label: str) -> Element | None:
    """Bars and their numbers; None where no class has a line, or a word of the references."""
    value, size, unit = ("f1", "reference_words", "words") if key == "by_word_frequency" else ("bleu", "lines", "lines")
    sizes: dict[str, int] = {}
    rows = []
    for system in data.systems:
        row = {}
        for part in system[key]:
            if part[size]:
                sizes[part["label"]], row[part["label"]] = part[size], part[value]
        rows.append(row)
    if not sizes:
        return None
    values = [
        (name, place, [row.get(label) for label in sizes])
        for place, (name, row) in enumerate(zip(data.names, rows, strict=True))
    ]
    chart = bar_chart(title, list(sizes), values, x_label, "F1" if value == "f1" else "BLEU")
    cells: list[list[Child]] = [
        [label, f"{count:,}", *(f"{row[label]:.1f}" if label in row else "" for row in rows)]
        for label, count in sizes.items()
    ]
    numbers = table([x_label, unit, *data.names], cells, title)
    chart.append(tag("details", {}, tag("summary", {}, "Numbers"), numbers))
    return chart


def _score_cell(
    systems: Sequence[Mapping[str, Any]],
    system: Mapping[str, Any],
    name: str,
    decimals: int,
    better: bool | None,
) -> Child:
    """A score with half its interval, set in bold where it is the best of several."""
    value = system.get(name)
    if value is None:
        return "–"
    others = [other[name] for other in systems if other.get(name) is not None]
    text = f"{value:.{decimals}f}"
    best = better is not None and len(others) > 1 and value == (max if better else min)(others)
    interval = system.get("intervals", {}).get(name)
    width = tag("span", {"class": "quiet"}, f" ± {interval['half_width']:.2f}") if interval else None
    return tag("span", {}, tag("b", {}, text) if best else text, width)


def _limits(interval: Mapping[str, float]) -> tuple[float, float]:
    return interval["mean"] - interval["half_width"], interval["mean"] + interval["half_width"]


def _probability(value: float) -> Element:
    return tag("b" if value < SIGNIFICANT else "span", {}, f"{value:.4f}")


def _made(data: ReportData) -> Element:
    """The signatures, and what the systems are."""
    items: list[Element] = []
    for name, facts in zip(data.names, data.facts, strict=True):
        told = "; ".join(f"{key} {value}" for key, value in facts.items())
        items += [tag("dt", {}, tag("bdi", {}, name)), tag("dd", {}, told)]
    for metric, signature in data.systems[0]["signatures"].items():
        items += [tag("dt", {}, _TITLES[metric]), tag("dd", {}, tag("code", {}, signature))]
    for test, signatures in data.common.get("significance_signatures", {}).items():
        items += [tag("dt", {}, test), tag("dd", {}, tag("code", {}, signatures["bleu"]))]
    return tag("details", {}, tag("summary", {}, "How this was measured"), tag("dl", {"class": "facts"}, *items))


def _quiet(text: str) -> Element:
    return tag("p", {"class": "quiet"}, text)
