"""`seq2seq translate`: lines of files or of standard input → as many translated lines, in their order."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.errors import DataError
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.workflows.line_input import STANDARD_INPUT, Line, check_inputs, read_windows, total_bytes
from seq2seq.workflows.line_output import check_output, open_output
from seq2seq.workflows.line_progress import LineProgress
from seq2seq.workflows.line_range import LineRange, Shard, check_shard, count_lines

if TYPE_CHECKING:
    from seq2seq.translator import Translation

_PLACES_SHOWN = 5


@dataclass
class Places:
    """How many lines something happened to, and where the first of them stood."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.count += 1
        if len(self.first) < _PLACES_SHOWN:
            self.first.append(f"{line.file} line {line.number}")

    def __str__(self) -> str:
        more = self.count - len(self.first)
        return ", ".join(self.first) + (f" and {more:,} more" if more else "")


@dataclass
class Report:
    """What a translation of lines met on its way."""

    lines: int = 0
    cut: Places = field(default_factory=Places)  # longer than the model's limit
    unfinished: Places = field(default_factory=Places)  # the translation reached its greatest length
    replaced: Places = field(default_factory=Places)  # not UTF-8

    def add(self, line: Line, translation: Translation) -> None:
        """One more line, with its translation."""
        self.lines += 1
        if translation.source_truncated:
            self.cut.add(line)
        if translation.target_truncated:
            self.unfinished.add(line)
        if line.replaced:
            self.replaced.add(line)

    def warnings(self, maximum_pieces: int) -> list[str]:
        """One line for each kind of trouble, with its count and its first places."""
        found = []
        if self.cut.count:
            found.append(
                f"warning: {_lines(self.cut.count)} longer than the limit of {maximum_pieces} pieces, translated up to "
                f"there: {self.cut} — split long lines, or raise search.maximum_source_pieces of the run"
            )
        if self.unfinished.count:
            found.append(
                f"warning: {_lines(self.unfinished.count)} whose translation was stopped at its greatest length: "
                f"{self.unfinished}"
            )
        if self.replaced.count:
            found.append(
                f"warning: {_lines(self.replaced.count)} with bytes that are not UTF-8, replaced: {self.replaced}"
            )
        return found


def translate(
    run: str | Path,
    files: Sequence[str] = (),
    output: str | Path | None = None,
    *,
    checkpoint: str = "best",
    beams: int | None = None,
    length_penalty: float | None = None,
    batch_lines: int | None = None,
    scores: bool = False,
    replace_invalid: bool = False,
    shard: str | None = None,
    force: bool = False,
) -> Report:
    """Translates lines with the model of a run; see `seq2seq translate --help`.

    Empty lines stay empty. A line that is longer than the model's limit is translated up to there and reported on
    standard error. Memory does not grow with the input.

    Args:
        run: the run folder, or an export.
        files: inputs in order, plain or .gz; none, or "-", is standard input.
        output: a file, packed if its name ends in .gz; None is standard output.
        checkpoint: "best", "last" or a checkpoint's name.
        beams, length_penalty: None takes the run's.
        batch_lines: lines that are read, sorted by length and translated before the first of them is written; None
            leaves it to the translator.
        scores: each line becomes score, tab, translation.
        replace_invalid: bytes that are not UTF-8 become U+FFFD instead of an error.
        shard: "2/3" translates the second of three contiguous parts of the lines, which differ by one line at most; the
            outputs of all parts, one after the other, are the output of the whole.
        force: an output file that exists is replaced.

    Raises:
        DataError: an input is missing, is not UTF-8, there is no such shard, or the output would destroy something.
        RunError, CheckpointError: the run cannot be loaded.
    """
    check_inputs(files)
    check_output(output, files, force=force)
    if sys.stdin is None and (not files or STANDARD_INPUT in files):
        raise DataError("standard input is closed — given no file — name the files to translate")
    lines = LineRange()
    if shard is not None:
        part = Shard.parse(shard)
        check_shard(files)
        lines = part.lines(count_lines(files))
    import_tensorflow_quietly()
    from seq2seq.translator.text_translator import BATCH_LINES
    from seq2seq.workflows.load import load

    translator = load(run, checkpoint)
    report = Report()
    standard_input = io.BytesIO() if sys.stdin is None else sys.stdin.buffer
    windows = read_windows(
        files,
        standard_input,
        window_lines=batch_lines or BATCH_LINES,
        replace_invalid=replace_invalid,
        start=lines.start,
        stop=lines.stop,
    )
    try:
        with open_output(output) as stream, _progress(files, output, lines) as progress:
            for window in windows:
                with progress.window(window) as advance:
                    translations = translator.translate(
                        [line.text for line in window], beams=beams, length_penalty=length_penalty, advance=advance
                    )
                for line, translation in zip(window, translations, strict=True):
                    text = one_line(translation.text)
                    stream.write(f"{translation.score:.4f}\t{text}\n" if scores else f"{text}\n")
                    report.add(line, translation)
                stream.flush()
    finally:
        for warning in report.warnings(translator.maximum_source_pieces):
            print(warning, file=sys.stderr)
    return report


def _progress(
    files: Sequence[str], output: str | Path | None, lines: LineRange
) -> AbstractContextManager[LineProgress]:
    """A progress bar where a person sees it and no translations run through it; else nothing is shown.

    A shard has no bar, only its count of lines and their rate, since the bytes are those of the whole.
    """
    seen = sys.stderr.isatty() and (output is not None or not sys.stdout.isatty())
    return LineProgress(total_bytes(files) if lines.stop is None else None, shown=seen)


def one_line(text: str) -> str:
    """The text on one line: a model with byte fallback can produce line ends, which would break the count."""
    return text.replace("\r", " ").replace("\n", " ")


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
