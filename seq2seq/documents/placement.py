"""Puts tags and points of a source text around and between the words of its translation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seq2seq.documents.alignment import Token
from seq2seq.documents.segment import Fixed, Part, Point, Tag


class CannotPlace(Exception):
    """A tag or point has no place in the translation that is surely the right one."""


class _Side(NamedTuple):
    """A text and its tokens."""

    text: str
    tokens: Sequence[Token]

    def space_before(self, token: int) -> int:
        """The white space between a token and the one before it."""
        end = self.tokens[token - 1].end if token else 0
        gap = self.text[end : self.tokens[token].begin]
        return len(gap) - len(gap.rstrip())

    def space_after(self, token: int) -> int:
        begin = self.tokens[token + 1].begin if token + 1 < len(self.tokens) else len(self.text)
        gap = self.text[self.tokens[token].end : begin]
        return len(gap) - len(gap.lstrip())


class Insertion(NamedTuple):
    """Parts that stand before character `position` of the translation."""

    position: int
    parts: tuple[Part, ...]


def place_markup(
    source: tuple[str, Sequence[Token]],
    target: tuple[str, Sequence[Token]],
    alignment: Sequence[int | None],
    tags: Sequence[Tag],
    points: Sequence[Point],
) -> list[Insertion]:
    """Where the ends of tags, and points, go: in the order in which they are to be written.

    A tag goes around the words that were made from the words it enclosed; they must stand together, punctuation aside.
    Signs of punctuation at its inner edges are taken in when they are there in the translation too. A point goes before
    the first word that was made from the word behind it, or else behind the last that was made from the word before it.

    Args:
        source, target: the texts, with their tokens.
        alignment: for each target token the source token it was made from; that of punctuation is not looked at.
        tags, points: of the source text.

    Raises:
        CannotPlace: the words of a tag do not stand together, nothing was made from them, or two tags would cross.
    """
    old, new = _Side(*source), _Side(*target)
    made_from = [
        origin if token.is_word and origin is not None and old.tokens[origin].is_word else None
        for token, origin in zip(new.tokens, alignment, strict=True)
    ]
    ranges = [_tag_range(old, new, made_from, tag) for tag in tags]
    for number, (begin, end) in enumerate(ranges):
        for other_number in range(number):
            other_begin, other_end = ranges[other_number]
            inside_source = tags[number].closed < tags[other_number].closed
            apart = end <= other_begin or other_end <= begin
            inside = other_begin <= begin and end <= other_end
            if not (inside if inside_source else apart):
                raise CannotPlace
    placed = [_place_point(old, new, made_from, point) for point in points]
    return _in_writing_order(list(zip(ranges, tags, strict=True)), placed)


def _tag_range(old: _Side, new: _Side, made_from: Sequence[int | None], tag: Tag) -> tuple[int, int]:
    """The characters of the translation that a tag goes around."""
    inside = [index for index, token in enumerate(old.tokens) if tag.begin <= token.begin and token.end <= tag.end]
    words = {index for index in inside if old.tokens[index].is_word}
    run = [index for index, origin in enumerate(made_from) if origin in words]
    if not words or not run:
        raise CannotPlace
    first, last = run[0], run[-1]
    if any(new.tokens[index].is_word and made_from[index] not in words for index in range(first, last + 1)):
        raise CannotPlace
    if any(token.begin < tag.begin < token.end or token.begin < tag.end < token.end for token in old.tokens):
        raise CannotPlace  # an end within a word
    for _ in range(min(words) - inside[0]):
        first -= first > 0 and not new.tokens[first - 1].is_word
    for _ in range(inside[-1] - max(words)):
        last += last + 1 < len(new.tokens) and not new.tokens[last + 1].is_word
    begin, end = new.tokens[first].begin, new.tokens[last].end
    begin -= min(old.tokens[inside[0]].begin - tag.begin, new.space_before(first))
    end += min(tag.end - old.tokens[inside[-1]].end, new.space_after(last))
    return begin, end


def _place_point(old: _Side, new: _Side, made_from: Sequence[int | None], point: Point) -> tuple[int, Point]:
    """Where a point goes; one that stood between two spaces brings one of them along, since the model read only one."""
    behind = next((index for index, token in enumerate(old.tokens) if token.begin >= point.position), None)
    before = next(
        (index for index in reversed(range(len(old.tokens))) if old.tokens[index].end <= point.position), None
    )
    if (before is None and behind is None) or (behind or 0) - (before if before is not None else -1) > 1:
        raise CannotPlace  # within a word
    apart = old.text[max(0, point.position - 1) : point.position + 1] == "  "
    followers = [index for index, origin in enumerate(made_from) if origin is not None and origin == behind]
    if behind is not None and followers:
        if apart:
            return new.tokens[followers[0]].begin, point._replace(parts=(*point.parts, " "))
        gap = old.tokens[behind].begin - point.position
        return new.tokens[followers[0]].begin - min(gap, new.space_before(followers[0])), point
    leaders = [index for index, origin in enumerate(made_from) if origin is not None and origin == before]
    if before is not None and leaders:
        if apart:
            return new.tokens[leaders[-1]].end, point._replace(parts=(" ", *point.parts))
        gap = point.position - old.tokens[before].end
        return new.tokens[leaders[-1]].end + min(gap, new.space_after(leaders[-1])), point
    raise CannotPlace


def _in_writing_order(
    tags: Sequence[tuple[tuple[int, int], Tag]], points: Sequence[tuple[int, Point]]
) -> list[Insertion]:
    """All that is to be inserted, so that tags nest: at one place tags close before others open, else as in the source.

    A point that stood within a tag, at its very edge, stays within it.
    """
    found: list[tuple[tuple[int, int, int], Insertion]] = []
    for (begin, end), tag in tags:
        found.append(((begin, 1, tag.opened), Insertion(begin, tag.opening)))
        found.append(((end, 0, tag.closed), Insertion(end, tag.closing)))
    for position, point in points:
        closing = any(end == position and tag.opened < point.order < tag.closed for (_, end), tag in tags)
        found.append(((position, 0 if closing else 1, point.order), Insertion(position, point.parts)))
    return [insertion for _, insertion in sorted(found, key=lambda known: known[0])]


def assemble(text: str, insertions: Sequence[Insertion], fixed: Sequence[Fixed]) -> list[Part]:
    """The parts of a translation: its text, the parts of fixed ranges in their place, and what is inserted."""
    parts: list[Part] = []
    events = sorted(
        [(insertion.position, 0, index, insertion) for index, insertion in enumerate(insertions)]
        + [(known.begin, 1, index, known) for index, known in enumerate(fixed)],
        key=lambda event: event[:3],
    )
    here = 0
    for position, _, _, event in events:
        if here < position:
            parts.append(text[here:position])
            here = position
        parts += event.parts
        if isinstance(event, Fixed):
            here = event.end
    if here < len(text):
        parts.append(text[here:])
    return parts
