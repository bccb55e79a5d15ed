"""What a half-written output was made from, so that `seq2seq translate --resume` can go on with it.

Beside `NAME.partial` lies `NAME.partial.json`. It is written anew after each window of lines, when the lines are safe
on the disk: whatever kills the process, the record tells of no more than is there. What the partial file holds beyond
the record, a window that was being written, is cut off and translated again. So a resumed job has the windows, and with
them the batches, of one that was never stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seq2seq.errors import DataError
from seq2seq.plain_json import to_json
from seq2seq.training.safe_files import write_text
from seq2seq.workflows.line_input import Line
from seq2seq.workflows.line_output import partial_of

_FORMAT = 1
_BEGIN_ANEW = "resume with what it was begun with, or begin anew with --force"


@dataclass
class PartialRecord:
    """The windows that a partial file holds.

    Attributes:
        output: the file that it becomes.
        settings: the model and all options that a translation depends on; values that JSON holds as they are.
        lines: of the input, that are done.
        bytes: of the partial file, that hold their translations.
        digest: SHA-256 of the input lines that are done, as text, a line feed after each.
        report: what these lines met, as `Report.to_dictionary` gives it.
    """

    output: Path
    settings: dict[str, Any]
    lines: int = 0
    bytes: int = 0
    digest: str = ""
    report: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, output: Path, settings: dict[str, Any]) -> PartialRecord:
        """The record of the output's partial file.

        Raises:
            DataError: there is none, it was begun with other settings than these, or the partial file is shorter than
                the record says.
        """
        partial, path = partial_of(output), record_of(output)
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            if known.pop("format") != _FORMAT:
                raise ValueError(f"another format than {_FORMAT}")
            record = cls(output, **known)
            different = [name for name in settings if record.settings.get(name) != settings[name]]
        except FileNotFoundError:
            raise DataError(
                f"nobody knows what this partial output was made from — given {partial} without {path.name} — "
                "begin anew with --force"
            ) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f"the record of a partial output cannot be read — given {path} ({error}) — begin anew with --force"
            ) from None
        if different:
            name = different[0]
            raise DataError(
                f"the partial output was begun with another {name} — given {_shown(settings[name])}, {partial} was "
                f"begun with {_shown(record.settings.get(name))} — {_BEGIN_ANEW}"
            )
        if partial.stat().st_size < record.bytes:
            raise DataError(
                f"the partial output is shorter than its record — given {partial} of {partial.stat().st_size} bytes, "
                f"of which {record.bytes} were written — begin anew with --force"
            )
        return record

    def write(self) -> None:
        """Replaces the record in one step."""
        told = {"format": _FORMAT, **{name: value for name, value in vars(self).items() if name != "output"}}
        write_text(record_of(self.output), to_json(told, indent=2) + "\n")

    def forget(self) -> None:
        """Removes the record of an output that is whole."""
        record_of(self.output).unlink(missing_ok=True)


class LineDigest:
    """SHA-256 of lines of input, going on from one window to the next."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, window: Iterable[Line]) -> str:
        """The digest of all lines so far, these included."""
        for line in window:
            self._hash.update(line.text.encode() + b"\n")
        return self._hash.hexdigest()


def record_of(output: Path) -> Path:
    """Where the record of an output's partial file lies."""
    partial = partial_of(output)
    return partial.with_name(partial.name + ".json")


def check_done_lines(record: PartialRecord, lines: int, digest: str) -> None:
    """Raises DataError unless these `lines` of input with this `digest` are those that the record tells of."""
    if lines == record.lines and digest == record.digest:
        return
    raise DataError(
        f"the partial output was begun with another input — given lines that differ within the first {record.lines:,}, "
        f"whose translations are in {partial_of(record.output)} — {_BEGIN_ANEW}"
    )


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
