"""Markdown (CommonMark, tables, strike-through), .md, through markdown-it-py (MIT): all but text stays byte for byte.

A segment is a paragraph, a heading or a table's cell. Emphasis, links and HTML tags run in the text; code, automatic
links and footnote marks come out as they went in; pictures stay, their descriptions too. Code blocks, HTML blocks and a
YAML header stay. A translation is put in only if the parser reads it as the same kind of block with the same inline
markup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from seq2seq.documents.document import Document, Kept, decode
from seq2seq.documents.inline_html import add_tagged_text
from seq2seq.documents.segment import Markup, Part, Segment, SegmentBuilder

UNCLEAR = "its inline markup is of a form that is not known here"
READ_OTHERWISE = "the translation would be read as other markup"
HTML_BLOCK = "a block of HTML"

_HEADER = re.compile(r"---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_BREAK = re.compile(r"(?:\\|[ \t]*)\n[ \t]*")
_LINK_TAIL = re.compile(r"\]\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|\]\[[^\]\n]+\]|\](?:\[\])?")
_IMAGE = re.compile(r"!\[(?:[^\[\]\\]|\\.)*(?:\]\((?:[^()\\]|\\.|\([^()]*\))*\)|\]\[[^\]\n]*\]|\])", re.DOTALL)
_AUTOMATIC_LINK = re.compile(r"<[^<>\s]+>")
_MARK = re.compile(r"(\[\^[^\]\s]+\])")  # of a footnote
_ITEM_MARK = re.compile(r"(?:\[[ xX]\]|\[\^[^\]\s]+\]:)[ \t]+")  # of a task, or of a footnote's text
_LINE_START = re.compile(r"(?m)^([ \t]*)(?:([-+=#>~:|])|(\d+)([.)]))")


class _Unclear(Exception):
    """Inline markup that cannot be found again in the text."""


@dataclass
class _Block:
    """A text of the document and where it stands."""

    segment: Segment
    kind: str  # paragraph_open, heading_open, th_open, td_open
    is_underlined: bool  # a heading of two lines
    begin: int  # characters of the document
    end: int
    prefixes: list[str]  # of its second and later lines: quotation marks, indentation
    signature: list[Any]


class MarkdownDocument(Document):
    """A document, with the places of its texts."""

    def __init__(self, text: str, parser: MarkdownIt, environment: dict[str, Any], line_end: str) -> None:
        super().__init__()
        self._text = text
        self._parser = parser
        self._environment = environment
        self._line_end = line_end
        self._blocks: list[_Block] = []

    def add(self, block: _Block) -> None:
        self._blocks.append(block)
        self.segments.append(block.segment)

    def write(self) -> bytes:
        pieces: list[str] = []
        here = 0
        for block in self._blocks:
            if block.segment.translation is None:
                continue
            rendered = self._render(block)
            if rendered is None:
                block.segment.translation, block.segment.problem = None, READ_OTHERWISE
                continue
            first, *others = rendered.split("\n")
            prefixes = block.prefixes + [block.prefixes[-1] if block.prefixes else ""] * len(others)
            lines = [first, *(prefix + line.lstrip() for prefix, line in zip(prefixes, others, strict=False))]
            pieces += [self._text[here : block.begin], "\n".join(lines)]
            here = block.end
        pieces.append(self._text[here:])
        return "".join(pieces).replace("\n", self._line_end).encode()

    def _render(self, block: _Block) -> str | None:
        """The translation as Markdown, with as few escapes as will do; None if it would be read as something else."""
        parts = block.segment.written()
        wanted = " ".join("".join(part for part in parts if isinstance(part, str)).split())
        in_table = block.kind in ("th_open", "td_open")
        for escape in (str, _escaped):
            rendered = "".join(part.content if isinstance(part, Markup) else escape(part) for part in parts)
            if escape is _escaped and (block.kind == "paragraph_open" or block.is_underlined):
                rendered = _LINE_START.sub(_escape_line_start, rendered)
            if in_table and "|" in rendered.replace("\\|", ""):
                continue
            shell = rendered
            if block.is_underlined:
                shell = f"{rendered}\n==="
            elif block.kind == "heading_open":
                shell = f"# {rendered}"
            elif in_table:
                shell = f"| {rendered} |\n| --- |"
            tokens = self._parser.parse(shell, dict(self._environment))
            inline = [token for token in tokens if token.type == "inline"]
            read_as = tokens[0].type if not in_table else "th_open" if len(inline) == 1 else ""
            expected = block.kind if not in_table else "th_open"
            if len(inline) == 1 and read_as == expected and (in_table or len(tokens) == 3):
                children = inline[0].children or []
                if _signature(children) == block.signature and _plain(children) == wanted:
                    return rendered
        return None


def read_markdown(data: bytes, name: str) -> MarkdownDocument:
    """A document in UTF-8. Line ends become those of its first line where it has two kinds.

    Raises:
        DataError: it is not UTF-8.
    """
    text = decode(data, name)
    line_end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("text_join")
    environment: dict[str, Any] = {}
    header = _HEADER.match(text)
    # Blank lines in its place, so that lines keep their numbers.
    shown = ("\n" * header[0].count("\n") + text[header.end() :]) if header else text
    tokens = parser.parse(shown, environment)
    document = MarkdownDocument(text, parser, environment, line_end)
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    row: tuple[int, int] = (0, 0)  # line and column that the cells of a table's row are read up to
    for index, token in enumerate(tokens):
        opening = tokens[index - 1]  # of a token that is inline
        if token.type == "html_block":
            plain = re.sub(r"<[^>]*>", " ", token.content)
            if any(map(str.isalpha, plain)):
                document.kept.append(Kept(f"line {(token.map or [0])[0] + 1}", HTML_BLOCK, " ".join(plain.split())))
        if token.type == "tr_open" and token.map:
            row = (token.map[0], 0)
        if token.type != "inline" or not token.content.strip():
            continue
        if opening.type in ("th_open", "td_open"):
            first, column = row[0], lines[row[0]].find(token.content, row[1])
            spots = [(first, column)]
            row = (first, max(row[1], column + len(token.content)))
        else:
            first = (token.map or [0])[0]
            spots = [
                (number, _find(lines[number], line, opening))
                for number, line in enumerate(token.content.split("\n"), start=first)
            ]
        place = f"line {first + 1}"
        if any(column < 0 for _, column in spots):
            document.kept.append(Kept(place, UNCLEAR, token.content))
            continue
        try:
            segment = _build(token, place)
        except _Unclear:
            document.kept.append(Kept(place, UNCLEAR, token.content))
            continue
        if not segment.text:
            continue
        last, column = spots[-1]
        block = _Block(
            segment,
            opening.type,
            opening.type == "heading_open" and opening.markup in ("=", "-"),
            starts[first] + spots[0][1],
            starts[last] + column + len(token.content.split("\n")[-1]),
            [lines[number][:column] for number, column in spots[1:]],
            _signature(token.children or []),
        )
        document.add(block)
    return document


def _find(line: str, content: str, opening: Token) -> int:
    """The column of a block's line in the document's line; -1 if it is not there as it is."""
    if opening.type == "heading_open" and opening.markup.startswith("#"):
        return line.find(content, line.find("#") + len(opening.markup))
    column = len(line.rstrip()) - len(content.rstrip())
    return column if column >= 0 and line[column:].rstrip() == content.rstrip() else -1


def _build(token: Token, place: str) -> Segment:
    """The segment of a block, by finding each of the parser's inline tokens again in the block's text."""
    builder = SegmentBuilder()
    content, here = token.content, 0
    children = token.children or []
    labels: list[int] = []  # where the texts of open links begin
    index = 0

    def take(pattern: re.Pattern[str] | str) -> str:
        nonlocal here
        match = pattern.match(content, here) if isinstance(pattern, re.Pattern) else None
        if isinstance(pattern, str):
            found = pattern if content.startswith(pattern, here) else None
        else:
            found = match[0] if match else None
        if found is None:
            raise _Unclear
        here += len(found)
        return found

    while index < len(children):
        child = children[index]
        index += 1
        if child.type == "text":
            text = take(child.content)
            mark = _ITEM_MARK.match(text) if here == len(text) else None
            if mark:
                builder.point(mark[0])
                text = text[mark.end() :]
            for number, part in enumerate(_MARK.split(text)):
                if number % 2:
                    builder.point(part)
                else:
                    builder.text(part)
        elif child.type == "text_special":
            take(child.markup)
            builder.text(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            raw = take(_BREAK)
            builder.text("  \n" if raw.startswith("\\") else raw)
        elif child.type == "code_inline":
            ticks = re.escape(child.markup)
            builder.fixed(child.content, take(re.compile(rf"{ticks}.*?[^`]{ticks}(?!`)", re.DOTALL)))
        elif child.type == "link_open" and child.markup == "autolink":
            builder.fixed(children[index].content, take(_AUTOMATIC_LINK))
            index += 2
        elif child.type == "link_open":
            builder.open("link", take("["))
            labels.append(here)
        elif child.type == "link_close":
            label = content[labels.pop() : here]
            tail = take(_LINK_TAIL)
            # The text of a link is its name where it has no other; translated, it needs one.
            builder.close("link", f"][{label}]" if tail in ("]", "][]") else tail)
        elif child.type == "image":
            builder.point(take(_IMAGE))
        elif child.type == "html_inline":
            add_tagged_text(builder, take(child.content))
        elif child.type.endswith("_open"):
            builder.open(child.tag, take(child.markup))
        elif child.type.endswith("_close"):
            builder.close(child.tag, take(child.markup))
        else:
            raise _Unclear
    if content[here:].strip():
        raise _Unclear
    builder.text(content[here:])
    return builder.build(place)


def _signature(children: Sequence[Token]) -> list[Any]:
    """All inline markup of a block, in an order of its own: a translation has the same."""
    return sorted(
        repr((child.type, child.attrs, child.content if child.type != "link_open" else ""))
        for child in children
        if child.type not in ("text", "text_special", "softbreak", "hardbreak")
    )


def _plain(children: Sequence[Token]) -> str:
    """The text that is no code, nor an automatic link, with single spaces."""
    found: list[str] = []
    automatic = False
    for child in children:
        if child.type == "link_open":
            automatic = child.markup == "autolink"
        elif child.type == "link_close":
            automatic = False
        elif child.type in ("softbreak", "hardbreak"):
            found.append("\n")
        elif child.type in ("text", "text_special") and not automatic:
            text = child.content if found else _ITEM_MARK.sub("", child.content, count=1)
            found.append(_MARK.sub("", text))
    return " ".join("".join(found).split())


def _escaped(part: Part) -> str:
    return re.sub(r"([\\`*_\[\]<>&~|])", r"\\\1", str(part))


def _escape_line_start(match: re.Match[str]) -> str:
    space, sign, number, dot = match.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\{dot}"
