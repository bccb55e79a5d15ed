"""From attention over pieces to alignments: which source word or piece each target word or piece was made from.

A range is a pair (begin, end): characters `begin` .. `end` - 1 of a text.
"""

from __future__ import annotations

import re
import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Literal, Protocol

import numpy as np

from seq2seq.errors import DataError

Range = tuple[int, int]
Pair = tuple[int, int]  # source, target

_WORD_MARK = "▁"
_UNKNOWN = "<unk>"
_NOWHERE = "\0"  # stands for what an unknown piece hides; it equals no letter
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class Translation(Protocol):
    """What is needed of `seq2seq.translator.Translation`, which lives on a higher floor."""

    @property
    def text(self) -> str: ...
    @property
    def source_pieces(self) -> Sequence[str]: ...
    @property
    def target_pieces(self) -> Sequence[str]: ...
    @property
    def target_truncated(self) -> bool: ...
    @property
    def attention(self) -> np.ndarray | None: ...


def align(
    source: str, translation: Translation, unit: Literal["words", "pieces"] = "words", threshold: float | None = None
) -> list[Pair]:
    """Which words (or pieces) of a source the words (or pieces) of its translation were made from, by attention.

    Words are what white space parts, in the source as given and in the translation's text; pieces are counted as in
    `source_pieces` and `target_pieces`, without the ends. Pairs and `threshold` are those of `hard_alignment`.

    Raises:
        DataError: the translation has no attention.
    """
    if translation.attention is None:
        raise DataError("a translation without attention cannot be aligned — given one — translate with attention=True")
    source_pieces = translation.source_pieces[:-1]
    ended = bool(translation.target_pieces) and not translation.target_truncated
    target_pieces = translation.target_pieces[: len(translation.target_pieces) - ended]
    weights = translation.attention[: len(target_pieces), : len(source_pieces)]
    if unit == "words":
        weights = soft_alignment(
            weights,
            locate_pieces(source_pieces, source),
            locate_pieces(target_pieces, translation.text),
            find_words(source),
            find_words(translation.text),
        )
    return hard_alignment(weights, threshold)


# --- pieces and words in texts ----------------------------------------------------------------------------------------


def find_words(text: str) -> list[Range]:
    """The words between white space (that of Unicode, as `str.split` takes it).

    "A  man." -> [(0, 1), (3, 7)]
    """
    return [match.span() for match in re.finditer(r"\S+", text)]


def locate_pieces(pieces: Sequence[str], text: str) -> list[Range]:
    """The range of a text that each of its pieces covers; the pieces come without the end.

    Pieces and text are compared in compatibility decomposition and without case, so that normalisation moves nothing.
    What differs even then, as unknown and removed letters do, lies where the letters around it say. A piece without
    letters of its own covers what the next one does, or else the one before. Pieces of the text's beginning alone, as
    of one that was cut, cover this beginning.

    ["▁He", "llo", "▁you", "."] and "Hello you." -> [(0, 2), (2, 5), (6, 9), (9, 10)]
    """
    spelled, within = _spelled(pieces)
    letters, owners = _folded(text)
    places = _places(spelled, letters)
    found: list[Range | None] = []
    for begin, end in within:
        real = [place for place in places[begin:end] if place[0] < place[1]]
        found.append((owners[real[0][0]], owners[real[-1][1] - 1] + 1) if real else None)
    located: list[Range] = []
    following = next((here for here in reversed(found) if here), (0, 0))
    for here in reversed(found):
        following = here or following
        located.append(following)
    return located[::-1]


def _spelled(pieces: Sequence[str]) -> tuple[str, list[Range]]:
    """The letters of all pieces, folded, and each piece's range of them.

    Of pieces that are the bytes of one letter, the last has it; those before it have none and so cover what it does.
    """
    decoder = getincrementaldecoder("utf-8")(errors="replace")
    written: list[str] = []
    for piece in [*pieces, ""]:
        if byte := _BYTE.fullmatch(piece):
            written.append(decoder.decode(bytes.fromhex(byte[1])))
            continue
        if torn := decoder.decode(b"", final=True):
            written[-1] += torn
        written.append(_NOWHERE if piece == _UNKNOWN else piece)
    letters = [_folded(text)[0] for text in written[:-1]]
    ends = list(accumulate(map(len, letters)))
    return "".join(letters), list(zip([0, *ends], ends, strict=False))


def _folded(text: str) -> tuple[str, list[int]]:
    """The letters of a text without case, white space and word marks, decomposed, and which character each is of.

    "Ä ﬁ" -> "a\u0308fi", [0, 0, 2, 2]
    """
    letters: list[str] = []
    owners: list[int] = []
    for index, character in enumerate(text):
        for letter in unicodedata.normalize("NFKD", character).casefold():
            if letter != _WORD_MARK and not letter.isspace():
                letters.append(letter)
                owners.append(index)
    return "".join(letters), owners


def _places(spelled: str, letters: str) -> list[Range]:
    """For each letter of the pieces the range of the text's letters that it stands for; empty for one left out."""
    if letters.startswith(spelled):
        return [(place, place + 1) for place in range(len(spelled))]
    places: list[Range] = []
    for _, begin, end, first, last in SequenceMatcher(None, spelled, letters, autojunk=False).get_opcodes():
        width, count = last - first, end - begin
        places += [(first + k * width // count, first - (-(k + 1) * width // count)) for k in range(count)]
    return places


# --- attention to alignments ------------------------------------------------------------------------------------------


def soft_alignment(
    attention: np.ndarray,
    source_pieces: Sequence[Range],
    target_pieces: Sequence[Range],
    source_words: Sequence[Range],
    target_words: Sequence[Range],
) -> np.ndarray:
    """The attention of words, (target words, source words): its pieces' on average, to all pieces of the other.

    Rows sum to what the pieces gave to the words, 1 at most; a word without pieces has nothing but zeros.

    Args:
        attention: (target pieces, source pieces); what is given to the end of the source is left out.
        source_pieces, target_pieces: what each covers, as `locate_pieces` gives it.
        source_words, target_words: ranges of the same texts, words or others.
    """
    source = _shares(source_pieces, source_words)
    target = _shares(target_pieces, target_words)
    total = target.T @ np.asarray(attention, dtype="float64") @ source
    return np.clip(total / np.maximum(target.sum(axis=0), 1e-9)[:, np.newaxis], 0.0, 1.0)


def _shares(pieces: Sequence[Range], words: Sequence[Range]) -> np.ndarray:
    """(pieces, words): how much of what a piece covers in words lies in each; rows sum to 1, or to 0 outside of all."""
    if not pieces or not words:
        return np.zeros((len(pieces), len(words)))
    begins, ends = (np.asarray(words)[:, side] for side in (0, 1))
    common = np.stack([np.clip(np.minimum(ends, end) - np.maximum(begins, begin), 0, None) for begin, end in pieces])
    return common / np.maximum(common.sum(axis=1, keepdims=True), 1)


def hard_alignment(weights: np.ndarray, threshold: float | None = None) -> list[Pair]:
    """The pairs (source, target) of soft weights (target, source), sorted.

    Args:
        weights: between 0 and 1.
        threshold: None takes for each target the source of the greatest weight, the first of equals; a number takes all
            pairs of this weight or more, so that 0 takes every pair and more than 1 none.
    """
    if threshold is not None:
        targets, sources = np.nonzero(weights >= threshold)
    elif weights.size:
        targets, sources = np.arange(len(weights)), weights.argmax(axis=1)
    else:
        return []
    return sorted(zip(sources.tolist(), targets.tolist(), strict=True))


def pharaoh(pairs: Iterable[Pair]) -> str:
    """Pairs as Pharaoh and Moses write them: [(0, 0), (2, 1)] -> "0-0 2-1"."""
    return " ".join(f"{source}-{target}" for source, target in pairs)
