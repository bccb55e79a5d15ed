"""What a line of `seq2seq translate` holds: text, or a JSON object of which one field is text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from seq2seq.errors import DataError, nearest_name
from seq2seq.workflows.line_input import STANDARD_INPUT, Line

if TYPE_CHECKING:
    from seq2seq.translator import Translation

SCORE_FIELD = "score"
_JSON_SUFFIXES = (".jsonl", ".ndjson")


class LineFormat(Protocol):
    """How a text is taken from a line, and how its translation becomes a line."""

    def text(self, line: Line) -> str:
        """What is to be translated. Raises DataError for a line that is not of the format."""

    def line(self, line: Line, translation: Translation) -> str:
        """What is written for this line, without a line end."""


@dataclass(frozen=True)
class PlainLines:
    """A line is a text; with `scores`, its translation follows score and tab."""

    scores: bool = False

    def text(self, line: Line) -> str:
        return line.text

    def line(self, line: Line, translation: Translation) -> str:
        text = one_line(translation.text)
        return f"{translation.score:.4f}\t{text}" if self.scores else text


@dataclass(frozen=True)
class JsonLines:
    """A line is a JSON object; the translation is added to it as its last field, with `scores` before one more.

    The object is kept as it was written, character by character: order, spaces, numbers of any length, escapes.
    """

    field: str = "text"
    translation_field: str = "translation"
    scores: bool = False

    def __post_init__(self) -> None:
        added = [self.translation_field, *([SCORE_FIELD] if self.scores else [])]
        if len({self.field, *added}) <= len(added):
            raise DataError(
                f"fields of JSON lines need different names — given {self.field!r} in, "
                f"{' and '.join(map(repr, added))} out — choose others with --field and --translation-field"
            )

    def text(self, line: Line) -> str:
        value = self._object(line)
        if self.field not in value:
            raise DataError(
                f"{_place(line)}: no field {self.field!r} — given an object with {len(value)} fields — "
                f"{nearest_name(self.field, value) if value else 'add it'}, or choose another one with --field"
            )
        for name in (self.translation_field, *([SCORE_FIELD] if self.scores else [])):
            if name in value:
                raise DataError(
                    f"{_place(line)}: the field {name!r} exists already — given {json.dumps(value[name])[:40]} — "
                    + ("choose another name with --translation-field" if name != SCORE_FIELD else "rename it")
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

    def line(self, line: Line, translation: Translation) -> str:
        added: dict[str, Any] = {self.translation_field: translation.text}
        if self.scores:
            added[SCORE_FIELD] = round(translation.score, 4)
        # The object has one field at least, the text, so a comma belongs between.
        return line.text.rstrip()[:-1].rstrip() + ", " + json.dumps(added, ensure_ascii=False)[1:]

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


def choose_line_format(
    files: Sequence[str], text_format: str | None, field: str, translation_field: str, *, scores: bool
) -> LineFormat:
    """The format that was asked for, "lines" or "jsonl", or for None the one of the files' names, as in news.jsonl.gz.

    Raises:
        DataError: some files are JSON lines by their names and others are not, or fields have the same name.
    """
    kinds = {name: name != STANDARD_INPUT and _suffix(name) in _JSON_SUFFIXES for name in files}
    if text_format is None and len(set(kinds.values())) > 1:
        json_lines, plain = (next(name for name, is_json in kinds.items() if is_json is kind) for kind in (True, False))
        raise DataError(
            f"files of different formats cannot be one stream — given {json_lines} and {plain} — translate them apart, "
            "or choose with --format"
        )
    if text_format == "jsonl" or (text_format is None and any(kinds.values())):
        return JsonLines(field, translation_field, scores)
    return PlainLines(scores)


def one_line(text: str) -> str:
    """The text on one line: a model with byte fallback can produce line ends, which would break the count."""
    return text.replace("\r", " ").replace("\n", " ")


def _suffix(name: str) -> str:
    return Path(name.removesuffix(".gz")).suffix.lower()


def _place(line: Line) -> str:
    return f"{line.file}, line {line.number}"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
