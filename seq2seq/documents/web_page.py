"""Web pages, .html, through Python's own tokenizer (html.parser): what is no text of the page stays byte for byte.

A segment is the text between two tags that break the flow, such as `<p>`, `<td>` or `<br>`, with the tags that run in
it. Scripts, styles, preformatted text, `translate="no"` and the class `notranslate` stay; `<code>` and its like run in
the text and come out as they went in. Attributes (`alt`, `title`) stay.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import accumulate
from typing import NamedTuple

from seq2seq.documents.document import NOT_TO_BE_TRANSLATED, Document, Kept, decode
from seq2seq.documents.inline_html import VERBATIM_ELEMENTS, VOID_ELEMENTS
from seq2seq.documents.segment import Markup, Part, Segment, SegmentBuilder

# Elements that run in the text; every other one ends a segment. HTML Living Standard, 3.2.5.2.5 (phrasing content).
_INLINE_NAMES = """
    a abbr acronym b bdi bdo big cite data del dfn em font i img ins mark q s small span strike strong sub sup time u
    wbr input
"""
_INLINE_ELEMENTS = VERBATIM_ELEMENTS | frozenset(_INLINE_NAMES.split())
_OPAQUE_ELEMENTS = frozenset(
    {"script", "style", "pre", "textarea", "template", "svg", "math", "noscript", "iframe", "object", "canvas", "xmp"}
)


class WebPage(Document):
    """A page as strings and segments, which are the page when they are joined."""

    def __init__(self, pieces: list[str | tuple[str, Segment]], kept: list[Kept]) -> None:
        super().__init__()
        self._pieces = pieces
        self.kept = kept
        self.segments = [piece[1] for piece in pieces if not isinstance(piece, str)]

    def write(self) -> bytes:
        return "".join(piece if isinstance(piece, str) else _written(*piece) for piece in self._pieces).encode()


def _written(raw: str, segment: Segment) -> str:
    if segment.translation is None:
        return raw
    return "".join(_escaped(part) for part in segment.written())


def _escaped(part: Part) -> str:
    if isinstance(part, Markup):
        return part.content
    return html.escape(part, quote=False).replace("\u00a0", "&nbsp;")


class _Event(NamedTuple):
    """One construct of the page: a tag, some text, a comment."""

    kind: str  # start, end, text, comment, other
    name: str = ""
    attributes: dict[str, str | None] = {}  # noqa: RUF012 - never changed
    raw: str = ""


class _Tokenizer(HTMLParser):
    """Cuts a page into events, whose raw strings are the page when they are joined."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self._line_starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self._found: list[tuple[int, _Event]] = []
        self.feed(text)
        self.close()
        ends = [*(begin for begin, _ in self._found[1:]), len(text)]
        first = self._found[0][0] if self._found else len(text)
        self.events = [_Event("other", raw=text[:first])] + [
            event._replace(raw=text[begin:end]) for (begin, event), end in zip(self._found, ends, strict=True)
        ]

    def _add(self, kind: str, name: str = "", attributes: dict[str, str | None] | None = None) -> None:
        line, column = self.getpos()
        self._found.append((self._line_starts[line - 1] + column, _Event(kind, name, attributes or {})))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add("start", tag, dict(attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add("start", tag, dict(attrs))  # outside of SVG the slash means nothing

    def handle_endtag(self, tag: str) -> None:
        self._add("end", tag)

    def handle_data(self, data: str) -> None:
        self._add("text")

    def handle_entityref(self, name: str) -> None:
        self._add("text")

    def handle_charref(self, name: str) -> None:
        self._add("text")

    def handle_comment(self, data: str) -> None:
        self._add("comment")

    def handle_decl(self, decl: str) -> None:
        self._add("other")

    def handle_pi(self, data: str) -> None:
        self._add("other")

    def unknown_decl(self, data: str) -> None:
        self._add("other")


def read_web_page(data: bytes, name: str) -> WebPage:
    """A page in UTF-8.

    Raises:
        DataError: it is not UTF-8.
    """
    events = _Tokenizer(decode(data, name)).events
    pieces: list[str | tuple[str, Segment]] = []
    kept: list[Kept] = []
    line = 1
    pending: list[_Event] = []  # of the segment that is being collected

    def end_segment() -> None:
        nonlocal line
        if pending:
            pieces.append(_segment(pending, line))
            line += sum(event.raw.count("\n") for event in pending)
            pending.clear()

    index = 0
    while index < len(events):
        event = events[index]
        length = _opaque_length(events, index)
        if length and event.name not in _INLINE_ELEMENTS:
            end_segment()
            raw = "".join(other.raw for other in events[index : index + length])
            text = "".join(html.unescape(other.raw) for other in events[index : index + length] if other.kind == "text")
            if event.name not in _OPAQUE_ELEMENTS and text.strip():
                kept.append(Kept(f"line {line}", NOT_TO_BE_TRANSLATED, " ".join(text.split())))
            pieces.append(raw)
            line += raw.count("\n")
        elif event.kind in ("text", "comment") or (event.kind != "other" and event.name in _INLINE_ELEMENTS):
            pending += events[index : index + max(1, length)]
        else:
            end_segment()
            pieces.append(event.raw)
            line += event.raw.count("\n")
        index += max(1, length)
    end_segment()
    return WebPage(pieces, kept)


def _opaque_length(events: Sequence[_Event], index: int) -> int:
    """How many events, from a start tag to its end tag, are to stay as they are; 0 if none."""
    event = events[index]
    if event.kind != "start" or event.name in VOID_ELEMENTS:
        return 0
    classes = (event.attributes.get("class") or "").split()
    marked = (event.attributes.get("translate") or "").lower() == "no" or "notranslate" in classes
    if not marked and event.name not in _OPAQUE_ELEMENTS | VERBATIM_ELEMENTS:
        return 0
    depth = 0
    for length, other in enumerate(events[index:], start=1):
        if other.name == event.name:
            depth += {"start": 1, "end": -1}.get(other.kind, 0)
        if not depth:
            return length
    return len(events) - index if event.name not in _INLINE_ELEMENTS else 0


def _segment(events: Sequence[_Event], line: int) -> str | tuple[str, Segment]:
    """The segment of some text and the tags that run in it; the raw text alone if there are no words in it."""
    builder = SegmentBuilder()
    raw = "".join(event.raw for event in events)
    index = 0
    while index < len(events):
        event = events[index]
        length = max(1, _opaque_length(events, index))
        if length > 1:
            inside = events[index : index + length]
            shown = "".join(html.unescape(other.raw) for other in inside if other.kind == "text").strip()
            content = "".join(other.raw for other in inside)
            if shown:
                builder.fixed(shown, content)
            else:
                builder.point(content)
        elif event.kind == "text":
            builder.text(html.unescape(event.raw))
        elif event.kind == "comment" or event.name in VOID_ELEMENTS:
            builder.point(event.raw)
        elif event.kind == "start":
            builder.open(event.name, event.raw)
        else:
            builder.close(event.name, event.raw)
        index += length
    line += raw.count("\n", 0, len(raw) - len(raw.lstrip()))
    segment = builder.build(f"line {line}")
    return (raw, segment) if segment.text else raw
