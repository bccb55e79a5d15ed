"""Which block of the training text is most like the validation text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from seq2seq.data.corpus import PairCorpus
from seq2seq.data.sequences import IdSequences
from seq2seq.errors import DataError

# Of the whole text's estimate in a block's, in tokens after each context: as much as a block of some hundred lines
# should know of a frequent context before it is believed. From 5 to 500, Multi30k's nearest block of 500 is the same.
PRIOR_TOKENS = 20.0
# Between Multi30k's German, where the nearest block leads by 0.14 of the range, and its French, by 0.007.
CLEAR_MARGIN = 0.03


@dataclass(frozen=True)
class SelectedBlock:
    """The pairs of one block of consecutive lines.

    Attributes:
        pairs: (count,) int32, places in the corpus of those that the filters left.
        lines: first and last line of the block in the text as it is read, from 1.
        block, blocks: which one, from 1, of how many.
        gain: by how much log-probability (natural) a token of the validation text is likelier after the block than
            after the whole text; negative where, as mostly, the block knows too little.
        margin: how far it leads: what its gain has above the second best, as a share of the range of all, 0 to 1.
    """

    pairs: np.ndarray
    lines: tuple[int, int]
    block: int
    blocks: int
    gain: float
    margin: float

    @property
    def stands_out(self) -> bool:
        """Whether the choice means something; where all blocks are alike, one is the first by chance."""
        return self.margin >= CLEAR_MARGIN


def select_block(train: PairCorpus, validation: PairCorpus, blocks: int, end_id: int) -> SelectedBlock:
    """The block of `train`, of so many equal ones in the order of the text, that is most like `validation`.

    Compared are the target sides, by Moore & Lewis 2010 (*Intelligent Selection of Language Model Training Data*): the
    cross-entropy of the validation text under a model of the block less that under a model of the whole text. Models
    are of pairs of neighbouring tokens, the block's with the whole text's as its prior (MacKay & Peto 1995).

    `train` must have been built with `keep_lines`.

    Raises DataError if a block would have no line.
    """
    if train.lines is None:
        raise ValueError("a selection needs the lines of the pairs — build the corpus with keep_lines=True")
    if blocks > train.pairs_read:
        raise DataError(
            f"data.selection.blocks={blocks} of {train.pairs_read} training pairs — a block would have no line — "
            "take fewer blocks"
        )
    edges = train.pairs_read * np.arange(blocks + 1) // blocks
    bounds = np.searchsorted(train.lines, edges)
    gains = block_gains(train.target, bounds, validation.target, end_id)
    best = int(np.argmax(gains))
    known = np.sort(gains[np.isfinite(gains)])[::-1]
    margin = float((known[0] - known[1]) / (known[0] - known[-1])) if len(known) > 1 and known[0] > known[-1] else 0.0
    pairs = np.arange(bounds[best], bounds[best + 1], dtype=np.int32)
    lines = (int(edges[best]) + 1, int(edges[best + 1]))
    return SelectedBlock(pairs, lines, best + 1, blocks, float(gains[best]), margin)


def block_gains(text: IdSequences, bounds: np.ndarray, other: IdSequences, end_id: int) -> np.ndarray:
    """Of each block of `text`, `bounds[b]` to `bounds[b + 1]`, the mean gain of a token of `other`; -inf if empty.

    Ends are tokens, and what comes before a line's first token is an end, too.
    """
    size = 1 + max(end_id, *(int(sequences.ids.max(initial=0)) for sequences in (text, other)))
    neighbours, times = np.unique(_neighbours(other, 0, len(other), end_id, size), return_counts=True)
    before, after = neighbours // size, neighbours % size

    def counted() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Of each block how often each of the neighbours comes, and each token before and after another."""
        for start, stop in pairwise(bounds):
            found = _neighbours(text, int(start), int(stop), end_id, size)
            place = np.searchsorted(neighbours, found)
            place[place == len(neighbours)] = 0
            known = place[neighbours[place] == found]
            yield (
                np.bincount(known, minlength=len(neighbours)),
                np.bincount(found // size, minlength=size),
                np.bincount(found % size, minlength=size),
            )

    pairs, contexts, tokens = np.zeros(len(neighbours), np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    for of_block in counted():
        for total, counts in zip((pairs, contexts, tokens), of_block, strict=True):
            total += counts
    single = (tokens[after] + 1.0) / (tokens.sum() + size)
    whole = (pairs + PRIOR_TOKENS * single) / (contexts[before] + PRIOR_TOKENS)
    gains = []
    for block_pairs, block_contexts, _ in counted():
        block = (block_pairs + PRIOR_TOKENS * whole) / (block_contexts[before] + PRIOR_TOKENS)
        gains.append(times @ np.log(block / whole) / times.sum() if block_contexts.sum() else -np.inf)
    return np.asarray(gains)


def _neighbours(sequences: IdSequences, start: int, stop: int, end_id: int, size: int) -> np.ndarray:
    """`before * size + after` of all neighbours in some sequences, each between two ends: (tokens + count,)."""
    offsets = sequences.offsets[start : stop + 1]
    ids = sequences.ids[offsets[0] : offsets[-1]].astype(np.int64)
    offsets = offsets - offsets[0]
    return np.insert(ids, offsets[:-1], end_id) * size + np.insert(ids, offsets[1:], end_id)
