"""Many texts in requests of a bearable size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Row = TypeVar("Row")


def chunks(rows: Iterable[Row], most_rows: int, most_bytes: int, size: Callable[[Row], int]) -> Iterator[list[Row]]:
    """The rows in lists of at most `most_rows` and about `most_bytes`; a row that is larger has its own."""
    chunk: list[Row] = []
    total = 0
    for row in rows:
        bytes_ = size(row)
        if chunk and (len(chunk) == most_rows or total + bytes_ > most_bytes):
            yield chunk
            chunk, total = [], 0
        chunk.append(row)
        total += bytes_
    if chunk:
        yield chunk
