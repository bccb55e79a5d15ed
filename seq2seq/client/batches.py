"""Many texts in requests of a bearable size, several under way at once, answers in the order of the texts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Row = TypeVar("Row")
Answer = TypeVar("Answer")


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


def in_order(
    chunked: Iterable[Sequence[Row]], ask: Callable[[Sequence[Row]], Sequence[Answer]], concurrency: int
) -> Iterator[Answer]:
    """The answers of all chunks, in their order; `concurrency` requests are under way at once, so any number of rows
    takes the memory of a few. Once one has failed no new one is sent, and its error is raised when its turn comes."""
    pending: deque[Future[Sequence[Any]]] = deque()
    executor = ThreadPoolExecutor(concurrency, thread_name_prefix="seq2seq-client")
    try:
        for chunk in chunked:
            if len(pending) == concurrency:
                yield from pending.popleft().result()
            if any(each.done() and each.exception() is not None for each in pending):
                break
            pending.append(executor.submit(ask, chunk))
        while pending:
            yield from pending.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)
