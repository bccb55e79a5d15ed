"""HTML tags within a text: what pairs, what stands alone, and what the reader of a message would call its text."""

from __future__ import annotations

import html
import re

from seq2seq.documents.segment import Markup, Part, SegmentBuilder

VOID_ELEMENTS = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
# Their text is not language, and comes out as it went in.
VERBATIM_ELEMENTS = frozenset({"code", "kbd", "samp", "var", "tt", "ruby"})

_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)((?:\s[^<>]*)?/?)>|<!--.*?-->", re.DOTALL)


def add_tagged_text(builder: SegmentBuilder, text: str, *, unescape: bool = False) -> None:
    """Adds text with HTML tags to a segment; contents of markup are the raw strings.

    With `unescape`, entities in the text become the characters that they stand for, as in HTML itself.
    """
    here = 0
    for match in _TAG.finditer(text):
        _add_text(builder, text[here : match.start()], unescape)
        here = match.end()
        name = (match[2] or "").lower()
        if not name or name in VOID_ELEMENTS or match[3].endswith("/"):
            builder.point(match[0])
            around = text[: match.start()][-1:], text[here:][:1]
            if name == "br" and all(around) and not any(map(str.isspace, around)):
                builder.text(" ")  # else the model would read the words on both sides of it as one
        elif match[1]:
            builder.close(name, match[0])
        else:
            builder.open(name, match[0])
    _add_text(builder, text[here:], unescape)


def _add_text(builder: SegmentBuilder, text: str, unescape: bool) -> None:
    builder.text(html.unescape(text) if unescape else text)


def to_string(parts: list[Part]) -> str:
    """Parts whose markup is raw strings, with their text as it is."""
    return "".join(part.content if isinstance(part, Markup) else part for part in parts)
