"""XML documents through lxml (BSD): safe parsing, inline elements to markup and back, the same head when written."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable

from lxml import etree

from seq2seq.documents.segment import Markup, Part, SegmentBuilder
from seq2seq.errors import DataError

# All before the root: a byte order mark, the declaration, comments, the document type.
_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*(?=<[^!?])", re.DOTALL
)


def parse_xml(data: bytes, name: str) -> etree._ElementTree:
    """The tree of a document; nothing outside of it is read, and no entity of its own is replaced.

    Raises:
        DataError: it is not well-formed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False)
    try:
        return etree.ElementTree(etree.fromstring(data, parser))
    except etree.XMLSyntaxError as error:
        raise DataError(f"{name}: not well-formed XML — given {error.msg} — check it with `xmllint --noout`") from None


def write_xml(tree: etree._ElementTree, data: bytes) -> bytes:
    """The tree as bytes, in the encoding of the `data` it was read from; all before its root stays as it was."""
    encoding = tree.docinfo.encoding or "UTF-8"
    root = tree.getroot()
    head = _HEAD.match(data)
    if encoding.upper().startswith(("UTF-16", "UTF-32", "UCS")) or head is None or root.getnext() is not None:
        return etree.tostring(tree, encoding=encoding, xml_declaration=True)
    body = etree.tostring(root, encoding=encoding, xml_declaration=False, with_tail=False)
    if b"\r\n" in data:  # parsers of XML give line feeds for all line ends
        body = body.replace(b"\n", b"\r\n")
    return head[0] + body + data[data.rindex(b">") + 1 :]


def local_name(element: etree._Element) -> str:
    """The name without its namespace; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


class InlineReader:
    """Puts the content of an element into a segment.

    Args:
        pairs: names of elements that are tags around text; marked with translate="no" or mtype="protected", their text
            is fixed.
        opening, closing: names of elements that are the two ends of a tag, linked by an attribute.
    """

    def __init__(self, pairs: Iterable[str], opening: Iterable[str] = (), closing: Iterable[str] = ()) -> None:
        self._pairs = frozenset(pairs)
        self._opening = frozenset(opening)
        self._closing = frozenset(closing)

    def add(self, builder: SegmentBuilder, element: etree._Element) -> None:
        """Adds all that is in the element. Contents of markup: an element to copy, or the two ends of one."""
        builder.text(element.text or "")
        for child in element:
            self._add_child(builder, child)
            builder.text(child.tail or "")

    def _add_child(self, builder: SegmentBuilder, child: etree._Element) -> None:
        name = local_name(child)
        if name in self._pairs and _is_translatable(child):
            builder.open(child, ("begin", child))
            self.add(builder, child)
            builder.close(child, ("end", child))
        elif name in self._pairs and "".join(child.itertext()).strip():
            builder.fixed("".join(child.itertext()), ("copy", child))
        elif name in self._opening:
            builder.open(_pair_key(child), ("copy", child))
        elif name in self._closing:
            builder.close(_pair_key(child), ("copy", child))
        else:
            builder.point(("copy", child))


def _is_translatable(element: etree._Element) -> bool:
    return element.get("translate") != "no" and element.get("mtype") != "protected"


def _pair_key(element: etree._Element) -> str:
    """What the two halves of a pair have in common: XLIFF 1.2 rid or id, XLIFF 2 id and startRef, TMX i."""
    for name in ("startRef", "rid", "i", "id"):
        if element.get(name) is not None:
            return element.get(name)
    return ""


def fill(element: etree._Element, parts: Iterable[Part]) -> None:
    """Gives an empty element the parts as its content."""
    stack = [element]
    last: etree._Element | None = None  # the text goes behind it, or else to the beginning of the innermost element

    def add_text(text: str) -> None:
        if last is None:
            stack[-1].text = (stack[-1].text or "") + text
        else:
            last.tail = (last.tail or "") + text

    for part in parts:
        if not isinstance(part, Markup):
            add_text(part)
            continue
        kind, original = part.content
        if kind == "end":
            last = stack.pop()
        elif kind == "begin":
            made = etree.SubElement(stack[-1], original.tag, original.attrib, original.nsmap)
            stack.append(made)
            last = None
        else:
            made = copy.deepcopy(original)
            made.tail = None
            stack[-1].append(made)
            last = made
