"""`seq2seq translate --resume`: a stopped translation that goes on ends as one that was never stopped."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

from seq2seq.errors import DataError
from seq2seq.workflows.translate import translate

LINES = [f"line {number} of the text" for number in range(1, 24)]
# What the fake translator of the killed process is made of: it kills its own process in the middle of a window's write.
KILLED = """
import os, signal, sys, types
from pathlib import Path
from seq2seq.workflows import line_output, translate as workflow
sys.path.insert(0, {tests!r})
from test_resume_translation import CountingTranslator, stand_in
stand_in(sys.modules.__setitem__, lambda name, value: setattr(workflow, name, value), CountingTranslator())
written = 0
def write(self, lines, real=line_output.LineOutput.write):
    global written
    written += 1
    if written > {windows}:
        self._stream.write(b"half a li")
        self._stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    real(self, lines)
line_output.LineOutput.write = write
workflow.translate("run", [{source!r}], {output!r}, batch_lines=4)
"""


class Translated(types.SimpleNamespace):
    source_truncated = False
    target_truncated = False


class CountingTranslator:
    """Capitals, with the size and the place of the batch, so that the output tells how its lines were batched."""

    maximum_source_pieces = 100

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fail_at = ""

    def translate(self, texts, *, beams=None, length_penalty=None, advance=None):
        if self.fail_at in texts:
            raise KeyboardInterrupt
        self.asked += texts
        advance(len(texts))
        return [
            Translated(
                text=f"{text.upper()} {place}/{len(texts)}", score=-1.0, source_truncated=text.endswith("7 of it")
            )
            for place, text in enumerate(texts)
        ]


def stand_in(set_module, set_attribute, fake) -> None:
    """Puts a translator in the place of every run, so that nothing here needs TensorFlow."""
    load = types.ModuleType("seq2seq.workflows.load")
    load.load = lambda run, checkpoint: fake  # type: ignore[attr-defined]
    sizes = types.ModuleType("seq2seq.translator.text_translator")
    sizes.BATCH_LINES = 2048  # type: ignore[attr-defined]
    for module in (load, sizes, types.ModuleType("seq2seq.translator")):
        set_module(module.__name__, module)
    set_attribute("prepare_to_compute", lambda run, threads: None)
    set_attribute("pinned", lambda run, checkpoint: (run, checkpoint))
    set_attribute("check_search", lambda run, checkpoint, search: None)
    set_attribute("identity", lambda run, checkpoint: {"run": str(run), "checkpoint": checkpoint})


@pytest.fixture
def translator(monkeypatch) -> CountingTranslator:
    fake = CountingTranslator()
    stand_in(
        lambda name, module: monkeypatch.setitem(sys.modules, name, module),
        lambda name, value: monkeypatch.setattr(f"seq2seq.workflows.translate.{name}", value),
        fake,
    )
    return fake


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "in.txt"
    path.write_text("".join(f"{line}\n" for line in LINES))
    return path


def whole(source: Path, name: str, **options) -> bytes:
    """The output of a translation that nothing stops."""
    output = source.parent / f"whole-{name}"
    translate("run", [str(source)], output, batch_lines=4, **options)
    assert not output.with_name(f"{output.name}.partial.json").exists()
    return output.read_bytes()


def stop(translator: CountingTranslator, source: Path, output: Path, at: str, **options) -> None:
    translator.fail_at = at
    with pytest.raises(KeyboardInterrupt):
        translate("run", [str(source)], output, batch_lines=4, **options)
    translator.fail_at = ""
    translator.asked = []


@pytest.mark.parametrize("name", ["out", "out.gz"])
@pytest.mark.parametrize("stopped_in", [0, 1, 3, 5])
@pytest.mark.parametrize("torn", [b"", b"half a line", b"a line\nand \xc3"], ids=["clean", "half", "more"])
def test_a_stopped_translation_goes_on(translator, source, name, stopped_in, torn, capsys):
    wanted, output = whole(source, name), source.parent / name
    stop(translator, source, output, LINES[4 * stopped_in])
    partial = output.with_name(f"{name}.partial")
    if torn:  # a kill in the middle of a write
        partial.write_bytes(partial.read_bytes() + (gzip.compress(torn)[:-3] if name.endswith(".gz") else torn))
    report = translate("run", [str(source)], output, batch_lines=4, resume=True)
    assert output.read_bytes() == wanted
    assert translator.asked == LINES[4 * stopped_in :]  # and nothing twice
    assert report.lines == len(LINES)
    assert sorted(path.name for path in source.parent.iterdir()) == sorted(["in.txt", name, f"whole-{name}"])
    if stopped_in:
        assert f"resumed: {4 * stopped_in} lines were done" in capsys.readouterr().err
    if name.endswith(".gz"):
        assert gzip.decompress(wanted).count(b"\n") == len(LINES)


@pytest.mark.parametrize("name", ["out", "out.gz"])
def test_a_process_that_was_killed_while_it_wrote(translator, source, name):
    wanted, output = whole(source, name), source.parent / name
    program = KILLED.format(tests=str(Path(__file__).parent), windows=3, source=str(source), output=str(output))
    killed = subprocess.run([sys.executable, "-c", program], timeout=120, cwd=Path(__file__).parents[1])
    assert killed.returncode == -signal.SIGKILL
    assert output.with_name(f"{name}.partial").read_bytes().endswith(b"half a li")
    translate("run", [str(source)], output, batch_lines=4, resume=True)
    assert translator.asked[-11:] == LINES[12:]
    assert output.read_bytes() == wanted


def test_it_can_be_stopped_again_and_again_and_a_shard_too(translator, source):
    wanted, output = whole(source, "out", shard="2/2", scores=True), source.parent / "out"
    assert wanted.startswith(b"-1.0000\tLINE 12 ")
    for at in (LINES[11 + 4], LINES[11 + 8]):
        translator.fail_at = at
        with pytest.raises(KeyboardInterrupt):
            translate("run", [str(source)], output, batch_lines=4, shard="2/2", scores=True, resume=True)
    translator.fail_at = ""
    translate("run", [str(source)], output, batch_lines=4, shard="2/2", scores=True, resume=True)
    assert output.read_bytes() == wanted


def test_an_invalid_line_is_mended_and_the_translation_goes_on(translator, source):
    wanted, output = whole(source, "out"), source.parent / "out"
    right = source.read_bytes()
    source.write_bytes(right.replace(b"line 10 ", b"line \xff10 "))
    with pytest.raises(DataError, match="line 10: not UTF-8"):
        translate("run", [str(source)], output, batch_lines=4)
    assert output.with_name("out.partial").read_bytes().count(b"\n") == 9
    source.write_bytes(right)
    translate("run", [str(source)], output, batch_lines=4, resume=True)
    assert output.read_bytes() == wanted


def test_the_report_is_of_all_lines(translator, source, capsys):
    source.write_text("".join(f"{number} of it\n" for number in range(20)))
    output = source.parent / "out"
    stop(translator, source, output, "12 of it")
    capsys.readouterr()
    assert translate("run", [str(source)], output, batch_lines=4, resume=True).cut.count == 2
    assert f"2 lines longer than the limit of 100 pieces, translated up to there: {source} line 8" in (
        capsys.readouterr().err
    )


def test_a_partial_output_of_something_else_is_refused_and_kept(translator, source):
    output = source.parent / "out"
    stop(translator, source, output, LINES[8])
    kept = output.with_name("out.partial").read_bytes()
    other = source.parent / "other.txt"
    other.write_text(source.read_text().replace("line 8 ", "line eight "))
    short = source.parent / "short.txt"
    short.write_text("".join(f"{line}\n" for line in LINES[:7]))
    usual = {"batch_lines": 4, "resume": True}
    for run, file, options, message in (
        ("run", source, usual | {"beams": 3}, "another search — given .*3.*out.partial was begun with ..mbr.: null"),
        ("run", source, usual | {"batch_lines": 5}, "another batch_lines — given 5"),
        ("run", source, usual | {"scores": True}, "another output_format — given .*PlainForm.scores=True"),
        ("run", source, usual | {"shard": "1/2"}, r"another lines — given \[0, 11\]"),
        ("run", source, usual | {"checkpoint": "last"}, "another model — given .*last"),
        ("other", source, usual, "another model"),
        ("run", other, usual, "another input — given lines that differ within the first 8"),
        ("run", short, usual, "another input"),
        ("run", source, usual | {"force": True}, "--resume and --force contradict each other"),
        ("run", source, {"batch_lines": 4}, "exists already .* by --resume, or use --force"),
    ):
        with pytest.raises(DataError, match=message):
            translate(run, [str(file)], output, **options)
        assert output.with_name("out.partial").read_bytes() == kept
    # What lies behind the lines that are done may differ: it has not been translated yet.
    other.write_text(source.read_text().replace("line 9 ", "line nine "))
    translate("run", [str(other)], output, **usual)
    assert b"LINE NINE " in output.read_bytes()


def test_a_record_that_is_missing_torn_or_tells_of_more_than_there_is(translator, source):
    output = source.parent / "out"
    record, partial = output.with_name("out.partial.json"), output.with_name("out.partial")
    stop(translator, source, output, LINES[8])
    told = record.read_text()
    for text, message in (
        (told[:50], "cannot be read"),
        ("[]", "cannot be read"),
        (told.replace('"format": 1', '"format": 2'), "another format than 1"),
        (json.dumps({"format": 1, "lines": 3}), "cannot be read"),
        (None, "nobody knows what this partial output was made from"),
    ):
        record.unlink() if text is None else record.write_text(text)
        with pytest.raises(DataError, match=message):
            translate("run", [str(source)], output, batch_lines=4, resume=True)
    record.write_text(told)
    os.truncate(partial, 20)
    with pytest.raises(DataError, match=r"shorter than its record — given .* of 20 bytes"):
        translate("run", [str(source)], output, batch_lines=4, resume=True)
    translate("run", [str(source)], output, batch_lines=4, force=True)
    assert output.read_bytes() == whole(source, "out")


def test_resume_without_a_partial_file_begins_and_a_whole_output_is_kept(translator, source):
    output = source.parent / "out"
    translate("run", [str(source)], output, batch_lines=4, resume=True)
    assert output.read_bytes() == whole(source, "out")
    with pytest.raises(DataError, match="output exists already"):
        translate("run", [str(source)], output, batch_lines=4, resume=True)


@pytest.mark.parametrize(("files", "output"), [(["-"], "out"), ([], "out"), (["in.txt"], None)])
def test_what_cannot_be_resumed(translator, source, files, output, monkeypatch):
    monkeypatch.chdir(source.parent)
    with pytest.raises(DataError, match="there is nothing to resume — given"):
        translate("run", files, output, resume=True)
