"""Which training pairs are left out, and the count of each reason."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from seq2seq.config.schema import Filters


class PairFilter:
    """Decides pair by pair, in order; `drops` counts what it refused by the first reason that holds.

    With `filters` None it keeps everything.
    """

    def __init__(self, filters: Filters | None) -> None:
        self.drops: Counter[str] = Counter()
        self._filters = filters
        self._seen: set[bytes] = set()

    def keeps(self, texts: tuple[str, str], source_ids: Sequence[int], target_ids: Sequence[int]) -> bool:
        """Whether the pair stays."""
        if self._filters is None:
            return True
        reason = self._reason(self._filters, texts, len(source_ids), len(target_ids))
        if reason is None:
            return True
        self.drops[reason] += 1
        return False

    def _reason(self, filters: Filters, texts: tuple[str, str], source_length: int, target_length: int) -> str | None:
        shorter, longer = sorted((source_length, target_length))
        if filters.drop_empty and shorter == 0:
            return "empty"
        if filters.maximum_pieces is not None and longer > filters.maximum_pieces:
            return "longer than maximum_pieces"
        if filters.minimum_pieces is not None and shorter < filters.minimum_pieces:
            return "shorter than minimum_pieces"
        if filters.maximum_length_ratio is not None and longer > filters.maximum_length_ratio * shorter:
            return "beyond maximum_length_ratio"
        if filters.drop_duplicates and self._is_repeated(texts):
            return "duplicate"
        return None

    def _is_repeated(self, texts: tuple[str, str]) -> bool:
        # Sixteen bytes a pair instead of its text; the length in front tells ("a b", "c") from ("a", "b c").
        digest = hashlib.blake2b(f"{len(texts[0])} {texts[0]}{texts[1]}".encode(), digest_size=16).digest()
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False
