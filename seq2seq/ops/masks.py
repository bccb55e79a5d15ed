"""Masks: True on real tokens."""

from __future__ import annotations

from typing import Any

from keras import ops

PAD_ID = 0  # the same everywhere; `seq2seq.text` gives the tokenizer this id too


def token_mask(ids: Any) -> Any:
    """Where `ids` (batch, time) holds real tokens: (batch, time) booleans.

    [[5, 7, 3, 0, 0]] -> [[True, True, True, False, False]]
    """
    return ops.not_equal(ids, PAD_ID)
