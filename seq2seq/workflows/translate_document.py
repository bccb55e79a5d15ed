"""`seq2seq translate` on a document: its text is translated, everything else stays."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq.client.translator import is_address
from seq2seq.documents import Kept, Options, find_reader, is_document, translate_segments
from seq2seq.errors import DataError
from seq2seq.plain_json import to_json
from seq2seq.workflows.line_input import check_inputs
from seq2seq.workflows.line_output import check_output, write_at_once
from seq2seq.workflows.line_progress import LineProgress
from seq2seq.workflows.members import Members
from seq2seq.workflows.risk import choosing
from seq2seq.workflows.run_or_export import check_search, languages_of, pinned, prepare_to_compute

if TYPE_CHECKING:
    from seq2seq.translator import Translation

_PLACES_SHOWN = 20


@dataclass(frozen=True)
class DocumentReport:
    """How many segments were translated, and what was left as it was."""

    translated: int
    kept: list[Kept]

    def lines(self) -> list[str]:
        """One line with the counts, and one for each reason, with places."""
        found = [f"{self.translated:,} segments translated, {len(self.kept):,} units left as they were"]
        for reason in dict.fromkeys(kept.reason for kept in self.kept):
            places = [kept.place for kept in self.kept if kept.reason == reason]
            more = len(places) - _PLACES_SHOWN
            shown = ", ".join(places[:_PLACES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
            found.append(f"left, {reason}: {len(places):,} ({shown})")
        return found


def translate_document(
    run: str | Path | Members,
    file: str,
    output: str | Path,
    *,
    checkpoint: str = "best",
    threads: int | None = None,
    retranslate: bool = False,
    report: str | Path | None = None,
    force: bool = False,
    mbr: str | None = None,
    shortlist: str | Path | None = None,
    **search: Any,
) -> DocumentReport:
    """Translates the text of a document with the model of a run; the format goes by the file's name.

    What cannot be translated safely is left as it was; standard error tells how much that is, why and where.

    Args:
        run: the run folder, an export, the address of a model of `seq2seq serve`, or several runs together.
        file: the document.
        output: where the translated one goes, of the same format; written aside and moved into place.
        checkpoint, threads, mbr, shortlist, search: as in `translate`.
        retranslate: units that have a translation are translated again.
        report: a JSON file for all that was left as it was.
        force: outputs that exist are replaced.

    Raises:
        DataError: the document or the shortlist cannot be read, a package is missing, or the output would destroy
            something.
        RunError, CheckpointError: the run cannot be loaded.
        TokenizerError: the shortlist is one of other pieces.
    """
    check_inputs([file])
    for written in (output, report):
        check_output(written, [file], force=force, at_once=True)
    if report is not None and Path(report).resolve() == Path(output).resolve():
        raise DataError(f"report and output are one file — given {str(report)!r} twice — choose another name for one")
    if Path(output).suffix.lower() != Path(file).suffix.lower():
        raise DataError(
            f"a document stays of its format — given {file} and --output {output} — give the output the suffix "
            f"{Path(file).suffix}"
        )
    read = find_reader(file)
    run, checkpoint = pinned(run, checkpoint)
    options = Options(*languages_of(run, checkpoint), retranslate)
    document = read(Path(file).read_bytes(), file, options)

    check_search(run, checkpoint, search)
    if shortlist is not None:
        from seq2seq.text.shortlist import Shortlist

        search["shortlist"] = Shortlist.load(shortlist)
    served = is_address(run)
    prepare_to_compute(run, threads)
    from seq2seq.workflows.load import load

    translator = choosing(load(run, checkpoint), mbr)
    seen = sys.stderr.isatty()
    with LineProgress(None, shown=seen) as progress:

        def translate(texts: Sequence[str], attention: bool) -> Sequence[Translation]:
            with progress.count(len(texts)) as advance:
                # A server tells only with the attention whether a translation was stopped at its greatest length.
                return translator.translate(texts, attention=attention or served, advance=advance, **search)

        translate_segments(document.segments, translate)
    data = document.write()
    done = DocumentReport(sum(segment.translation is not None for segment in document.segments), document.all_kept())
    if report is not None:
        kept = [unit._asdict() for unit in done.kept]
        write_at_once(Path(report), (to_json({"translated": done.translated, "kept": kept}, indent=2) + "\n").encode())
    write_at_once(Path(output), data)
    for line in done.lines():
        print(line, file=sys.stderr)
    return done


def check_kind(
    files: Sequence[str], output: str | None, *, of_lines: Mapping[str, object], of_documents: Mapping[str, object]
) -> bool:
    """Whether a document is to be translated, and not lines.

    Args:
        files, output: as in `translate`.
        of_lines, of_documents: options that the other has no use for, by the names of their arguments; None and False
            are not given.

    Raises:
        DataError: it is one among several files, has no output, or options of the other kind were given.
    """
    if not any(is_document(name) for name in files):
        check_lines(**of_documents)
        return False
    if len(files) > 1:
        raise DataError(f"documents are translated one by one — given {', '.join(files)} — give one file")
    if output is None:
        raise DataError(f"a document needs an output file — given {files[0]} without --output — name one")
    if name := _first_given(of_lines):
        raise DataError(f"--{name} is for lines — given with the document {files[0]} — leave it out")
    return True


def check_lines(**of_documents: object) -> None:
    """Raises DataError if options of documents were given where lines are translated."""
    if name := _first_given(of_documents):
        raise DataError(f"--{name} is for documents — given with lines of text — leave it out")


def _first_given(options: Mapping[str, object]) -> str | None:
    return next((name.replace("_", "-") for name, given in options.items() if given not in (None, False)), None)
