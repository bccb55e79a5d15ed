"""Lines of text, plain or gzipped: where one ends, how it is decoded, and errors that name the file and the line."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from seq2seq.errors import DataError

CONVERT = "convert the file, for instance with `iconv -f LATIN1 -t UTF-8`"


def read_lines(path: Path) -> Iterator[str]:
    r"""The lines of a UTF-8 file (gunzipped if its name ends in .gz), one at a time, without their line ends.

    A line ends at "\n" alone, as in `wc -l` and every other tool that pairs files by line: U+2028, "\x0b" or U+0085
    stay inside a line (`str.splitlines` would cut there, and the two sides would no longer match). One "\r" before the
    line end goes with it, and so does a byte order mark at the file's start.

    Raises DataError for a file that cannot be read, a damaged .gz, and invalid UTF-8.
    """
    for number, (raw, _) in enumerate(read_raw_lines(path), start=1):
        yield decode_line(raw, str(path), number)[0]


def read_raw_lines(path: Path) -> Iterator[tuple[bytes, int]]:
    """The lines of a file as bytes, line ends included, and how many bytes of it, as it lies on disk, were read so far.

    Raises DataError for a file that cannot be read, and for a damaged .gz after its whole lines.
    """
    packed = path.suffix == ".gz"
    lines_read = position = 0
    try:
        with path.open("rb") as file, gzip.GzipFile(fileobj=file) if packed else nullcontext(file) as lines:
            for raw in lines:
                position = file.tell() if packed else position + len(raw)
                yield raw, position
                lines_read += 1
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path}: damaged .gz file — given {error} after line {lines_read} — unpack or fetch it again"
        ) from error
    except OSError as error:
        raise DataError(
            f"a text file cannot be read — given {path} ({error.strerror or error}) — give an existing, readable file"
        ) from error


def decode_line(
    raw: bytes, file: str, number: int, *, replace_invalid: bool = False, advice: str = CONVERT
) -> tuple[str, bool]:
    """The text of a line without its end, and whether bytes in it had to be replaced.

    Args:
        raw: the line's bytes, with or without a line end.
        file: the name of what it stands in, for the error.
        number: of the line there, from 1; the first may begin with a byte order mark.
        replace_invalid: bytes that are not UTF-8 become U+FFFD instead of an error.
        advice: the end of the error.

    Raises:
        DataError: the line is not UTF-8.
    """
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    if number == 1:
        raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError as error:
        if replace_invalid:
            return raw.decode("utf-8", errors="replace"), True
        raise DataError(
            f"{file}, line {number}: not UTF-8 text — given byte {raw[error.start]:#04x} at byte {error.start + 1} of "
            f"the line — {advice}"
        ) from None
