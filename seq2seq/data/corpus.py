"""The corpus: the ids of all pairs that passed the filters, and the count of those that did not, by reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from seq2seq.config.schema import Filters
from seq2seq.data.filters import PairFilter
from seq2seq.data.sequences import IdSequences, IdSequencesBuilder, StoredTexts
from seq2seq.errors import DataError

Encode = Callable[[Sequence[str]], list[list[int]]]

# Pairs that are encoded at a time: enough to keep SentencePiece busy, few enough to be nothing in memory.
CHUNK_PAIRS = 10_000


@dataclass(frozen=True)
class PairCorpus:
    """Pairs as ids, without begin and end.

    `texts` holds the two sides' strings if the corpus was built for sampling, else None. `drops` counts the pairs that
    the filters left out, by reason; `pairs_read` = len(corpus) + all drops. `lines` (pairs,) int64 is where in the text
    each pair stands, from 0, if the corpus was built to know that, else None.
    """

    source: IdSequences
    target: IdSequences
    texts: tuple[StoredTexts, StoredTexts] | None
    pairs_read: int
    drops: dict[str, int]
    lines: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.source)

    @cached_property
    def source_lengths(self) -> np.ndarray:
        """(pairs,) int32, in pieces, without the end."""
        return self.source.lengths

    @cached_property
    def target_lengths(self) -> np.ndarray:
        """(pairs,) int32, in pieces, without begin or end."""
        return self.target.lengths

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of all ids of all pairs: it changes with the text, its order, the filters and the tokenizer."""
        digest = hashlib.sha256()
        for sequences in (self.source, self.target):
            digest.update(sequences.offsets.data)
            digest.update(sequences.ids.data)
        return digest.hexdigest()


def build_corpus(
    pairs: Iterable[tuple[str, str]],
    encode_source: Encode,
    encode_target: Encode,
    *,
    filters: Filters | None,
    keep_texts: bool = False,
    keep_lines: bool = False,
    key: str = "data.train",
) -> PairCorpus:
    """Encodes pairs of strings, streaming, and drops those that `filters` names; None (evaluation text) drops nothing.

    `encode_source` and `encode_target` turn texts into lists of ids (`Tokenizer.encode`). With `keep_texts` the strings
    stay at hand for subword regularisation, with `keep_lines` where the pairs stood.

    Raises DataError if no pair is left.
    """
    source, target = IdSequencesBuilder(), IdSequencesBuilder()
    texts = (StoredTexts(), StoredTexts()) if keep_texts else None
    pair_filter = PairFilter(filters)
    pairs_read = 0
    kept_pairs = 0
    lines: list[np.ndarray] = []
    stream = iter(pairs)
    while chunk := list(islice(stream, CHUNK_PAIRS)):
        encoded = zip(
            chunk,
            encode_source([pair[0] for pair in chunk]),
            encode_target([pair[1] for pair in chunk]),
            range(pairs_read, pairs_read + len(chunk)),
            strict=True,
        )
        kept = [entry for entry in encoded if pair_filter.keeps(*entry[:3])]
        pairs_read += len(chunk)
        kept_pairs += len(kept)
        if keep_lines:
            lines.append(np.asarray([entry[3] for entry in kept], np.int64))
        source.extend([entry[1] for entry in kept])
        target.extend([entry[2] for entry in kept])
        if texts is not None:
            texts[0].extend([entry[0][0] for entry in kept])
            texts[1].extend([entry[0][1] for entry in kept])
    drops = dict(pair_filter.drops)
    if not kept_pairs:
        reasons = ", ".join(f"{count} {reason}" for reason, count in drops.items()) or "no pair at all"
        raise DataError(f"no pair of {key} is left — given {pairs_read} pairs: {reasons} — loosen data.filters")
    return PairCorpus(
        source.build(), target.build(), texts, pairs_read, drops, np.concatenate(lines) if keep_lines else None
    )
