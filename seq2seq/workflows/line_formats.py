"""What an input line of `seq2seq translate` holds: text, or a JSON object of which one field is text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from seq2seq.errors import DataError, nearest_name
from seq2seq.workflows.line_input import STANDARD_INPUT, Line

_JSON_SUFFIXES = (".jsonl", ".ndjson")


class LineFormat(Protocol):
    """How a text is taken from a line."""

    def text(self, line: Line) -> str:
        """What is to be translated. Raises DataError for a line that is not of the format."""


@dataclass(frozen=True)
class PlainLines:
    """A line is a text."""

    def text(self, line: Line) -> str:
        return line.text


@dataclass(frozen=True)
class JsonLines:
    """A line is a JSON object.

    Args:
        field: which holds the text.
        added: the fields that the output adds to it; it may not have them.
    """

    field: str = "text"
    added: tuple[str, ...] = ()

    def text(self, line: Line) -> str:
        value = self._object(line)
        if self.field not in value:
            raise DataError(
                f"{_place(line)}: no field {self.field!r} — given an object with {len(value)} fields — "
                f"{nearest_name(self.field, value) if value else 'add it'}, or choose another one with --field"
            )
        for number, name in enumerate(self.added):
            if name in value:
                raise DataError(
                    f"{_place(line)}: the field {name!r} exists already — given {json.dumps(value[name])[:40]} — "
                    + ("rename it" if number else "choose another name with --translation-field")
                )
        text = value[self.field]
        if not isinstance(text, str):
            raise DataError(f"{_place(line)}: field {self.field!r} is no string — given {json.dumps(text)[:40]}")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"{_place(line)}: field {self.field!r} is no Unicode text — given half a surrogate pair, "
                f"\\u{ord(text[error.start]):04x} — write both halves"
            ) from None
        return text

    def _object(self, line: Line) -> dict[str, Any]:
        try:
            value = json.loads(line.text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{_place(line)}: not JSON — given {line.text[:40]!r} ({error}) — give one JSON object a line"
            ) from None
        if not isinstance(value, dict):
            raise DataError(f"{_place(line)}: no JSON object — given {line.text[:40]!r} — give one JSON object a line")
        return value


def is_json_lines(files: Sequence[str], text_format: str | None) -> bool:
    """Whether the lines are JSON: as was asked for, "lines" or "jsonl", or for None by the names, as in news.jsonl.gz.

    Raises:
        DataError: some files are JSON lines by their names and others are not.
    """
    if text_format is not None:
        return text_format == "jsonl"
    kinds = {name: name != STANDARD_INPUT and _suffix(name) in _JSON_SUFFIXES for name in files}
    if len(set(kinds.values())) > 1:
        json_lines, plain = (next(name for name, is_json in kinds.items() if is_json is kind) for kind in (True, False))
        raise DataError(
            f"files of different formats cannot be one stream — given {json_lines} and {plain} — translate them apart, "
            "or choose with --format"
        )
    return any(kinds.values())


def one_line(text: str) -> str:
    """The text on one line: a model with byte fallback can produce line ends, which would break the count."""
    return text.replace("\r", " ").replace("\n", " ")


def _suffix(name: str) -> str:
    return Path(name.removesuffix(".gz")).suffix.lower()


def _place(line: Line) -> str:
    return f"{line.file}, line {line.number}"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
