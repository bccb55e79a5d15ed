"""Millions of short sequences in few bytes: ids in one flat array, texts in one temporary file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

import numpy as np

LARGEST_SHORT_ID = np.iinfo(np.uint16).max


class IdSequences:
    """Sequences of ids end to end in one array, two bytes an id where they fit, four where not.

    `offsets` (count + 1,) int64: sequence k is `ids[offsets[k]:offsets[k + 1]]`. For example [5, 6], [], [7] are ids
    [5 6 7] and offsets [0 2 2 3].
    """

    def __init__(self, ids: np.ndarray, offsets: np.ndarray) -> None:
        self.ids = ids
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> np.ndarray:
        """The ids of one sequence, a view."""
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """(count,) int32."""
        return np.diff(self.offsets).astype(np.int32)


class IdSequencesBuilder:
    """Collects sequences chunk by chunk; what it holds on the way is not much larger than the result."""

    def __init__(self) -> None:
        self._ids: list[np.ndarray] = []
        self._lengths: list[np.ndarray] = []

    def extend(self, sequences: Sequence[Sequence[int]]) -> None:
        lengths = np.fromiter((len(sequence) for sequence in sequences), dtype=np.int32, count=len(sequences))
        ids = np.fromiter((one for sequence in sequences for one in sequence), dtype=np.int32, count=int(lengths.sum()))
        if not len(ids) or ids.max() <= LARGEST_SHORT_ID:
            ids = ids.astype(np.uint16)
        self._ids.append(ids)
        self._lengths.append(lengths)

    def build(self) -> IdSequences:
        """The sequences so far; the builder is empty afterwards, so that nothing is held twice."""
        lengths = np.concatenate([np.zeros(1, np.int32), *self._lengths])
        ids = np.concatenate(self._ids) if self._ids else np.zeros(0, np.uint16)
        self._ids, self._lengths = [], []
        return IdSequences(ids, np.cumsum(lengths, dtype=np.int64))


class StoredTexts:
    """Texts on disk, in an unnamed temporary file that vanishes with the process; memory holds eight bytes a text.

    Subword regularisation needs the text again in every epoch; the texts of a large corpus would be its largest part
    in memory by far.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._lengths: list[np.ndarray] = []
        self._offsets: np.ndarray | None = None

    def extend(self, texts: Sequence[str]) -> None:
        encoded = [text.encode("utf-8") for text in texts]
        self._file.write(b"".join(encoded))
        self._lengths.append(np.fromiter((len(text) for text in encoded), dtype=np.int64, count=len(encoded)))
        self._offsets = None

    def __len__(self) -> int:
        return sum(len(lengths) for lengths in self._lengths)

    def __getitem__(self, index: int) -> str:
        if self._offsets is None:
            self._file.flush()
            self._lengths = [np.concatenate([np.zeros(0, np.int64), *self._lengths])]
            self._offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._lengths[0])])
        start, end = int(self._offsets[index]), int(self._offsets[index + 1])
        return os.pread(self._file.fileno(), end - start, start).decode("utf-8")
