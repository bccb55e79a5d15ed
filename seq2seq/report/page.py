"""The page of a report, put together."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from seq2seq.plain_json import to_json
from seq2seq.report.charts import chart_grid
from seq2seq.report.curves import exposure_bias_chart, training_curves
from seq2seq.report.data import AttentionMap, ReportData
from seq2seq.report.markup import html, system_name, tag
from seq2seq.report.sections import (
    breakdown_parts,
    comparison_parts,
    distribution_parts,
    score_parts,
    word_parts,
)

_SLOT = re.compile(r"\{\{(\w+)\}\}")
# What would end the script element that holds the data, or a line of it.
_UNSAFE = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def render_report(data: ReportData) -> str:
    """The report as one HTML document, which loads nothing and runs no script but its own.

    Text is put into trees and into JSON, never into markup; should some of it slip through, the page's security policy
    lets no other script run and nothing be fetched.
    """
    script = _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    sections = _sections(data)
    chips = [system_name(name, place) for place, name in enumerate(data.names)]
    slots = {
        "policy": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'",
        "title": html(tag("title", {}, data.title)),
        "style": _asset("page.css"),
        "heading": html(tag("h1", {}, data.title)),
        "lead": html(tag("p", {"class": "lead"}, _lead(data), *chips)),
        "navigation": "".join(html(_link(key, title)) for key, title, _ in sections),
        "sections": "".join(html(_section(*section)) for section in sections),
        "data": _safe_json(_script_data(data)),
        "script": script,
    }
    # In one pass, so that text which looks like a slot stays text.
    return _SLOT.sub(lambda match: slots[match[1]], _asset("page.html"))


def _sections(data: ReportData) -> list[tuple[str, str, list[Element]]]:
    """(id, title, content) of all that there is something to show of."""
    bias = exposure_bias_chart(data.names, data.systems)
    candidates = [
        ("scores", "Scores", score_parts(data)),
        ("differences", "Differences", comparison_parts(data)),
        ("breakdowns", "Where it is good", breakdown_parts(data)),
        ("distributions", "Distributions", distribution_parts(data)),
        ("training", "Training", [chart_grid(training_curves(data.names, data.events))] if data.events else []),
        ("exposure-bias", "Exposure bias", [] if bias is None else [chart_grid([bias])]),
        ("words", "Words", word_parts(data)),
        ("attention", "Attention", [tag("div", {"id": "attention-view"})] if data.attention else []),
        ("sentences", "Sentences", [tag("div", {"id": "sentence-view"})]),
    ]
    return [candidate for candidate in candidates if candidate[2]]


def _section(key: str, title: str, content: Sequence[Element]) -> Element:
    heading = tag("h2", {"id": f"{key}-title"}, title)
    return tag("section", {"id": key, "aria-labelledby": f"{key}-title"}, heading, *content)


def _link(key: str, title: str) -> Element:
    return tag("a", {"href": f"#{key}"}, title)


def _lead(data: ReportData) -> str:
    systems = f"{len(data.names)} systems" if len(data.names) > 1 else "1 system"
    return f"{data.lines:,} {'line' if data.lines == 1 else 'lines'}, {systems}"


def _script_data(data: ReportData) -> dict[str, Any]:
    return {
        "lines": data.lines,
        "systems": data.names,
        "sentences": [asdict(sentence) for sentence in data.sentences],
        "attention": [
            {"line": line, "maps": [_map(one) for one in maps]} for line, maps in sorted(data.attention.items())
        ],
    }


def _map(attention: AttentionMap) -> dict[str, Any]:
    """Weights in whole percent, two digits each and a string a row, which a page with long sentences has many of."""
    percent = np.clip(np.rint(100 * np.asarray(attention.weights)), 0, 99).astype(int)
    return {
        "system": attention.system,
        "source": list(attention.source_pieces),
        "target": list(attention.target_pieces),
        "rows": ["".join(f"{weight:02d}" for weight in row) for row in percent.tolist()],
    }


def _safe_json(value: Any) -> str:
    text = to_json(value)
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return text


def _asset(name: str) -> str:
    return files("seq2seq.report").joinpath("page", name).read_text(encoding="utf-8")
