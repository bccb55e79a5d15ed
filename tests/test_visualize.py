"""Pictures: the right numbers in them, and their files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.cells import cell_len

from seq2seq.errors import DataError
from seq2seq.visualize import attention_text, draw_attention, draw_curves

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


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 130), (90, 3), (30, 26)])
def test_labels_fit_their_cells_however_long_the_sentence(tmp_path, drawn, rows, columns):
    draw_attention(weights(rows, columns), ["▁ab"] * columns, ["▁Zü"] * rows, tmp_path / "a.png")
    axes = drawn[0].axes[0]
    cell_points = axes.get_window_extent().height / rows * 72 / drawn[0].dpi
    for label in (axes.get_xticklabels()[0], axes.get_yticklabels()[0]):
        assert label.get_fontsize() <= cell_points


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (5, 3), (2, 70), (30, 26)])
def test_a_figure_is_no_larger_than_its_map_and_labels_need(tmp_path, drawn, rows, columns):
    draw_attention(weights(rows, columns), ["▁abcdef"] * columns, ["▁Zü"] * rows, tmp_path / "a.png", title="so")
    (figure,) = drawn
    axes = figure.axes[0]
    box = axes.get_tightbbox()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert box.y1 <= figure.bbox.y1
    assert axes.get_window_extent().width / figure.dpi >= 0.13 * columns  # a cell can be told from its neighbour


def test_each_row_has_a_frame_at_its_greatest_weight(tmp_path, drawn):
    draw_attention(weights(4, 5), ["▁a"] * 5, ["▁b"] * 4, tmp_path / "a.png")
    frames = [patch.get_xy() for patch in drawn[0].axes[0].patches]
    assert frames == [(column - 0.5, row - 0.5) for row, column in enumerate(weights(4, 5).argmax(axis=1))]


def test_words_are_parted_by_darker_lines(tmp_path, drawn):
    draw_attention(weights(2, 5), ["▁a", "b", "c", "▁d", "</s>"], ["▁b", "</s>"], tmp_path / "a.png")
    lines = [(line.get_xdata()[0], line.get_color()) for line in drawn[0].axes[0].lines[:6]]
    dark = [place + 0.5 for place, colour in lines if colour == lines[0][1]]
    assert dark == [0, 3, 4, 5]


@pytest.mark.filterwarnings("error")
def test_what_no_font_has_is_drawn_as_its_number_and_told(tmp_path, drawn):
    """U+10FFFD belongs to nobody, so that no font has it, wherever this runs."""
    source, target = ["▁x\U0010fffd\U0010fffd", "</s>"], ["▁नम", "\x1b[31m", "▁שלום", "</s>"]
    missing = draw_attention(weights(4, 2), source, target, tmp_path / "a.png")
    assert "\U0010fffd" in missing
    assert missing == "".join(sorted(set(missing)))
    axes = drawn[0].axes[0]
    assert axes.get_xticklabels()[0].get_text() == "_x[10FFFD 10FFFD]"
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[1:3] == ["[1B][31m", "_םולש"]  # from the left, as matplotlib draws it
    assert draw_attention(weights(4, 2), source, target, tmp_path / "a.svg", title="\U0010fffd") == ""
    written = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ">_x\U0010fffd\U0010fffd<" in written  # text, which the viewer draws in its own fonts
    assert "_שלום" in written
    assert draw_attention(weights(4, 2), source, target, tmp_path / "a.pdf") == missing


def test_another_installed_font_steps_in(monkeypatch):
    from matplotlib.ft2font import FT2Font

    from seq2seq.visualize import labels

    class Font:
        """As the real one, but that the first family lacks a letter."""

        def __init__(self, path):
            self.real = FT2Font(path)
            self.scalable = True

        def get_char_index(self, code):
            return 0 if code == ord("ж") and self.real.family_name == "DejaVu Sans" else self.real.get_char_index(code)

    monkeypatch.setattr(labels, "FT2Font", Font)
    found = labels.fit_labels(["▁жar", "x" * 40])
    assert found.missing == ""
    assert found.families[0] == "DejaVu Sans"
    assert len(found.families) == 2
    assert found.texts[0] == "_жar"
    assert len(found.texts[1]) == 24


# --- attention as text ------------------------------------------------------------------------------------------------


def test_the_text_form_names_the_strongest_pieces():
    rows = np.array([[0.01, 0.19, 0.8], [0.5, 0.26, 0.24], [0.0, 1.0, 0.0]])
    assert attention_text(rows, ["▁Wie", "▁geht", "</s>"], ["▁How", "goes", "</s>"]) == (
        "_How  │ ░█│ 3:</s> 80%  2:_geht 19%\ngoes  │▓▒░│ 1:_Wie 50%  2:_geht 26%  3:</s> 24%\n</s>  │ █ │ 2:_geht 100%"
    )
    assert attention_text(rows, ["▁Wie", "▁geht", "</s>"], ["▁How", "goes", "</s>"], width=30) == (
        "_How  │████████  │ 3:</s> 80%\ngoes  │█████     │ 1:_Wie 50%\n</s>  │██████████│ 2:_geht 100%"
    )
    with pytest.raises(DataError, match="attention does not fit"):
        attention_text(rows, ["a"], ["b"])


@settings(deadline=None)
@example(["東" * 14] * 24, 2, 80)  # shades would have room, and the widest name beside them would not
@given(
    st.lists(st.text(st.sampled_from("▁ab東ä\u0301\x1b\n🙂"), max_size=20), min_size=1, max_size=70),
    st.integers(1, 9),
    st.integers(80, 140),
)
def test_no_line_of_the_text_form_is_wider_than_the_terminal(source, rows, width):
    lines = attention_text(weights(rows, len(source)), source, ["▁東京" * 5] * rows, width).split("\n")
    assert len(lines) == rows
    assert all(cell_len(line) <= width for line in lines)
    strongest = weights(rows, len(source)).argmax(axis=1)
    assert [int(line.split("│")[2].split(":")[0]) - 1 for line in lines] == strongest.tolist()


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
