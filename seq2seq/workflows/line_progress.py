"""How far a translation of lines is: lines, lines/s and time left, on standard error."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from seq2seq.workflows.line_input import Line


class LineProgress:
    """A progress bar over the bytes of the inputs, since nobody knows how many lines a file holds until its end.

    Without a size, as on a pipe, it shows lines and lines/s alone.
    """

    def __init__(self, total_bytes: int | None, console: Console | None = None) -> None:
        columns = [TextColumn("{task.fields[lines]:,} lines  {task.fields[rate]:,.1f} lines/s")]
        if total_bytes is not None:
            columns += [BarColumn(), TaskProgressColumn(), TextColumn("time left"), TimeRemainingColumn()]
        self._progress = Progress(*columns, console=console or Console(stderr=True))
        self._task = self._progress.add_task("", total=total_bytes, lines=0, rate=0.0)
        self._lines = 0
        self._start_seconds = 0.0

    def __enter__(self) -> LineProgress:
        self._start_seconds = time.monotonic()
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self, line: Line) -> None:
        """One more line is translated: `line`."""
        self._lines += 1
        rate = self._lines / max(time.monotonic() - self._start_seconds, 1e-9)
        self._progress.update(self._task, completed=line.position_bytes, lines=self._lines, rate=rate)
