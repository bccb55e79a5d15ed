"""Which reader a file's name asks for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from seq2seq.documents.document import Document, Options
from seq2seq.errors import DataError

# suffix -> module here, its reader, and whether that takes options
_READERS = {
    ".po": ("po", "read_po", True),
    ".pot": ("po", "read_po", True),
    ".docx": ("word", "read_word", False),
    ".md": ("markdown", "read_markdown", False),
    ".markdown": ("markdown", "read_markdown", False),
    ".srt": ("subtitles", "read_subtitles", False),
    ".html": ("web_page", "read_web_page", False),
    ".htm": ("web_page", "read_web_page", False),
    ".tmx": ("tmx", "read_tmx", True),
    ".xlf": ("xliff", "read_xliff", True),
    ".xliff": ("xliff", "read_xliff", True),
}
SUFFIXES = tuple(_READERS)


def is_document(name: str) -> bool:
    """Whether a file's name is that of a document of ours, and not of lines of text."""
    return Path(name).suffix.lower() in _READERS


def find_reader(name: str) -> Callable[[bytes, str, Options], Document]:
    """The function that makes a document of bytes, for a file of this name.

    Raises:
        DataError: a package that the format needs is not installed.
    """
    suffix = Path(name).suffix.lower()
    module, function, takes_options = _READERS[suffix]
    try:
        read = getattr(import_module(f"seq2seq.documents.{module}"), function)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("seq2seq"):
            raise
        raise DataError(
            f"{suffix} files need a package that is not installed — given {name}, without {error.name!r} — install it "
            "with: pip install 'seq2seq[documents]'"
        ) from None
    return read if takes_options else lambda data, shown, options: read(data, shown)
