"""Message catalogues of gettext, .po and .pot, through polib (MIT).

A message is translated line by line, since its line ends are those of the program. Placeholders and HTML tags in it
stay. Translations that are there are kept unless asked; obsolete messages always. A message with plural forms is
translated if the catalogue says that the language has two of them, as the source, or one; which of three or more forms
says what, no model of sentences knows. Fuzzy messages count as translated: a person has to look at them.
"""

from __future__ import annotations

import re

import polib

from seq2seq.documents.document import ALREADY_TRANSLATED, Document, Kept, Options, decode, settle_unit
from seq2seq.documents.inline_html import add_tagged_text, to_string
from seq2seq.documents.segment import Segment, SegmentBuilder
from seq2seq.errors import DataError

PLURAL_FORMS = "plural forms beyond those of the source"

_WIDTH = 78  # of lines, as gettext's own tools write them
_LINE_END = re.compile(r"(\r?\n)")


class PoDocument(Document):
    """A catalogue."""

    def __init__(self, catalogue: polib.POFile, options: Options) -> None:
        super().__init__()
        self._catalogue = catalogue
        # (entry, plural form or None, segments and the strings between them)
        self._messages: list[tuple[polib.POEntry, int | None, list[Segment | str]]] = []
        for entry in catalogue:
            place = f"line {entry.linenum}"
            if entry.obsolete:
                continue
            has_translation = bool(entry.msgstr) or any(entry.msgstr_plural.values())
            if has_translation and not options.retranslate:
                self.kept.append(Kept(place, ALREADY_TRANSLATED, entry.msgid))
            elif not entry.msgid_plural:
                self._add(entry, None, entry.msgid, place)
            else:
                self._add_plural(entry, place)

    def _add_plural(self, entry: polib.POEntry, place: str) -> None:
        count = re.search(r"nplurals\s*=\s*(\d+)", self._catalogue.metadata.get("Plural-Forms", ""))
        if count and count[1] == "1":
            self._add(entry, 0, entry.msgid_plural, place)
        elif count and count[1] == "2":
            self._add(entry, 0, entry.msgid, f"{place}, singular")
            self._add(entry, 1, entry.msgid_plural, f"{place}, plural")
        else:
            self.kept.append(Kept(place, PLURAL_FORMS, entry.msgid))

    def _add(self, entry: polib.POEntry, form: int | None, text: str, place: str) -> None:
        pieces: list[Segment | str] = []
        for line in _LINE_END.split(text):
            builder = SegmentBuilder()
            add_tagged_text(builder, line)
            segment = builder.build(place)
            if segment.text:
                pieces.append(segment)
                self.segments.append(segment)
            else:
                pieces.append(line)
        self._messages.append((entry, form, pieces))

    def write(self) -> bytes:
        entries: dict[int, list[Segment]] = {}
        for entry, _, pieces in self._messages:  # one of two plural forms is no translation, nor is half a message
            entries.setdefault(id(entry), []).extend(piece for piece in pieces if isinstance(piece, Segment))
        translated = {key for key, segments in entries.items() if settle_unit(segments)}
        for entry, form, pieces in self._messages:
            if id(entry) not in translated:
                continue
            text = "".join(piece if isinstance(piece, str) else to_string(piece.written()) for piece in pieces)
            if form is None:
                entry.msgstr = text
            else:
                entry.msgstr_plural[form] = text
        return str(self._catalogue).encode()


def read_po(data: bytes, name: str, options: Options) -> PoDocument:
    """A catalogue in UTF-8.

    Raises:
        DataError: it is not UTF-8, or polib cannot read it.
    """
    text = decode(data, name)
    try:
        catalogue = polib.pofile(text + "\n", wrapwidth=_WIDTH)
    except (OSError, ValueError) as error:
        raise DataError(f"{name}: not a message catalogue — given {error} — check it with `msgfmt --check`") from None
    return PoDocument(catalogue, options)
