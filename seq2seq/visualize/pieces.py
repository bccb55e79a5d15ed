"""Pieces as people read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import groupby

_SHAPELESS = ("Cc", "Cf", "Zl", "Zp", "Cs")


def visible(piece: str, longest: int) -> str:
    """The piece with a thin word mark, a number for each sign without a shape, and no middle if it is too long.

    "▁Haus" -> "_Haus", "\\n" -> "[A]"
    """
    shown = with_numbers(piece.replace("▁", "_"), lambda sign: unicodedata.category(sign) in _SHAPELESS)
    return shown if len(shown) <= longest else f"{shown[: longest // 2]}…{shown[1 - longest // 2 :]}"


def with_numbers(text: str, is_missing: Callable[[str], bool]) -> str:
    """The text with the numbers of what is missing, as Unicode counts: "x東京" -> "x[6771 4EAC]"."""
    runs = groupby(text, key=is_missing)
    return "".join(
        f"[{' '.join(f'{ord(sign):X}' for sign in run)}]" if numbers else "".join(run) for numbers, run in runs
    )
