"""How far a translation of lines is: lines, lines/s and time left, on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from seq2seq.workflows.line_input import Line


class LineProgress:
    """A progress bar over the bytes of the inputs, since nobody knows how many lines a file holds until its end.

    Args:
        total_bytes: of all inputs; None, as on a pipe, shows lines and lines/s alone.
        shown: False counts without showing anything.
        console: where it is shown; standard error if None.
    """

    def __init__(self, total_bytes: int | None, *, shown: bool = True, console: Console | None = None) -> None:
        columns: list[ProgressColumn] = [TextColumn("{task.fields[lines]:,} lines  {task.fields[rate]:,.1f} lines/s")]
        if total_bytes is not None:
            columns += [BarColumn(), TaskProgressColumn(), TextColumn("time left"), TimeRemainingColumn()]
        self._progress = Progress(*columns, console=console or Console(stderr=True), disable=not shown)
        self._task = self._progress.add_task("", total=total_bytes, lines=0, rate=0.0)
        self._lines = 0
        self._position_bytes = 0.0
        self._start_seconds = 0.0

    def __enter__(self) -> LineProgress:
        self._start_seconds = time.monotonic()
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @contextmanager
    def window(self, lines: Sequence[Line]) -> Iterator[Callable[[int], None]]:
        """While some lines are translated together, takes how many more of them are done; at its end, all are."""
        before_bytes, before_lines = self._position_bytes, self._lines
        width_bytes = lines[-1].position_bytes - before_bytes

        def advance(count: int) -> None:
            self._lines += count
            share = (self._lines - before_lines) / len(lines)
            self._show(before_bytes + share * width_bytes)

        yield advance
        self._lines = before_lines + len(lines)
        self._show(lines[-1].position_bytes)

    @contextmanager
    def count(self, lines: int) -> Iterator[Callable[[int], None]]:
        """As `window`, for lines whose bytes nobody counts."""
        before_lines = self._lines

        def advance(count: int) -> None:
            self._lines += count
            self._show(self._position_bytes)

        yield advance
        self._lines = before_lines + lines
        self._show(self._position_bytes)

    def _show(self, position_bytes: float) -> None:
        self._position_bytes = position_bytes
        rate = self._lines / max(time.monotonic() - self._start_seconds, 1e-9)
        self._progress.update(self._task, completed=position_bytes, lines=self._lines, rate=rate)
