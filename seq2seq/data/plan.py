"""The plan of an epoch: which pairs make which batch, in which order, as a pure function of lengths, seed and epoch."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Padding:
    """How much of an epoch's batches is text: positions of both sides, begin and end marks counted as text."""

    tokens: int
    positions: int

    @property
    def waste(self) -> float:
        """The share of positions that are padding, 0 to 1."""
        return 1.0 - self.tokens / self.positions


class EpochPlan:
    """Pairs gathered into batches of similar length.

    The pairs are shuffled, cut into pools of about `bucket_batches` batches, sorted by length within each pool (that of
    the longer side, then of the source) and cut into batches, whose order is shuffled within the pool. Without
    `shuffle` the pairs keep their order, and so do the batches: the shortest of each pool first. Sorted by one side
    first, the other is padded to whatever its longest is: on Multi30k 13 % of all positions, where here it is 8 %.

    A batch holds `size` pairs (kind `sentences`), or as many as fit into `size` padded positions of both sides together
    (kind `tokens`); a pair that alone is larger makes a batch of its own. Every pair is in exactly one batch.

    For example the lengths 5 1 4 2 on both sides, unshuffled, in batches of two sentences: [1 3] and [2 0].
    """

    def __init__(
        self,
        source_lengths: np.ndarray,
        target_lengths: np.ndarray,
        *,
        kind: Literal["sentences", "tokens"],
        size: int,
        bucket_batches: int,
        shuffle: bool,
        seed: int,
        epoch: int,
        only: np.ndarray | None = None,
    ) -> None:
        """`source_lengths` and `target_lengths` (pairs,) are in pieces; one mark more is counted on each side.

        With `only` (some,) the plan is of these pairs alone.
        """
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, epoch])))
        pairs = len(source_lengths) if only is None else len(only)
        order = generator.permutation(pairs) if shuffle else np.arange(pairs)
        order = (order if only is None else only[order]).astype(np.int32)
        source_positions = source_lengths.astype(np.int32) + 1
        target_positions = target_lengths.astype(np.int32) + 1
        sizes: list[np.ndarray] = []
        for start, end in _pools(source_positions[order] + target_positions[order], kind, size, bucket_batches):
            pool = order[start:end]
            longer = np.maximum(source_positions[pool], target_positions[pool])
            pool = pool[np.lexsort((source_positions[pool], longer))]
            if kind == "sentences":
                bounds = np.append(np.arange(0, len(pool), size), len(pool))
            else:
                bounds = _token_bounds(source_positions[pool], target_positions[pool], size)
            if shuffle:
                batches = [pool[bounds[k] : bounds[k + 1]] for k in generator.permutation(len(bounds) - 1)]
                pool = np.concatenate(batches)
                sizes.append(np.array([len(batch) for batch in batches]))
            else:
                sizes.append(np.diff(bounds))
            order[start:end] = pool
        self._order = order
        self._bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(sizes))])
        starts, rows = self._bounds[:-1], np.diff(self._bounds)
        planned = [positions[order] for positions in (source_positions, target_positions)]
        source_time, target_time = (np.maximum.reduceat(side, starts).astype(np.int64) for side in planned)
        # (batches, 3): rows, source_time and target_time of each batch.
        self.shapes = np.stack([rows, source_time, target_time], axis=1)
        self.padding = Padding(
            tokens=int(sum(side.sum(dtype=np.int64) for side in planned)),
            positions=int((rows * (source_time + target_time)).sum()),
        )

    def __len__(self) -> int:
        """The number of batches."""
        return len(self._bounds) - 1

    def __getitem__(self, batch: int) -> np.ndarray:
        """The pairs of a batch, int32 indices into the corpus, in the batch's row order."""
        return self._order[self._bounds[batch] : self._bounds[batch + 1]]


def _pools(positions: np.ndarray, kind: str, size: int, bucket_batches: int) -> list[tuple[int, int]]:
    """Start and end of each pool: `bucket_batches` batches' worth of pairs, or of tokens, in the order given."""
    counted = np.arange(len(positions)) if kind == "sentences" else np.cumsum(positions, dtype=np.int64)
    _, starts = np.unique(counted // (size * bucket_batches), return_index=True)
    return list(itertools.pairwise([*starts.tolist(), len(positions)]))


def _token_bounds(source_positions: np.ndarray, target_positions: np.ndarray, size: int) -> np.ndarray:
    """Where the batches of a sorted pool begin and end, each as long as its padded positions allow."""
    bounds = [0]
    while bounds[-1] < len(source_positions):
        start = bounds[-1]
        # A pair has at least two positions, so no batch has more rows than this.
        window = slice(start, start + max(1, size // 2))
        widths = np.maximum.accumulate(source_positions[window]) + np.maximum.accumulate(target_positions[window])
        padded = widths.astype(np.int64) * np.arange(1, len(widths) + 1)
        bounds.append(start + max(1, int(np.searchsorted(padded, size, side="right"))))
    return np.array(bounds)
