"""Translation memories, TMX 1.4, .tmx, through lxml (BSD): units get a variant in the target language.

The variant in the source language is the segment; `hi` is a tag, `bpt` and `ept` are the two ends of one, other inline
elements stand alone. Units that have a variant in the target language are kept. Languages are compared by their first
part (`en` and `en-GB`) where none is the same in full.
"""

from __future__ import annotations

from lxml import etree

from seq2seq.documents.document import ALREADY_TRANSLATED, Document, Kept, Options
from seq2seq.documents.segment import Segment, SegmentBuilder
from seq2seq.documents.xml import InlineReader, fill, local_name, parse_xml, write_xml
from seq2seq.errors import DataError

NO_SOURCE = "no text in the source language"

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_READER = InlineReader(pairs=("hi",), opening=("bpt",), closing=("ept",))


class TmxDocument(Document):
    """A tree, and the variants that its units are translated from."""

    def __init__(self, tree: etree._ElementTree, data: bytes, options: Options) -> None:
        super().__init__()
        self._tree = tree
        self._data = data
        self._language = options.target_language
        self._variants: list[tuple[etree._Element, etree._Element | None, Segment]] = []
        for unit in tree.iter("tu"):
            place = f"line {unit.sourceline}"
            source = _variant(unit, options.source_language)
            target = _variant(unit, options.target_language)
            if source is None or source.find("seg") is None:
                self.kept.append(Kept(place, NO_SOURCE, " ".join("".join(unit.itertext()).split())))
                continue
            if target is not None and not options.retranslate:
                self.kept.append(Kept(place, ALREADY_TRANSLATED, "".join(source.find("seg").itertext())))
                continue
            builder = SegmentBuilder()
            _READER.add(builder, source.find("seg"))
            segment = builder.build(place)
            if segment.text:
                self.segments.append(segment)
                self._variants.append((source, target, segment))

    def write(self) -> bytes:
        for source, old, segment in self._variants:
            if segment.translation is None:
                continue
            target = etree.Element("tuv", {_LANGUAGE: self._language if old is None else _language(old)})
            target.text = source.text
            made = etree.SubElement(target, "seg")
            made.tail = source[-1].tail
            fill(made, segment.written())
            unit = source.getparent()
            if old is not None:
                target.tail = old.tail
                unit.replace(old, target)
                continue
            target.tail = source.tail
            source.tail = unit.text if unit.text and unit.text.isspace() else source.tail
            unit.insert(unit.index(source) + 1, target)
        return write_xml(self._tree, self._data)


def _language(variant: etree._Element) -> str:
    return variant.get(_LANGUAGE) or variant.get("lang") or ""


def _variant(unit: etree._Element, language: str) -> etree._Element | None:
    """The variant of a unit in a language, or else in one with the same first part."""
    variants = unit.findall("tuv")
    wanted = language.lower().replace("_", "-")
    for full in (True, False):
        for variant in variants:
            found = _language(variant).lower().replace("_", "-")
            if (found if full else found.split("-")[0]) == (wanted if full else wanted.split("-")[0]):
                return variant
    return None


def read_tmx(data: bytes, name: str, options: Options) -> TmxDocument:
    """A memory.

    Raises:
        DataError: it is not well-formed, or no TMX.
    """
    tree = parse_xml(data, name)
    if local_name(tree.getroot()) != "tmx":
        raise DataError(f"{name}: no translation memory — given <{local_name(tree.getroot())}> — give TMX, <tmx>")
    return TmxDocument(tree, data, options)
