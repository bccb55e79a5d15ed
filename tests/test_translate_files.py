"""`seq2seq translate` on files and streams: n lines in, n lines out, whatever the bytes look like."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
import types
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from seq2seq.errors import DataError
from seq2seq.workflows import line_input
from seq2seq.workflows.line_input import read_windows
from seq2seq.workflows.line_progress import LineProgress
from seq2seq.workflows.line_range import Shard
from seq2seq.workflows.translate import translate


@dataclass
class Upper:
    """A translation that shows its source: in capitals."""

    text: str
    score: float = -0.5
    source_truncated: bool = False
    target_truncated: bool = False


class UpperTranslator:
    """Stands for the Translator: capitals, a limit of 20 characters, and a memory of what it was asked together."""

    maximum_source_pieces = 20

    def __init__(self) -> None:
        self.windows: list[int] = []
        self.fail_at = ""
        self.suffix = ""

    def translate(self, texts, *, beams=None, length_penalty=None, advance=None):
        self.windows.append(len(texts))
        if self.fail_at and self.fail_at in texts:
            raise KeyboardInterrupt
        advance(len(texts))
        return [
            Upper(text[:20].upper() + (self.suffix if text else ""), source_truncated=len(text) > 20) for text in texts
        ]


@pytest.fixture
def translator(monkeypatch) -> UpperTranslator:
    """Takes the place of every run, so that no test here needs TensorFlow."""
    fake = UpperTranslator()
    load = types.ModuleType("seq2seq.workflows.load")
    load.load = lambda run, checkpoint: fake  # type: ignore[attr-defined]
    sizes = types.ModuleType("seq2seq.translator.text_translator")
    sizes.BATCH_LINES = 2048  # type: ignore[attr-defined]
    package = types.ModuleType("seq2seq.translator")
    for module in (load, sizes, package):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("seq2seq.workflows.translate.prepare_to_compute", lambda run, threads: None)
    monkeypatch.setattr("seq2seq.workflows.translate.check_search", lambda run, checkpoint, search: None)
    monkeypatch.setattr("seq2seq.workflows.translate.pinned", lambda run, checkpoint: (run, checkpoint))
    monkeypatch.setattr(
        "seq2seq.workflows.translate.identity", lambda run, checkpoint: {"run": run, "name": checkpoint}
    )
    return fake


def write(path: Path, data: bytes) -> str:
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


# --- lines in, lines out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_bytes", "wanted"),
    [
        (b"", b""),
        (b"\n", b"\n"),
        (b"a", b"A\n"),
        (b"a\n", b"A\n"),
        (b"a\n\nb", b"A\n\nB\n"),
        (b"a\r\nb\r\n\r\n", b"A\nB\n\n"),
        ("\ufeffä\nö".encode(), "Ä\nÖ\n".encode()),
        # str.splitlines would make seven lines of these two
        ("a\u2028b\x0bc\x0cd\x85e\n\x1cf".encode(), "A\u2028B\x0bC\x0cD\x85E\n\x1cF\n".encode()),
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_lines(translator, tmp_path, given_bytes, wanted, ending):
    source = write(tmp_path / f"in.txt{ending}", given_bytes)
    report = translate("run", [source], tmp_path / f"out.txt{ending}")
    written = (tmp_path / f"out.txt{ending}").read_bytes()
    assert (gzip.decompress(written) if ending else written) == wanted
    assert report.lines == wanted.count(b"\n")


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))), st.integers(1, 4))
def test_any_text_keeps_its_number_of_lines(lines, window_lines):
    stream = io.BytesIO("".join(line + "\n" for line in lines).encode())
    windows = list(read_windows([], stream, window_lines=window_lines, replace_invalid=False))
    read = [line.text for window in windows for line in window]
    assert len(read) == len(lines)
    assert read[1:] == [line.removesuffix("\r") for line in lines[1:]]  # the first may have a mark
    assert all(len(window) == window_lines for window in windows[:-1])


def test_several_files_are_one_stream_and_share_windows(translator, tmp_path, monkeypatch):
    first = write(tmp_path / "a.txt", b"a\nb")  # no line feed at the end: the next file starts a new line all the same
    second = write(tmp_path / "b.txt.gz", b"c\nd\ne\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x\n")))
    translate("run", [first, "-", second], tmp_path / "out", batch_lines=4)
    assert (tmp_path / "out").read_bytes() == b"A\nB\nX\nC\nD\nE\n"
    assert translator.windows == [4, 2]


def test_standard_input_and_output_are_the_default(translator, monkeypatch, capsysbinary):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("grüße\n".encode())))
    translate("run")
    translate("run", ["-"], scores=True)
    assert capsysbinary.readouterr().out == "GRÜSSE\n".encode()
    assert not sys.stdout.closed


def test_scores_come_before_a_tab(translator, tmp_path):
    translate("run", [write(tmp_path / "in", b"a\n\n")], tmp_path / "out", scores=True)
    assert (tmp_path / "out").read_text() == "-0.5000\tA\n-0.5000\t\n"


def test_a_line_end_inside_a_translation_makes_no_second_line(translator, tmp_path):
    translator.suffix = "\nx\r"
    translate("run", [write(tmp_path / "in", b"a\nb\n")], tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"A x \nB x \n"


def test_the_same_lines_give_the_same_gz(translator, tmp_path):
    source = write(tmp_path / "in", b"a\nb\n")
    translate("run", [source], tmp_path / "one.gz")
    translate("run", [source], tmp_path / "two.gz")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_standard_input_is_answered_when_it_pauses(monkeypatch):
    monkeypatch.setattr(line_input, "PAUSE_SECONDS", 0.05)
    reading, writing = os.pipe()
    answered = threading.Event()

    def speak() -> None:
        os.write(writing, b"a\nb\nhalf a")
        answered.wait(10)
        os.write(writing, b" line\nc")
        os.close(writing)

    speaker = threading.Thread(target=speak)
    speaker.start()
    windows = []
    with os.fdopen(reading, "rb") as stream:
        for window in read_windows([], stream, window_lines=100, replace_invalid=False):
            windows.append([line.text for line in window])
            answered.set()
    speaker.join()
    assert windows == [["a", "b"], ["half a line", "c"]]


# --- shards -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 200), st.integers(1, 17))
def test_shards_are_contiguous_and_nearly_equal(total, count):
    parts = [Shard(number, count).lines(total) for number in range(1, count + 1)]
    assert [line for part in parts for line in range(part.start, part.stop)] == list(range(total))
    sizes = [part.stop - part.start for part in parts]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("count", [1, 2, 3, 7, 12])
def test_the_outputs_of_all_shards_are_the_output_of_the_whole(translator, tmp_path, count):
    # The border of the files is no line end, one has a byte order mark and one is packed.
    files = [
        write(tmp_path / "a.txt", b"a\nb\n\nc"),
        write(tmp_path / "b.gz", "\ufeffd\r\ne\n".encode()),
        write(tmp_path / "c.txt", b"f\ng\nh\n"),
    ]
    translate("run", files, tmp_path / "whole", batch_lines=2)
    parts = []
    for number in range(1, count + 1):
        report = translate("run", files, tmp_path / f"part{number}", shard=f"{number}/{count}", batch_lines=2)
        parts.append((tmp_path / f"part{number}").read_bytes())
        assert report.lines == parts[-1].count(b"\n") in (9 // count, 9 // count + 1)
    assert b"".join(parts) == (tmp_path / "whole").read_bytes() == b"A\nB\n\nC\nD\nE\nF\nG\nH\n"


def test_an_invalid_line_of_another_shard_does_not_matter_and_its_own_has_its_number(translator, tmp_path):
    source = write(tmp_path / "in.txt", b"a\nb\n\xc3(\nd\n")
    translate("run", [source], tmp_path / "one", shard="1/2")
    with pytest.raises(DataError, match=r"in\.txt, line 3: not UTF-8"):
        translate("run", [source], tmp_path / "two", shard="2/2")


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "1/0", "-1/2", "a/b", "1/2/3"])
def test_a_shard_that_there_is_not_is_refused(tmp_path, shard):
    source = write(tmp_path / "in.txt", b"a\n")
    with pytest.raises(DataError, match="no such shard — given --shard"):
        translate("run", [source], tmp_path / "out", shard=shard)


def test_standard_input_has_no_shards():
    for files in ([], ["-"]):
        with pytest.raises(DataError, match="standard input cannot be translated in shards"):
            translate("run", files, shard="1/2")


# --- what is reported and refused -------------------------------------------------------------------------------------


def test_long_lines_are_translated_and_reported(translator, tmp_path, capsys):
    source = write(
        tmp_path / "in", b"short\n" + b"".join(b"%d this line is longer than twenty\n" % k for k in range(8))
    )
    report = translate("run", [source], tmp_path / "out")
    assert (tmp_path / "out").read_bytes().count(b"\n") == 9
    assert report.cut.count == 8
    error = capsys.readouterr().err
    assert "8 lines longer than the limit of 20 pieces" in error
    assert f"{source} line 2, {source} line 3," in error
    assert "line 6 and 3 more" in error
    assert len(error.splitlines()) == 1  # and no progress bar, since this is no terminal


def test_invalid_utf8_stops_at_its_line_and_keeps_what_was_done(translator, tmp_path, capsys):
    source = write(tmp_path / "in.txt", b"a\nb\nc\xc3(\nd\n")
    with pytest.raises(DataError, match=r"in\.txt, line 3: not UTF-8 text — given byte 0xc3 at byte 2 of the line"):
        translate("run", [source], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "out.partial").read_bytes() == b"A\nB\n"
    assert f"so far is in {tmp_path / 'out.partial'}" in capsys.readouterr().err


def test_invalid_utf8_is_replaced_on_request_and_counted(translator, tmp_path, capsys):
    source = write(tmp_path / "in.txt", b"a\nb\nc\xc3(\nd\n")
    translate("run", [source], tmp_path / "out", replace_invalid=True)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "A\nB\nC\ufffd(\nD\n"
    assert "1 line with bytes that are not UTF-8, replaced" in capsys.readouterr().err


def test_an_interrupted_translation_leaves_no_file_under_the_final_name(translator, tmp_path):
    translator.fail_at = "c"
    with pytest.raises(KeyboardInterrupt):
        translate("run", [write(tmp_path / "in", b"a\nb\nc\n")], tmp_path / "out.gz", batch_lines=2)
    assert not (tmp_path / "out.gz").exists()
    assert gzip.decompress((tmp_path / "out.gz.partial").read_bytes()) == b"A\nB\n"


def test_a_damaged_gz_is_an_error_after_its_whole_lines(translator, tmp_path):
    whole = gzip.compress(os.urandom(200_000).hex().encode() + b"\n")
    (tmp_path / "in.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"in\.gz: damaged \.gz file"):
        translate("run", [str(tmp_path / "in.gz")], tmp_path / "out")
    (tmp_path / "plain.gz").write_bytes(b"not packed\n")
    with pytest.raises(DataError, match=r"plain\.gz: damaged \.gz file"):
        translate("run", [str(tmp_path / "plain.gz")], tmp_path / "other")


def test_what_would_destroy_work_is_refused_before_the_model_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr("seq2seq.workflows.translate.prepare_to_compute", lambda run, threads: pytest.fail("too late"))
    source = write(tmp_path / "news.txt", b"a\n")
    (tmp_path / "link.txt").symlink_to(source)
    old = write(tmp_path / "old.txt", b"precious\n")
    for files, output, message in (
        ([source], source, "output is one of the inputs"),
        ([source], tmp_path / "link.txt", "output is one of the inputs"),
        ([source], old, "output exists already"),
        ([source], tmp_path, "output is a folder"),
        ([source], tmp_path / "nowhere" / "out", "output folder does not exist"),
        ([str(tmp_path / "new.txt")], None, "no such input file"),
        ([str(tmp_path)], None, "input is a folder"),
    ):
        with pytest.raises(DataError, match=message):
            translate("run", files, output, force=message.startswith("output is"))
    with pytest.raises(DataError, match=r"did you mean '.*news\.txt'"):
        translate("run", [str(tmp_path / "mews.txt")])
    assert Path(old).read_bytes() == b"precious\n"


def test_force_replaces_an_output(translator, tmp_path):
    old = write(tmp_path / "old.txt", b"old\n")
    translate("run", [write(tmp_path / "in", b"a\n")], old, force=True)
    assert Path(old).read_bytes() == b"A\n"


# --- progress ---------------------------------------------------------------------------------------------------------


def test_progress_goes_by_bytes_and_counts_lines(tmp_path):
    source = write(tmp_path / "in", b"aaa\nbbb\ncccccccc\n\n\n")
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    windows = read_windows([source], io.BytesIO(), window_lines=2, replace_invalid=False)
    shares = []
    with LineProgress(19, console=console) as progress:
        for window in windows:
            with progress.window(window) as advance:
                advance(1)
            shares.append(progress._progress.tasks[0].completed)
    assert shares == [8, 18, 19]
    shown = console.file.getvalue()
    assert "5 lines" in shown
    assert "lines/s" in shown
    assert "time left" in shown
    assert "100%" in shown


def test_a_partial_file_is_neither_overwritten_nor_read_and_written_at_once(translator, tmp_path):
    source = write(tmp_path / "a.txt", b"a\n")
    partial = write(tmp_path / "out.partial", b"kept\n")
    for files in ([source], [partial]):
        with pytest.raises(DataError, match=r"out\.partial"):
            translate("run", files, tmp_path / "out")
    with pytest.raises(DataError, match="one of the inputs"):
        translate("run", [partial], tmp_path / "out", force=True)
    assert (tmp_path / "out.partial").read_bytes() == b"kept\n"
    translate("run", [source], tmp_path / "out", force=True)
    assert (tmp_path / "out").read_bytes() == b"A\n"
