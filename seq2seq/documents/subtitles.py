"""Subtitles, .srt, through the library srt (MIT).

The lines of a subtitle are one text, which is broken again where as much of it has passed; a line that begins with a
dash is another speaker's, and a text of its own. Tags such as `<i>` and positions in braces stay, and so do numbers and
times.
"""

from __future__ import annotations

import re

import srt

from seq2seq.documents.document import Document, decode, settle_unit
from seq2seq.documents.inline_html import add_tagged_text, to_string
from seq2seq.documents.segment import Segment, SegmentBuilder
from seq2seq.errors import DataError

_SPEAKER = re.compile(r"\n(?=\s*(?:<[^>]*>)*\s*[-–—])")
_POSITION = re.compile(r"(\{\\[^{}]*\})")


class SubtitleDocument(Document):
    """Subtitles in their order, each of one or more segments."""

    def __init__(self, subtitles: list[srt.Subtitle], line_end: str, mark: str) -> None:
        super().__init__()
        self._subtitles = subtitles
        self._line_end = line_end
        self._mark = mark
        self._texts: list[list[Segment]] = []
        for subtitle in subtitles:
            self._texts.append([self._segment(text, subtitle) for text in _SPEAKER.split(subtitle.content)])
            self.segments += [segment for segment in self._texts[-1] if segment.text]

    def _segment(self, text: str, subtitle: srt.Subtitle) -> Segment:
        builder = SegmentBuilder()
        dash = re.match(r"\s*(?:[-–—]+\s*)?", text)
        if dash and dash[0]:
            builder.point(dash[0])
            text = text[dash.end() :]
        for index, part in enumerate(_POSITION.split(text)):
            if index % 2:
                builder.point(part)
            else:
                add_tagged_text(builder, part)
        return builder.build(f"subtitle {subtitle.index}")

    def write(self) -> bytes:
        for subtitle, segments in zip(self._subtitles, self._texts, strict=True):
            settle_unit([segment for segment in segments if segment.text])
            subtitle.content = "\n".join(to_string(segment.written()) for segment in segments)
        text = srt.compose(self._subtitles, reindex=False, strict=False)
        return (self._mark + text.replace("\n", self._line_end)).encode()


def read_subtitles(data: bytes, name: str) -> SubtitleDocument:
    """Subtitles in UTF-8.

    Raises:
        DataError: it is not UTF-8, or holds what is no subtitle.
    """
    text = decode(data, name)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    line_end = "\r\n" if "\r\n" in text else "\n"
    try:
        subtitles = list(srt.parse(text.removeprefix(mark).replace("\r\n", "\n")))
    except (srt.SRTParseError, ValueError) as error:
        reason = str(error).splitlines()[0][:120]
        raise DataError(
            f"{name}: not SubRip subtitles — given {reason} — give number, times, text, empty line"
        ) from None
    return SubtitleDocument(subtitles, line_end, mark)
