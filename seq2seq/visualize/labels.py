"""Pieces as labels of a picture, in fonts that have their characters.

A viewer draws the text of an SVG itself, in its own fonts. For PNG and PDF matplotlib draws it, letter by letter from
left to right: right-to-left letters are turned round here, and letters that join stand apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from matplotlib.font_manager import findfont, fontManager
from matplotlib.ft2font import FT2Font

from seq2seq.visualize.pieces import visible, with_numbers

_FIRST_FAMILY = "DejaVu Sans"  # comes with matplotlib
_LONGEST = 24  # characters; longer ones lose their middle
# Hebrew, Arabic and their neighbours, without Arabic digits, which go from left to right.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+")


class Labels(NamedTuple):
    """What is drawn.

    Attributes:
        texts: a label for each piece.
        families: fonts that have the characters, the first of them for each character that it has.
        missing: the characters that no installed font has, which are drawn as their numbers: "東" as "[6771]".
    """

    texts: list[str]
    families: list[str]
    missing: str


def fit_labels(pieces: Sequence[str], *, longest: int = _LONGEST, viewer_draws: bool = False) -> Labels:
    """The labels for pieces, at most `longest` characters each; with `viewer_draws`, fonts do not matter."""
    plain = [visible(piece, longest) for piece in pieces]
    if viewer_draws:
        return Labels(plain, [_FIRST_FAMILY, "sans-serif"], "")
    families, missing = _fonts_for("".join(sorted(set("".join(plain)))))
    return Labels([_drawn(text, missing) for text in plain], families, missing)


def _drawn(text: str, missing: str) -> str:
    turned = _RIGHT_TO_LEFT.sub(lambda run: _turned_round(run[0]), text)
    return with_numbers(turned, lambda sign: sign in missing)


def _turned_round(run: str) -> str:
    """Right-to-left letters as they follow each other on paper from the left, each with its marks behind it."""
    letters: list[str] = []
    for sign in run:
        if letters and unicodedata.combining(sign):
            letters[-1] += sign
        else:
            letters.append(sign)
    return "".join(reversed(letters))


@cache
def _fonts_for(characters: str) -> tuple[list[str], str]:
    """Families that together have as many of the characters as the installed fonts can, and those that none has."""
    families = [_FIRST_FAMILY]
    missing = _without(characters, findfont(_FIRST_FAMILY))
    for font in sorted(fontManager.ttflist, key=_preference):
        if not missing:
            break
        if font.name not in families and len(left := _without(missing, font.fname)) < len(missing):
            families.append(font.name)
            missing = left
    return families, missing


def _preference(font: object) -> tuple[bool, bool, str]:
    """Upright fonts of usual weight first, without serifs before others."""
    name = getattr(font, "name", "")
    usual = getattr(font, "style", "") == "normal" and getattr(font, "weight", 400) in (
        400,
        "normal",
        "regular",
        "book",
    )
    return not usual, "sans" not in name.lower(), name


def _without(characters: Iterable[str], path: str) -> str:
    """The characters that a font file does not have; all of them for one that cannot be drawn at any size."""
    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):
        return "".join(characters)
    if not font.scalable:
        return "".join(characters)
    return "".join(sign for sign in characters if not font.get_char_index(ord(sign)))
