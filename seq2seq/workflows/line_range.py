"""Which lines of the inputs one of several jobs translates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seq2seq.data.lines import read_raw_lines
from seq2seq.errors import DataError
from seq2seq.workflows.line_input import STANDARD_INPUT


class LineRange(NamedTuple):
    """Lines `start` .. `stop` - 1 of all inputs together, counted from 0; a `stop` of None is the end."""

    start: int = 0
    stop: int | None = None


class Shard(NamedTuple):
    """One of `count` contiguous parts of the lines; the first has `number` 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """`2/3` -> Shard(2, 3).

        Raises:
            DataError: it is not of this form, or there is no such part.
        """
        match = re.fullmatch(r"(\d+)/(\d+)", text.strip(), re.ASCII)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise DataError(f"no such shard — given --shard {text} — give NUMBER/COUNT, from 1/COUNT to COUNT/COUNT")
        return cls(int(match[1]), int(match[2]))

    def lines(self, total: int) -> LineRange:
        """Its lines of `total`: parts differ by one line at most, and follow each other without gap.

        10 lines in 3 parts -> 0-3, 3-6, 6-10
        """
        return LineRange((self.number - 1) * total // self.count, self.number * total // self.count)


def check_shard(files: Sequence[str]) -> None:
    """Raises DataError if the lines cannot be counted before they are translated."""
    if not files or STANDARD_INPUT in files:
        raise DataError(
            "standard input cannot be translated in shards — given --shard with standard input, whose lines are not "
            "known beforehand — name files"
        )


def count_lines(files: Sequence[str]) -> int:
    """The lines of all files together, as `read_windows` gives them.

    Raises:
        DataError: a file cannot be read, or a .gz is damaged.
    """
    return sum(1 for name in files for _ in read_raw_lines(Path(name)))
