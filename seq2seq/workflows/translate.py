"""`seq2seq translate`: lines of files or of standard input → as many translated lines, in their order."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

from seq2seq.errors import DataError
from seq2seq.workflows.choose_forms import Forms, choose_forms, with_draws
from seq2seq.workflows.line_constraints import NO_CONSTRAINTS, LineConstraints, check_constraints
from seq2seq.workflows.line_formats import JsonLines
from seq2seq.workflows.line_input import STANDARD_INPUT, Line, are_files, check_inputs, read_windows, total_bytes
from seq2seq.workflows.line_output import check_output, open_output, partial_of
from seq2seq.workflows.line_progress import LineProgress
from seq2seq.workflows.line_range import LineRange, Shard, check_shard, count_lines
from seq2seq.workflows.line_report import Report
from seq2seq.workflows.members import Members
from seq2seq.workflows.partial_record import LineDigest, PartialRecord, check_done_lines
from seq2seq.workflows.risk import choosing
from seq2seq.workflows.run_or_export import check_search, identity, pinned, prepare_to_compute


def translate(
    run: str | Path | Members,
    files: Sequence[str] = (),
    output: str | Path | None = None,
    *,
    checkpoint: str = "best",
    threads: int | None = None,
    batch_lines: int | None = None,
    text_format: str | None = None,
    field: str = "text",
    translation_field: str = "translation",
    scores: bool = False,
    output_format: str | None = None,
    n_best: int | None = None,
    alignment: str | None = None,
    alignment_unit: Literal["words", "pieces"] | None = None,
    replace_invalid: bool = False,
    shard: str | None = None,
    resume: bool = False,
    force: bool = False,
    mbr: str | None = None,
    shortlist: str | Path | None = None,
    constraints: LineConstraints = NO_CONSTRAINTS,
    **search: Any,
) -> Report:
    """Translates lines with the model of a run; see `seq2seq translate --help`.

    Empty lines stay empty. A line that is longer than the model's limit is translated up to there and reported on
    standard error. Memory does not grow with the input.

    Args:
        run: the run folder, an export, the address of a model that is served, or several runs together.
        files: inputs in order, plain or .gz; none, or "-", is standard input.
        output: a file, packed if its name ends in .gz; None is standard output.
        checkpoint: "best", "last" or a checkpoint's name.
        threads: that compute, each a batch of its own; None as `threads.set_command_threads` has it.
        batch_lines: lines that are read, sorted by length and translated before the first of them is written; None
            leaves it to the translator.
        text_format: "lines" or "jsonl"; None goes by the files' names.
        field, translation_field: of JSON lines: what is translated, and the name that its translation gets.
        scores: each line becomes score, tab, translation; a JSON line gets the field `score`.
        output_format: "plain", "moses" (an n-best list), "pharaoh" (alignments alone) or "jsonl" (all that is known of
            a translation); None is "moses" with `n_best`, else what the input is. docs/output-forms.md has all forms.
        n_best: translations of each line that are written.
        alignment: "hard", or the least weight of a pair, from "0" to "1": which source words the words were made from.
        alignment_unit: "words", which None means, or "pieces".
        replace_invalid: bytes that are not UTF-8 become U+FFFD instead of an error.
        shard: "2/3" translates the second of three contiguous parts of the lines, which differ by one line at most; the
            outputs of all parts, one after the other, are the output of the whole.
        resume: goes on with a partial output that a kill, an error or Ctrl-C has left; the file becomes what it would
            have been. Where there is none, it is begun.
        force: an output file that exists is replaced.
        mbr: "chrf" or "bleu" chooses among the best of the search, or the draws, by expected utility (minimum Bayes
            risk).
        shortlist: a file of `seq2seq shortlist`; translations are made of the pieces that go with their source's.
        constraints: where what each translation must begin with, hold and not hold stands.
        search: settings of the configuration's section `search`, such as `beams`; what is not given is the run's.

    Raises:
        DataError: an input is missing, a line is not UTF-8 or not of its format, there is no such shard or shortlist,
            options of the output contradict each other, the partial output was begun with other settings, another input
            or model, or the output would destroy something.
        ConfigurationError: settings of the search make no sense.
        RunError, CheckpointError: the run cannot be loaded.
        TokenizerError: the shortlist is one of other pieces.
        ClientError: the server cannot be reached, or refuses; what was translated so far can be resumed.
    """
    check_inputs(files)
    _check_resume(resume, files, output, force=force)
    check_output(output, files, force=force, resume=resume)
    line_format, output_form = choose_forms(
        files,
        text_format,
        output_format=output_format,
        field=field,
        translation_field=translation_field,
        scores=scores,
        n_best=n_best,
        alignment=alignment,
        alignment_unit=alignment_unit,
    )
    constraints.check(files, json_lines=isinstance(line_format, JsonLines))
    candidates = None
    if shortlist is not None:
        from seq2seq.text.shortlist import Shortlist

        candidates = Shortlist.load(shortlist)
    lines = LineRange()
    if shard is not None:
        part = Shard.parse(shard)
        check_shard(files)
        lines = part.lines(count_lines(files))
    run, checkpoint = pinned(run, checkpoint)
    chosen = check_search(run, checkpoint, search)
    if chosen is not None and mbr is None:
        line_format, output_form = with_draws(Forms(line_format, output_form), chosen.samples)
    prepare_to_compute(run, threads)
    from seq2seq.translator.text_translator import BATCH_LINES
    from seq2seq.workflows.load import load

    standard_input = io.BytesIO() if sys.stdin is None else sys.stdin.buffer
    batch_lines = batch_lines or BATCH_LINES
    windows = read_windows(
        files,
        standard_input,
        window_lines=batch_lines,
        replace_invalid=replace_invalid,
        check=line_format.text,
        start=lines.start,
        stop=lines.stop,
    )
    digest = LineDigest()
    record = None
    if output is not None and is_resumable(files, output):
        settings = {
            "model": identity(run, checkpoint),
            "search": {**search, **constraints.settings(), "mbr": mbr},
            "shortlist": None if candidates is None else candidates.fingerprint,
            "batch_lines": batch_lines,
            "format": repr(line_format),
            "output_format": repr(output_form),
            "lines": list(lines),
        }
        record = _begin_or_resume(Path(output), settings, windows, digest, resume=resume)

    translator = choosing(load(run, checkpoint), mbr)
    options = {**search, **output_form.asks}
    if candidates is not None:
        options["shortlist"] = candidates
    if options or constraints:
        translator.check([], [] if constraints else None, **options)
    known = are_files(files)  # they can be read twice
    if known and (checked := constraints.read(lines.start)):
        for window in read_windows(
            files,
            standard_input,
            window_lines=batch_lines,
            replace_invalid=replace_invalid,
            start=lines.start,
            stop=lines.stop,
        ):
            texts = [line_format.text(line) for line in window]
            check_constraints(translator, window, texts, checked.window(window), options)
    report = Report.from_dictionary(record.report) if record and record.report else Report()
    reader = constraints.read(lines.start)
    if record:
        record.write()
        if reader:
            reader.skip(record.lines)
    try:
        with (
            open_output(output, keep_bytes=record.bytes if record else 0) as stream,
            _progress(files, output, lines) as progress,
        ):
            for window in windows:
                texts = [line_format.text(line) for line in window]
                asked = options
                if reader:
                    asked = {**options, "constraints": reader.window(window)}
                    if not known:
                        check_constraints(translator, window, texts, asked["constraints"], options)
                with progress.window(window) as advance:
                    translations = translator.translate(texts, **asked, advance=advance)
                written = []
                for line, text, translation in zip(window, texts, translations, strict=True):
                    written += output_form.lines(lines.start + report.lines, line, text, translation)
                    report.add(line, translation)
                stream.write(written)
                # A shorter window is the last one, or the last before an error: a job that was not stopped there would
                # have had a whole one, so it is to be translated again.
                if record and len(window) == batch_lines:
                    record.bytes, record.lines, record.digest = stream.sync(), report.lines, digest.add(window)
                    record.report = report.to_dictionary()
                    record.write()
            if reader and not known:
                reader.check_ended()
        if record:
            record.forget()
    finally:
        for warning in report.warnings(search.get("maximum_source_pieces") or translator.maximum_source_pieces):
            print(warning, file=sys.stderr)
    return report


def is_resumable(files: Sequence[str], output: str | Path | None) -> bool:
    """Whether a stopped translation can be continued: from files, which can be read again, into a file."""
    if output is None or not files or STANDARD_INPUT in files:
        return False
    return not Path(output).exists() or Path(output).is_file()


def _check_resume(resume: bool, files: Sequence[str], output: str | Path | None, *, force: bool) -> None:
    if resume and force:
        raise DataError("--resume and --force contradict each other — given both — give one of them")
    if resume and not is_resumable(files, output):
        given = "standard input" if output is not None and (not files or STANDARD_INPUT in files) else "no output file"
        raise DataError(
            f"there is nothing to resume — given {given} — --resume goes on with a partial file, made from files with "
            "--output"
        )


def _begin_or_resume(
    output: Path, settings: dict[str, Any], windows: Iterator[list[Line]], digest: LineDigest, *, resume: bool
) -> PartialRecord:
    """The record of the output, new or of its partial file; `windows` and `digest` are then past what is done."""
    if not resume or not partial_of(output).exists():
        return PartialRecord(output, settings)
    record = PartialRecord.load(output, settings)
    lines, found = 0, record.digest if not record.lines else ""
    while lines < record.lines and (window := next(windows, None)):
        lines += len(window)
        found = digest.add(window)
    check_done_lines(record, lines, found)
    print(f"resumed: {record.lines:,} lines were done", file=sys.stderr)
    return record


def _progress(
    files: Sequence[str], output: str | Path | None, lines: LineRange
) -> AbstractContextManager[LineProgress]:
    """A progress bar where a person sees it and no translations run through it; else nothing is shown.

    A shard has no bar, only its count of lines and their rate, since the bytes are those of the whole.
    """
    seen = sys.stderr.isatty() and (output is not None or not sys.stdout.isatty())
    return LineProgress(total_bytes(files) if lines.stop is None else None, shown=seen)
