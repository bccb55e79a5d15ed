"""The one seam that all formats have: a document gives its segments, takes their translations, and becomes bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seq2seq.documents.segment import Segment
from seq2seq.errors import DataError

ALREADY_TRANSLATED = "already translated"
NOT_TO_BE_TRANSLATED = "marked as not to be translated"
NOTHING_TO_TRANSLATE = "no words to translate"
INCOMPLETE = "another part of the same unit could not be translated"


class Kept(NamedTuple):
    """A unit that was left as it was."""

    place: str
    reason: str
    text: str


@dataclass(frozen=True)
class Options:
    """What readers need to know beside the bytes.

    Attributes:
        source_language, target_language: of the run, such as "en" and "de".
        retranslate: whether units that have a translation are translated again.
    """

    source_language: str
    target_language: str
    retranslate: bool = False


class Document(ABC):
    """A document that was read.

    Attributes:
        segments: what is to be translated, in order.
        kept: units that are not, and why, as far as reading tells.
    """

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.kept: list[Kept] = []

    @abstractmethod
    def write(self) -> bytes:
        """The document with its segments' translations; a segment without one is left as it was.

        Where several segments make one unit, and one of them has no translation, all of them lose theirs here.
        """

    def all_kept(self) -> list[Kept]:
        """All units that were left as they were; complete after `write`."""
        return self.kept + [
            Kept(segment.place, segment.problem or "", segment.text)
            for segment in self.segments
            if segment.translation is None
        ]


def settle_unit(segments: Sequence[Segment]) -> bool:
    """Whether a unit of several segments is translated: one of them at least, and all that have words.

    If it is not, none of its segments keeps a translation, so that `Document.all_kept` tells of each.
    """
    wordless = [segment for segment in segments if segment.problem == NOTHING_TO_TRANSLATE]
    done = [segment for segment in segments if segment.translation is not None]
    if done and len(done) + len(wordless) == len(segments):
        return True
    for segment in done:
        segment.translation, segment.problem = None, INCOMPLETE
    return False


def decode(data: bytes, name: str) -> str:
    """The text of a UTF-8 document, byte order mark and line ends as they are.

    Raises:
        DataError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name}, line {line}: not UTF-8 text — given byte {data[error.start]:#04x} — convert the file, for "
            "instance with `iconv -f LATIN1 -t UTF-8`"
        ) from None
