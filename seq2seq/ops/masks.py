"""Masks: True on real tokens."""

from __future__ import annotations

from typing import Any

from keras import ops

from seq2seq.special_ids import PAD_ID


def token_mask(ids: Any) -> Any:
    """Where `ids` (batch, time) holds real tokens: (batch, time) booleans.

    [[5, 7, 3, 0, 0]] -> [[True, True, True, False, False]]
    """
    return ops.not_equal(ids, PAD_ID)
