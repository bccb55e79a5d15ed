"""Lines of text files, plain or gzipped, with errors that name the file and the line."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from seq2seq.errors import DataError


def read_lines(path: Path) -> Iterator[str]:
    r"""The lines of a UTF-8 file (gunzipped if its name ends in .gz), one at a time, without their line ends.

    A line ends at "\n" alone, as in `wc -l` and every other tool that pairs files by line: U+2028, "\x0b" or U+0085
    stay inside a line (`str.splitlines` would cut there, and the two sides would no longer match). One "\r" before the
    line end goes with it, and so does a byte order mark at the file's start.

    Raises DataError for a file that cannot be read, a torn .gz, and invalid UTF-8.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                if number == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                yield _decoded(line.removesuffix(b"\n").removesuffix(b"\r"), path, number)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"a .gz file cannot be unpacked — given {path} ({error}) — write it again with gzip") from error
    except OSError as error:
        raise DataError(
            f"a text file cannot be read — given {path} ({error.strerror}) — give an existing, readable file"
        ) from error


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"a line is not valid UTF-8 — given {path}, line {number}, byte {error.start + 1} of the line "
            f"(0x{line[error.start]:02x}) — convert the file, for instance with `iconv -f LATIN1 -t UTF-8`"
        ) from error
