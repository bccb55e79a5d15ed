"""XLIFF 1.2 and 2.0, .xlf and .xliff, through lxml (BSD): sources stay, targets are written.

1.2: a `trans-unit` is a segment; `g` and `mrk` are tags, `bpt` and `ept` the two ends of one, all other inline elements
stand alone. A new target says `state="needs-review-translation"` and `state-qualifier="leveraged-mt"`. A unit that is
cut up by `seg-source` is translated as a whole, and its target has no such marks.
2.0: a `segment` is one; `pc` and `mrk` are tags, `sc` and `ec` two ends. A new target sets `state="translated"`.
Units with a target, or with `translate="no"` on them or above, are kept.
"""

from __future__ import annotations

from lxml import etree

from seq2seq.documents.document import ALREADY_TRANSLATED, NOT_TO_BE_TRANSLATED, Document, Kept, Options
from seq2seq.documents.segment import Segment, SegmentBuilder
from seq2seq.documents.xml import InlineReader, fill, local_name, parse_xml, write_xml
from seq2seq.errors import DataError

_FIRST = InlineReader(pairs=("g", "mrk"), opening=("bpt",), closing=("ept",))
_SECOND = InlineReader(pairs=("pc", "mrk"), opening=("sc",), closing=("ec",))


class XliffDocument(Document):
    """A tree, and the places of its targets."""

    def __init__(self, tree: etree._ElementTree, data: bytes, options: Options) -> None:
        super().__init__()
        self._tree = tree
        self._data = data
        self._language = options.target_language
        self._is_first = tree.getroot().get("version", "").startswith("1.")
        self._sources: list[tuple[etree._Element, Segment]] = []
        reader = _FIRST if self._is_first else _SECOND
        for unit in tree.iter("{*}trans-unit" if self._is_first else "{*}segment"):
            source = unit.find("{*}source")
            if source is None:
                continue
            place = f"line {unit.sourceline}"
            shown = "".join(source.itertext())
            target = unit.find("{*}target")
            if _is_kept(unit):
                self.kept.append(Kept(place, NOT_TO_BE_TRANSLATED, shown))
            elif target is not None and (len(target) or (target.text or "").strip()) and not options.retranslate:
                self.kept.append(Kept(place, ALREADY_TRANSLATED, shown))
            else:
                builder = SegmentBuilder()
                reader.add(builder, source)
                segment = builder.build(place)
                if segment.text:
                    self.segments.append(segment)
                    self._sources.append((source, segment))

    def write(self) -> bytes:
        for source, segment in self._sources:
            if segment.translation is not None:
                self._write_target(source, segment)
        return write_xml(self._tree, self._data)

    def _write_target(self, source: etree._Element, segment: Segment) -> None:
        unit = source.getparent()
        target = unit.find("{*}target")
        if target is None:
            target = etree.Element(etree.QName(etree.QName(source).namespace, "target"))
            # Behind the source, and behind the cut-up source of 1.2, with the same indentation.
            before = source if unit.find("{*}seg-source") is None else unit.find("{*}seg-source")
            unit.insert(unit.index(before) + 1, target)
            target.tail, before.tail = before.tail, unit.text if (unit.text or "").isspace() else before.tail
        else:
            for child in list(target):
                target.remove(child)
            target.text = None
        fill(target, segment.written())
        space = source.get("{http://www.w3.org/XML/1998/namespace}space")
        if space is not None:
            target.set("{http://www.w3.org/XML/1998/namespace}space", space)
        if self._is_first:
            target.set("state", "needs-review-translation")
            target.set("state-qualifier", "leveraged-mt")
            file = next(unit.iterancestors("{*}file"), None)
            if file is not None and file.get("target-language") is None:
                file.set("target-language", self._language)
        else:
            unit.set("state", "translated")
            root = self._tree.getroot()
            if root.get("trgLang") is None:
                root.set("trgLang", self._language)


def _is_kept(unit: etree._Element) -> bool:
    """Whether the nearest word on it, here or above, is that it is not to be translated."""
    for element in (unit, *unit.iterancestors()):
        if element.get("translate") in ("yes", "no"):
            return element.get("translate") == "no"
    return False


def read_xliff(data: bytes, name: str, options: Options) -> XliffDocument:
    """A document of XLIFF 1.x or 2.x.

    Raises:
        DataError: it is not well-formed, or no XLIFF.
    """
    tree = parse_xml(data, name)
    root = tree.getroot()
    version = root.get("version", "")
    if local_name(root) != "xliff" or version[:2] not in ("1.", "2."):
        raise DataError(
            f"{name}: no XLIFF of a known version — given <{local_name(root)}> of version {version!r} — give XLIFF 1.2 "
            "or 2.0"
        )
    return XliffDocument(tree, data, options)
