"""Documents of word processors, .docx (Office Open XML), through zipfile of Python and lxml (BSD).

A segment is the text of a paragraph between tabs and line breaks: of the body with its tables and text boxes, of
headers, footers, footnotes and endnotes. Runs that are formatted unlike most of the segment, and links, are tags;
pictures, bookmarks and references to notes stand alone. A paragraph with a field, a tracked change or a content control
in it stays as it was. What else is in the package (styles, pictures, comments, properties) stays byte for byte.
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from seq2seq.documents.document import Document, Kept, settle_unit
from seq2seq.documents.segment import Part, Segment, SegmentBuilder
from seq2seq.documents.xml import local_name, parse_xml, write_xml
from seq2seq.errors import DataError

UNSUPPORTED = "a field, a tracked change or a control is in the paragraph"

# Of the transitional and of the strict variant of ISO/IEC 29500.
_PARAGRAPHS = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}p",
)
_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_BREAKS = frozenset({"tab", "br", "cr", "ptab"})
# Marks of the spelling checker and of the last layout, which the program makes anew.
_PASSING = frozenset({"proofErr", "lastRenderedPageBreak"})
_POINTS = frozenset({"bookmarkStart", "bookmarkEnd", "commentRangeStart", "commentRangeEnd", "permStart", "permEnd"})
_RUN_POINTS = frozenset(
    {"drawing", "pict", "object", "AlternateContent", "sym", "separator", "continuationSeparator", "annotationRef"}
    | {"footnoteReference", "endnoteReference", "commentReference", "footnoteRef", "endnoteRef"}
)


class _Unsupported(Exception):
    """The paragraph holds what cannot be taken apart here."""


class _Piece(NamedTuple):
    """A part of a run, or what stands beside runs."""

    kind: str  # text, point, break, begin (of a link), end
    text: str = ""
    element: etree._Element | None = None
    properties: etree._Element | None = None  # of the run


@dataclass
class _Paragraph:
    element: etree._Element
    contents: list[Segment | _Piece]  # segments, and breaks between them
    bases: list[etree._Element | None]  # for each of them, the formatting of most of its letters


class WordDocument(Document):
    """The parts of a package that hold text."""

    def __init__(self, package: list[tuple[zipfile.ZipInfo, bytes]], name: str) -> None:
        super().__init__()
        self._package = package
        self._trees: dict[str, etree._ElementTree] = {}
        self._paragraphs: dict[str, list[_Paragraph]] = {}
        for information, data in package:
            if _PARTS.fullmatch(information.filename):
                tree = self._trees[information.filename] = parse_xml(data, f"{name}, {information.filename}")
                self._paragraphs[information.filename] = []
                for number, element in enumerate(tree.iter(*_PARAGRAPHS), start=1):
                    self._read(element, information.filename, number)

    def _read(self, element: etree._Element, part: str, number: int) -> None:
        place = f"paragraph {number}" if part == "word/document.xml" else f"{part}, paragraph {number}"
        text = "".join(child.text or "" for child in element.iterfind(".//{*}t")).strip()
        try:
            pieces = _pieces(element)
        except _Unsupported:
            if text:
                self.kept.append(Kept(place, UNSUPPORTED, text))
            return
        paragraph = _Paragraph(element, [], [])
        group: list[_Piece] = []
        for piece in [*pieces, _Piece("break")]:
            if piece.kind != "break":
                group.append(piece)
                continue
            if group:
                base = _base(group)
                segment = _segment(group, base, place)
                paragraph.contents.append(segment)
                paragraph.bases.append(base)
                if segment.text:
                    self.segments.append(segment)
                group = []
            if piece.element is not None:
                paragraph.contents.append(piece)
                paragraph.bases.append(None)
        if any(isinstance(content, Segment) and content.text for content in paragraph.contents):
            self._paragraphs[part].append(paragraph)

    def write(self) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as package:
            for information, data in self._package:
                changed = False
                for paragraph in self._paragraphs.get(information.filename, []):
                    segments = [content for content in paragraph.contents if isinstance(content, Segment)]
                    if settle_unit([segment for segment in segments if segment.text]):
                        _rebuild(paragraph)
                        changed = True
                if changed:
                    data = write_xml(self._trees[information.filename], data)
                package.writestr(information, data)
        return written.getvalue()


def _pieces(container: etree._Element, *, in_link: bool = False) -> list[_Piece]:
    """A paragraph, or a link in it, from left to right."""
    found: list[_Piece] = []
    for child in container:
        name = local_name(child)
        if name == "r":
            found += _run_pieces(child)
        elif name in _POINTS:
            found.append(_Piece("point", element=child))
        elif name == "hyperlink" and not in_link:
            inside = _pieces(child, in_link=True)
            if any(piece.kind == "break" for piece in inside):
                raise _Unsupported
            found += [_Piece("begin", element=child), *inside, _Piece("end", element=child)]
        elif name not in _PASSING and name != "pPr":
            raise _Unsupported
    return found


def _run_pieces(run: etree._Element) -> list[_Piece]:
    properties = run.find("{*}rPr")
    found: list[_Piece] = []
    for child in run:
        name = local_name(child)
        if name == "t":
            found.append(_Piece("text", child.text or "", properties=properties))
        elif name in _BREAKS or name in _RUN_POINTS:
            found.append(_Piece("break" if name in _BREAKS else "point", element=child, properties=properties))
        elif name not in _PASSING and name != "rPr":
            raise _Unsupported
    return found


def _format(properties: etree._Element | None) -> bytes:
    """What tells one formatting from another: the proofing language does not."""
    if properties is None:
        return b""
    compared = copy.deepcopy(properties)
    for child in list(compared):
        if local_name(child) in ("lang", "noProof"):
            compared.remove(child)
    compared.tail = None
    return etree.tostring(compared, method="c14n", exclusive=True) if len(compared) else b""


def _base(pieces: list[_Piece]) -> etree._Element | None:
    """The formatting of most letters."""
    letters: Counter[bytes] = Counter()
    known: dict[bytes, etree._Element | None] = {}
    for piece in pieces:
        if piece.kind == "text":
            letters[_format(piece.properties)] += len(piece.text)
            known.setdefault(_format(piece.properties), piece.properties)
    return known[letters.most_common(1)[0][0]] if letters else None


def _segment(pieces: list[_Piece], base: etree._Element | None, place: str) -> Segment:
    builder = SegmentBuilder()
    usual = _format(base)
    current = usual

    def change(wanted: bytes, properties: etree._Element | None = None) -> None:
        nonlocal current
        if wanted == current:
            return
        if current != usual:
            builder.close("run", ("close", None))
        if wanted != usual:
            builder.open("run", ("open", properties))
        current = wanted

    for piece in pieces:
        if piece.kind == "text":
            change(_format(piece.properties), piece.properties)
            builder.text(piece.text)
        elif piece.kind == "point":
            builder.point(("point", piece))
        else:
            change(usual)
            if piece.kind == "begin":
                builder.open("link", ("begin", piece.element))
            else:
                builder.close("link", ("end", piece.element))
    change(usual)
    return builder.build(place)


def _rebuild(paragraph: _Paragraph) -> None:
    """Writes the paragraph anew from its segments; elements are moved, never copied, so that each is there once."""
    element = paragraph.element
    for child in list(element):
        if local_name(child) != "pPr":
            element.remove(child)
    for content, base in zip(paragraph.contents, paragraph.bases, strict=True):
        if isinstance(content, Segment):
            _write_parts(element, content.written(), base)
        elif content.element is not None:
            _add_run(element, content.properties).append(content.element)


def _write_parts(paragraph: etree._Element, parts: list[Part], base: etree._Element | None) -> None:
    container = paragraph
    properties = base
    for part in parts:
        if isinstance(part, str):
            run = _add_run(container, properties)
            text = etree.SubElement(run, etree.QName(etree.QName(run).namespace, "t"))
            text.text = part
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            continue
        kind, content = part.content
        if kind == "open":
            properties = content
        elif kind == "close":
            properties = base
        elif kind == "begin":
            for child in list(content):
                content.remove(child)
            container.append(content)
            container = content
        elif kind == "end":
            container = paragraph
        elif content.properties is None and local_name(content.element) in _POINTS:
            container.append(content.element)
        else:
            _add_run(container, content.properties).append(content.element)


def _add_run(container: etree._Element, properties: etree._Element | None) -> etree._Element:
    run = etree.SubElement(container, etree.QName(etree.QName(container).namespace, "r"))
    if properties is not None:
        made = copy.deepcopy(properties)
        made.tail = None
        run.append(made)
    return run


def read_word(data: bytes, name: str) -> WordDocument:
    """A package.

    Raises:
        DataError: it is none, or its text is no well-formed XML.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = [(information, package.read(information)) for information in package.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise DataError(f"{name}: no .docx document — given {error} — save it as .docx, without a password") from None
    if not any(information.filename == "word/document.xml" for information, _ in members):
        raise DataError(f"{name}: no .docx document — given a package without word/document.xml — save it as .docx")
    return WordDocument(members, name)
