"""The benchmark of growing costs, the ways to translate, and the chart of peers, as far as they run in seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_each_series_changes_one_size():
    from growth import SERIES, Point

    for series in SERIES:
        base = vars(Point(series.kind))
        for value, point in zip(series.values, series.points, strict=True):
            assert {name for name in base if vars(point)[name] != base[name]} <= {series.size}
            assert vars(point)[series.size] == value
        assert base[series.size] in series.values  # all series meet in one point
    names = {point.name for series in SERIES for point in series.points}
    assert len(names) == sum(len(series.values) for series in SERIES) - len(SERIES) + 2


def test_the_report_and_the_picture_tell_what_was_read(tmp_path):
    from growth import Point, Series, draw, report

    series = [Series("train", "batch", (2, 4), "sentences"), Series("translate", "pieces", (5, 10), "pieces")]
    reading = {"cpu_seconds": 1.0, "peak_memory": 900.0, "memory_before": 400.0}
    rounds = [
        {
            Point("train", batch=2).name: {**reading, "seconds": seconds},
            Point("train", batch=4).name: {**reading, "seconds": 2.0, "peak_memory": 1400.0},
            Point("translate", pieces=5).name: {**reading, "seconds": 0.5},
            Point("translate", pieces=10).name: {**reading, "seconds": 1.0},
        }
        for seconds in (1.0, 8.0, 1.6)
    ]
    content = {
        "machine": {"processor": "a processor"},
        "settings": {"threads": 2, "precision": "float32"},
        "rounds": rounds,
        "facts": {"start": {"seq2seq --help": [0.5, 0.9, 0.4]}},
    }
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in report(content, series).splitlines()]
    # 2 x 2 sentences of 16 pieces in the median of 1.6 s; 64 sentences of 5 and of 10 pieces.
    assert ["2", "40", "1,600", "100.00", "500"] in rows
    assert ["4", "64", "2,000", "125.00", "1,000"] in rows
    assert ["5", "640", "500", "100.00", "500"] in rows
    assert ["10", "640", "1,000", "100.00", "500"] in rows
    assert ["seq2seq --help", "0.50", "0.90"] in rows
    draw(content, series, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(PNG)


@pytest.mark.slow
def test_a_training_step_and_a_search_are_measured(tmp_path):
    from growth import Point

    call = [sys.executable, BENCHMARKS / "growth.py", "--repeats", "2", "--point"]
    for point in (Point("train", 2, 5, 8, 90), Point("translate", 2, 5, 8, 90, 3)):
        done = subprocess.run([*call, json.dumps(vars(point))], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])
        assert found["seconds"] > 0.0
        assert found["peak_memory"] >= found["memory_before"] > 100.0


def test_the_chart_has_a_panel_for_each_way(tmp_path):
    from peers_chart import draw, label, panels_of, rounds_of

    step = {"pieces": 100, "seconds": 2.0}
    (tmp_path / "training.json").write_text(
        json.dumps({"rounds": [{"seq2seq, float32": step, "OpenNMT-py": {**step, "seconds": 4.0}}]})
    )
    found = {"conditions": {"beam 5, batch 64": {"lines": 10, "pieces": 70, "seconds": 5.0}}}
    for length, counted, speed in ((16, "lines", 2.0), (0, "pieces", 14.0)):
        content = {"settings": {"length": length}, "rounds": [{"seq2seq, export": found}]}
        (tmp_path / "translation.json").write_text(json.dumps(content))
        panels = panels_of(rounds_of(tmp_path / "training.json"), rounds_of(tmp_path / "translation.json"))
        assert list(panels) == ["training: pieces/s", f"beam 5, batch 64: {counted}/s"]
        assert panels["training: pieces/s"]["OpenNMT-py"] == [25.0]
        assert panels[f"beam 5, batch 64: {counted}/s"]["seq2seq, export"] == [speed]
    assert label([50.0, 150.0, 120.0], [40.0]) == "120 (3.00 x)"
    assert label([2.04], None) == "2.0"
    draw(panels, tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(PNG)
