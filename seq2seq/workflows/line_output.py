"""Where translated lines go: standard output, or a file that appears under its name only when it is whole."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from seq2seq.errors import DataError


def check_output(output: str | Path | None, inputs: Sequence[str], *, force: bool) -> None:
    """Refuses an output that would destroy something or cannot be written, before any work.

    Raises:
        DataError: the output, or the partial file before it, is one of the inputs, exists (unless `force`) or cannot be
            written; the output is a folder, or lies in no folder.
    """
    if output is None:
        return
    path = Path(output)
    if path.is_dir():
        raise DataError(f"output is a folder — given {str(output)!r} — give the name of a file in it")
    if not path.parent.is_dir():
        raise DataError(f"output folder does not exist — given {str(output)!r} — create {str(path.parent)!r} first")
    for written in (path, partial_of(path)):
        if not written.exists():
            continue
        for name in inputs:
            if Path(name).exists() and written.samefile(name):
                raise DataError(
                    f"output is one of the inputs — given {str(output)!r}, which writes {written} — choose another name"
                )
        if written.is_file() and not force:
            raise DataError(
                f"output exists already — given {str(output)!r}, which writes {written} — choose another name, or use "
                "--force"
            )
    if path.exists() and not path.is_file():
        return
    if not os.access(path.parent, os.W_OK):
        raise DataError(f"output cannot be written — given {str(output)!r} — choose a folder that you may write to")


def partial_of(path: Path) -> Path:
    """Where an output is written until it is whole."""
    return path.with_name(path.name + ".partial")


@contextmanager
def open_output(output: str | Path | None) -> Iterator[TextIO]:
    """A text stream for lines: standard output for None, else a file, packed if its name ends in .gz.

    A file is written as `NAME.partial` and renamed when the block ends well. After an error or Ctrl-C the partial file
    stays, with every line that was finished, and standard error names it.
    """
    if output is None:
        # Line feeds only and UTF-8, whatever the locale says.
        stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
        try:
            yield stream
        finally:
            stream.detach()  # flushes, and leaves standard output open
        return
    path = Path(output)
    if path.exists() and not path.is_file():  # /dev/null, a named pipe: nothing to put aside
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    partial = partial_of(path)
    try:
        with partial.open("wb") as raw, _packed(raw, path.suffix == ".gz") as file:
            yield file
    except BaseException:
        if partial.exists():
            print(f"unfinished: what was translated so far is in {partial}", file=sys.stderr)
        raise
    os.replace(partial, path)


@contextmanager
def _packed(raw: BinaryIO, pack: bool) -> Iterator[TextIO]:
    """A text stream over `raw`, through gzip if asked. No time stamp is packed: the same lines give the same file."""
    if not pack:
        with io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as text:
            yield text
        return
    with (
        gzip.GzipFile(fileobj=raw, filename="", mode="wb", mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text,
    ):
        yield text
