"""What every document is for translation: segments of text, with the markup that stands in them.

A reader collects a segment in a `SegmentBuilder`: text, the two ends of tags, points (markup without text in it), fixed
text (placeholders, code, addresses, which must come out as they went in). The builder takes off what stands at the two
edges, so that a translation is asked for words alone:

    "  <b>Look <i>here</i>.</b> "  ->  before "  <b>", text "Look here.", a tag around "here", after "</b> "

A writer gets `parts` back: strings, which it escapes as its format needs, and `Markup`, which it puts there as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Markup(NamedTuple):
    """Markup in the parts of a segment; what `content` is, only the format knows."""

    content: Any


Part = str | Markup

TAGS_DO_NOT_PAIR = "its inline tags do not pair up"


class Tag(NamedTuple):
    """A pair of markup around the characters `begin` .. `end` - 1 of a segment's text.

    `opened` and `closed` are the places of its two ends among all that the segment holds, from left to right.
    """

    begin: int
    end: int
    opening: tuple[Part, ...]
    closing: tuple[Part, ...]
    opened: int
    closed: int


class Point(NamedTuple):
    """Markup before the character `position` of a segment's text, with no text in it."""

    position: int
    parts: tuple[Part, ...]
    order: int  # as `Tag.opened`


class Fixed(NamedTuple):
    """The characters `begin` .. `end` - 1 must be in the translation as they are; there, `parts` stand for them."""

    begin: int
    end: int
    parts: tuple[Part, ...]


@dataclass
class Segment:
    """One text of a document.

    Attributes:
        place: where it stands, for the report.
        text: without markup, and without white space at its edges.
        tags: outer ones before inner ones, well-nested. points, fixed: in order, fixed ones do not overlap.
        before, after: what the edges held.
        problem: why it cannot be translated, if that is known beforehand.
        translation: parts, once it is translated; None while it is not, or when it cannot be.
        source: all parts of the untranslated segment, edges included.
    """

    place: str
    text: str
    tags: list[Tag] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    fixed: list[Fixed] = field(default_factory=list)
    before: list[Part] = field(default_factory=list)
    after: list[Part] = field(default_factory=list)
    problem: str | None = None
    translation: list[Part] | None = None

    source: list[Part] = field(default_factory=list)

    def written(self) -> list[Part]:
        """All of the segment, edges included: translated, or as it was while it is not."""
        return self.source if self.translation is None else [*self.before, *self.translation, *self.after]


@dataclass(eq=False)
class _Item:
    kind: str  # text, open, close, point, fixed
    parts: tuple[Part, ...]
    shown: str = ""
    key: Any = None
    partner: _Item | None = None


class SegmentBuilder:
    """Collects a segment from left to right."""

    def __init__(self) -> None:
        self._items: list[_Item] = []

    def text(self, text: str) -> None:
        if text and self._items and self._items[-1].kind == "text":
            last = self._items[-1]
            last.shown += text
            last.parts = (last.shown,)
        elif text:
            self._items.append(_Item("text", (text,), text))

    def open(self, key: Any, content: Any) -> None:
        """One end of a tag; the next `close` with the same key, if all between them pairs up, is the other end."""
        self._items.append(_Item("open", (Markup(content),), key=key))

    def close(self, key: Any, content: Any) -> None:
        self._items.append(_Item("close", (Markup(content),), key=key))

    def point(self, content: Any) -> None:
        """Markup with no text in it."""
        self._items.append(_Item("point", (Markup(content),)))

    def fixed(self, shown: str, content: Any) -> None:
        """Markup that stands for some text, such as code: the model reads `shown`, and must write it again."""
        self._items.append(_Item("fixed", (Markup(content),), shown))

    def build(self, place: str) -> Segment:
        """The segment; its text is empty if there is none but white space and markup."""
        _pair(self._items)
        items = _with_empty_tags_as_points(self._items)
        before, items, after = _without_edges(items)
        source = [part for item in self._items for part in item.parts]
        segment = Segment(place, "", before=before, after=after, source=source)
        begins: dict[int, int] = {}
        for order, item in enumerate(items):
            here = len(segment.text)
            if item.kind in ("open", "close") and item.partner is None:
                segment.problem = TAGS_DO_NOT_PAIR
            elif item.kind == "open":
                begins[id(item)] = here
            elif item.kind == "close" and item.partner is not None:
                opened = next(place for place, other in enumerate(items) if other is item.partner)
                begin = begins[id(item.partner)]
                segment.tags.append(Tag(begin, here, item.partner.parts, item.parts, opened, order))
            elif item.kind == "point":
                segment.points.append(Point(here, item.parts, order))
            elif item.kind == "fixed":
                segment.fixed.append(Fixed(here, here + len(item.shown), item.parts))
            segment.text += item.shown
        segment.tags.sort(key=lambda tag: tag.opened)
        return segment


def _pair(items: Sequence[_Item]) -> None:
    """Sets the partner of each end that has one, well-nested."""
    stack: list[_Item] = []
    for item in items:
        if item.kind == "open":
            stack.append(item)
        elif item.kind == "close" and any(other.key == item.key for other in stack):
            while stack[-1].key != item.key:
                stack.pop()  # never closed within the segment
            item.partner = stack.pop()
            item.partner.partner = item


def _with_empty_tags_as_points(items: Sequence[_Item]) -> list[_Item]:
    """Pairs with no words in them, and all that they hold, become one point each, outermost pairs first."""
    found: list[_Item] = []
    index = 0
    while index < len(items):
        item = items[index]
        end = next((place for place in range(index, len(items)) if items[place] is item.partner), None)
        if item.kind == "open" and end is not None and not any(other.shown.strip() for other in items[index:end]):
            inside = tuple(part for other in items[index : end + 1] for part in other.parts)
            found.append(_Item("point", inside))
            index = end + 1
        else:
            found.append(item)
            index += 1
    return found


def _without_edges(items: list[_Item]) -> tuple[list[Part], list[_Item], list[Part]]:
    """Markup and white space before the first word and after the last, and the items between."""
    before: list[Part] = []
    after: list[Part] = []
    items = list(items)
    while items:
        first, last = items[0], items[-1]
        if first.kind == "text" and first.shown[0].isspace():
            rest = first.shown.lstrip()
            before.append(first.shown[: len(first.shown) - len(rest)])
            items[:1] = [_Item("text", (rest,), rest)] if rest else []
        elif last.kind == "text" and last.shown[-1].isspace():
            rest = last.shown.rstrip()
            after.insert(0, last.shown[len(rest) :])
            items[-1:] = [_Item("text", (rest,), rest)] if rest else []
        elif first.kind == "point" or (first.kind in ("open", "close") and first.partner in (None, last)):
            before += first.parts
            del items[0]
            if first.partner is not None:
                after[:0] = last.parts
                del items[-1]
        elif last.kind == "point" or (last.kind in ("open", "close") and last.partner is None):
            after[:0] = last.parts
            del items[-1]
        else:
            break
    return before, items, after
