"""The report as a document: all of it is there, nothing of it is fetched, and no text of it is markup."""

from __future__ import annotations

import doctest
import hashlib
import json
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from report_data import HOSTILE, report_data, system

from seq2seq.report import render_report, scales
from seq2seq.report.curves import exposure_bias_chart, training_curves
from seq2seq.report.markup import html
from seq2seq.report.scales import Scale, even_ticks, logarithmic_ticks, number_text, round_limits, thinned


class Reader(HTMLParser):
    """The elements of a page, the text in them, and what stands in its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[dict, str]] = []
        self._script: tuple[dict, list[str]] | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "script":
            self._script = (dict(attributes), [])

    def handle_endtag(self, tag):
        if tag == "script":
            attributes, texts = self._script
            self.scripts.append((attributes, "".join(texts)))
            self._script = None

    def handle_data(self, text):
        (self.texts if self._script is None else self._script[1]).append(text)

    def named(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("names", [["one"], ["one", HOSTILE, "three"]], ids=["one system", "three systems"])
def test_no_text_becomes_markup(names):
    reader = Reader(render_report(report_data(names)))
    assert len(reader.scripts) == 2
    assert reader.named("img") == []
    (_, data), (_, script) = reader.scripts
    assert not set(data) & {"<", ">", "&", "\u2028"}
    parsed = json.loads(data, parse_constant=pytest.fail)
    assert parsed["systems"] == names
    assert parsed["sentences"][0]["source"] == HOSTILE
    assert parsed["attention"][0]["maps"][0]["source"][2] == HOSTILE
    assert "window.broken" not in script
    assert f"Evaluation on {HOSTILE}" in reader.texts  # the heading, and "{{data}}" in it is text too
    assert any(f"runs/{HOSTILE}" in text for text in reader.texts)
    assert not any(key.startswith("on") for _, attributes in reader.elements for key in attributes)


def test_nothing_is_fetched_and_no_other_script_may_run():
    page = render_report(report_data(["one", "two"], title="plain"))
    reader = Reader(page)
    assert not any({"src", "srcset"} & set(attributes) for _, attributes in reader.elements)
    assert reader.named("link") == []
    assert all(link["href"].startswith("#") for link in reader.named("a"))
    (policy,) = [meta["content"] for meta in reader.named("meta") if "http-equiv" in meta]
    digest = b64encode(hashlib.sha256(reader.scripts[1][1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    assert not re.search(r"https?:|@import|url\(", page)


def test_sections_are_there_where_there_is_something_to_show():
    def sections(data):
        reader = Reader(render_report(data))
        found = [attributes["id"] for attributes in reader.named("section")]
        assert [link["href"] for link in reader.named("a")][1:] == [f"#{key}" for key in found]
        return found

    assert sections(report_data(["one"])) == [
        *("scores", "breakdowns", "distributions", "training", "attention", "sentences"),
    ]
    with_bias = [{**system(20.0), "exposure_bias": exposure_bias()}, system(30.0)]
    common = {**report_data(["one", "two"]).common, "word_differences": [words()]}
    assert sections(report_data(["one", "two"], systems=with_bias, common=common)) == [
        *("scores", "differences", "breakdowns", "distributions", "training"),
        *("exposure-bias", "words", "attention", "sentences"),
    ]
    assert sections(report_data(["one"], events={}, attention={})) == [
        *("scores", "breakdowns", "distributions", "sentences"),
    ]


def exposure_bias() -> dict:
    return {
        "positions": [1, 2, 3],
        "reference_prefix": [1.5, 1.25, 9.0],
        "own_prefix": [1.5, 2.5, 9.0],
        "tokens": [99, 98, 2],
    }


def words() -> dict:
    listed = [{"word": HOSTILE, "reference_count": 5, "baseline_only": 3, "system_only": 1}]
    return {
        **{"baseline": "one", "system": "two", "both": 11, "neither": 2, "baseline_only": 7, "system_only": 4},
        "baseline_words": listed,
        "system_words": [],
    }


def test_exposure_bias_is_drawn_where_it_was_measured_and_means_something():
    chart = html(exposure_bias_chart(["one", "two"], [system(1.0), {"exposure_bias": exposure_bias()}]))
    assert chart.count("<polyline") == 2
    assert "two: 2, 2.5" in chart
    assert "9" not in re.findall(r"<title>(.*?)</title>", chart)[-1]  # a mean over two tokens
    assert exposure_bias_chart(["one"], [system(1.0)]) is None


def test_scores_are_shown_with_intervals_and_the_best_is_bold():
    page = render_report(report_data(["one", "two"]))
    assert "<b>37.00</b>" in page  # BLEU of the second
    assert "<b>30.00</b>" not in page
    assert "<b>63.00</b>" in page  # TER of the second, where less is better
    assert "± 1.50" in page
    assert "<b>0.0100</b>" in page
    assert "<span>0.2000</span>" in page
    assert "<b>30.00</b>" not in render_report(report_data(["one"]))  # alone it is no best


def test_curves_take_the_later_of_two_and_leave_out_what_is_no_number():
    events = [
        {"event": "train", "step": 1, "loss": 5.0},
        {"event": "train", "step": 2, "loss": 4.0},
        {"event": "train", "step": 2, "loss": 3.0},
        {"event": "train", "step": 3, "loss": float("nan")},
        {"event": "start"},
        7,
    ]
    (chart,) = training_curves(["gone", "one"], {"one": events})
    told = re.findall(r"<title>(.*?)</title>", html(chart))
    assert told == ["one: 1, 5", "one: 2, 3"]
    assert "series-1" in html(chart)


@pytest.mark.parametrize("lines", [1, 45])
def test_a_report_of_very_little_is_one_too(lines):
    data = report_data(["one", "two"], count=45)
    flat = [{**system(0.0), "intervals": {"bleu": {"mean": 0.0, "half_width": 0.0}}} for _ in range(2)]
    data = report_data(["one", "two"], systems=flat, sentences=data.sentences[:lines], lines=lines, attention={})
    page = render_report(data)
    assert "NaN" not in page
    assert f"{lines} line{'s' if lines > 1 else ''}, 2 systems" in page


def test_examples_in_the_documentation():
    assert doctest.testmod(scales).failed == 0


def test_scales_and_ticks():
    assert [Scale(0, 10, 100, 0)(value) for value in (0, 2.5, 10)] == [100, 75, 0]
    assert Scale(1, 100, 0, 10, logarithmic=True)(10) == 5
    assert Scale(3, 3, 0, 10)(3) == 5
    for low, high in ((0, 1e-5), (-3, 17), (9999, 10001), (0, 1e6)):
        ticks = even_ticks(low, high)
        assert 3 <= len(ticks) <= 7
        assert low <= ticks[0] < ticks[-1] <= high * (1 + 1e-9)
        below, above = round_limits(low, high)
        assert below <= low < high <= above * (1 + 1e-9)
    assert logarithmic_ticks(1, 1000) == [1, 10, 100, 1000]
    assert len(logarithmic_ticks(7.1, 8.3)) >= 3
    assert [number_text(value) for value in (0, 0.5, 12000, 2e-05)] == ["0", "0.5", "12,000", "2e-05"]


def test_thinned_points_keep_the_mean():
    points = [(float(x), float(x * x)) for x in range(1000)]
    few = thinned(points, 100)
    assert len(few) == 100
    assert sum(y for _, y in few) / 100 == pytest.approx(sum(y for _, y in points) / 1000)
    assert thinned(points[:7], 100) == points[:7]
