"""Pictures: the right numbers in them, and their files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seq2seq.errors import DataError
from seq2seq.visualize import draw_attention, draw_curves

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    """The figures that were written, to look into."""
    figures: list[Figure] = []
    write = Figure.savefig

    def savefig(figure: Figure, *arguments, **options):
        figures.append(figure)
        return write(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", savefig)
    return figures


def panels(figure: Figure) -> dict[str, Axes]:
    return {axes.get_title(loc="left"): axes for axes in figure.axes}


def write_metrics(path: Path, events: list[dict], torn: str = "") -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events) + torn, encoding="utf-8")
    return path


def train(step: int, loss: float, **more) -> dict:
    return {"event": "train", "step": step, "loss": loss, "perplexity": 2.0 * loss, "learning_rate": 0.1, **more}


def validation(step: int, bleu: float | None) -> dict:
    return {"event": "validation", "step": step, "perplexity": 9.0, "bleu": bleu}


# --- curves -----------------------------------------------------------------------------------------------------------


def test_curves_show_the_log(tmp_path, drawn):
    events = [
        train(5, 4.0),
        train(10, 3.0),
        validation(10, 1.5),
        {"event": "other"},
        train(15, 2.0),
        validation(15, 7.5),
    ]
    draw_curves(write_metrics(tmp_path / "metrics.jsonl", events), tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(PNG)
    shown = panels(drawn[0])
    assert list(shown) == ["loss", "perplexity", "BLEU", "learning rate"]
    assert shown["loss"].lines[0].get_xydata().tolist() == [[5, 4], [10, 3], [15, 2]]
    training, validated = shown["perplexity"].lines
    assert training.get_ydata().tolist() == [8, 6, 4]
    assert validated.get_xydata().tolist() == [[10, 9], [15, 9]]
    assert shown["BLEU"].get_title(loc="right") == "best 7.50 at step 15"


def test_a_step_written_twice_counts_once_and_null_is_no_value(tmp_path, drawn):
    events = [train(5, 4.0), train(10, 99.0), train(10, 3.0), validation(10, None), train(15, 2.0, learning_rate=None)]
    draw_curves(write_metrics(tmp_path / "metrics.jsonl", events), tmp_path / "curves.svg")
    shown = panels(drawn[0])
    assert "BLEU" not in shown
    assert shown["loss"].lines[0].get_ydata().tolist() == [4, 3, 2]
    assert shown["learning rate"].lines[0].get_xdata().tolist() == [5, 10]


def test_a_smoothed_curve_keeps_the_mean_of_what_it_averages(tmp_path, drawn):
    events = [train(step, 3.0 + (-1) ** step) for step in range(1, 101)]
    draw_curves(write_metrics(tmp_path / "metrics.jsonl", events), tmp_path / "curves.png")
    raw, smooth = panels(drawn[0])["loss"].lines
    assert len(raw.get_xdata()) == 100
    np.testing.assert_allclose(smooth.get_ydata(), 3.0, atol=1e-9)  # four neighbours, two up and two down
    assert smooth.get_xdata()[0] == 2.5


def test_a_torn_last_line_is_passed_over_but_not_one_before_it(tmp_path):
    draw_curves(write_metrics(tmp_path / "a.jsonl", [train(5, 4.0)], torn='{"event": "tr'), tmp_path / "curves.png")
    torn = write_metrics(tmp_path / "b.jsonl", [], torn='{"event": "tr\n' + json.dumps(train(5, 4.0)))
    with pytest.raises(DataError, match=r"b\.jsonl, line 1: not JSON"):
        draw_curves(torn, tmp_path / "curves.png")


def test_nothing_to_draw_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no metrics to draw"):
        draw_curves(tmp_path / "metrics.jsonl", tmp_path / "curves.png")
    with pytest.raises(DataError, match="nothing to draw"):
        draw_curves(write_metrics(tmp_path / "metrics.jsonl", []), tmp_path / "curves.png")


# --- attention --------------------------------------------------------------------------------------------------------


def weights(rows: int, columns: int) -> np.ndarray:
    values = np.random.default_rng(3).random((rows, columns))
    return values / values.sum(axis=1, keepdims=True)


def test_attention_has_a_row_a_target_piece_and_a_column_a_source_piece(tmp_path, drawn):
    source, target = ["▁Wie", "▁geht", "▁$es$", "?", "</s>"], ["▁How", "▁über", "</s>"]
    draw_attention(weights(3, 5), source, target, tmp_path / "a.png")
    axes = drawn[0].axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), weights(3, 5))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["_Wie", "_geht", "_$es$", "?", "</s>"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["_How", "_über", "</s>"]
    assert axes.images[0].get_clim() == (0.0, 1.0)  # the same blue means the same weight in every picture


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 70), (90, 3), (120, 110)])
def test_labels_fit_their_cells_however_long_the_sentence(tmp_path, drawn, rows, columns):
    draw_attention(weights(rows, columns), ["▁ab"] * columns, ["▁Zü"] * rows, tmp_path / "a.png")
    axes = drawn[0].axes[0]
    cell_points = axes.get_window_extent().height / rows * 72 / drawn[0].dpi
    for label in (axes.get_xticklabels()[0], axes.get_yticklabels()[0]):
        assert label.get_fontsize() <= cell_points


def test_attention_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"given weights \(3, 5\), 5 target and 3 source pieces"):
        draw_attention(weights(3, 5), ["a"] * 3, ["b"] * 5, tmp_path / "a.png")
    with pytest.raises(DataError, match="attention does not fit"):
        draw_attention(np.zeros((0, 0)), [], [], tmp_path / "a.png")


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_picture_needs_a_known_format_and_a_folder(tmp_path):
    with pytest.raises(DataError, match=r"unknown picture format — given '.*a\.jpeg' — end the name in \.png, \.svg"):
        draw_attention(weights(1, 1), ["a"], ["b"], tmp_path / "a.jpeg")
    with pytest.raises(DataError, match="folder does not exist"):
        draw_attention(weights(1, 1), ["a"], ["b"], tmp_path / "nowhere" / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_drawing_leaves_matplotlib_as_it_was():
    code = (
        "import sys, numpy, tempfile; from seq2seq.visualize import draw_attention\n"
        "draw_attention(numpy.ones((1, 1)), ['a'], ['b'], tempfile.mkdtemp() + '/a.svg')\n"
        "assert 'matplotlib.pyplot' not in sys.modules and 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
