"""Segments with markup → their translations, or the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from seq2seq.alignment import Translation as AlignableTranslation
from seq2seq.alignment import locate_pieces
from seq2seq.documents.alignment import Token, align_tokens, find_tokens
from seq2seq.documents.document import NOTHING_TO_TRANSLATE
from seq2seq.documents.placeholders import find_placeholders
from seq2seq.documents.placement import CannotPlace, assemble, place_markup
from seq2seq.documents.segment import Fixed, Segment
from seq2seq.documents.sentences import split_sentences


class Translation(AlignableTranslation, Protocol):
    """What is needed of `seq2seq.translator.Translation`, which lives on a higher floor."""

    @property
    def source_truncated(self) -> bool: ...


# Texts and whether their attention is needed -> one translation each.
Translate = Callable[[Sequence[str], bool], Sequence[Translation]]

PLACEHOLDER_LOST = "a placeholder would be lost"
TAG_WITHOUT_PLACE = "an inline tag has no sure place in the translation"
TOO_LONG = "a sentence is longer than the model's limit"
UNFINISHED = "the translation was stopped at its greatest length"
EMPTY = "the model gave no words"

_SPACE = re.compile(r"[ \t\n\r\f\v]+")


@dataclass
class _Sentence:
    begin: int  # characters of the segment's text
    end: int
    source: str  # what the model reads: one space between words
    fixed: list[Fixed]  # of the segment's text


class _Untranslatable(Exception):
    """Carries the reason."""


def translate_segments(segments: Sequence[Segment], translate: Translate) -> None:
    """Sets `translation` of every segment that can be translated safely, and `problem` of all others.

    Sentences are translated one by one (`split_sentences`), all of the document together, so that they share batches.
    Placeholders, addresses and fixed markup must be in the translation of their sentence as often as in the sentence;
    nothing is put in their place by guess. Line ends within a sentence go to the word border that lies as far along.
    """
    prepared: list[tuple[Segment, list[_Sentence]]] = []
    for segment in segments:
        if segment.problem is None:
            fixed = _all_fixed(segment)
            sentences = [
                _sentence(segment.text, span, fixed)
                for span in split_sentences(segment.text, [(known.begin, known.end) for known in fixed])
            ]
            if _has_words(segment.text, fixed):
                prepared.append((segment, sentences))
            else:
                segment.problem = NOTHING_TO_TRANSLATE
    for attention in (False, True):
        group = [known for known in prepared if bool(known[0].tags or known[0].points) is attention]
        texts = [sentence.source for _, sentences in group for sentence in sentences]
        translations = iter(translate(texts, attention) if texts else [])
        for segment, sentences in group:
            try:
                _translate_segment(segment, sentences, [next(translations) for _ in sentences])
            except (_Untranslatable, CannotPlace) as reason:
                segment.problem = TAG_WITHOUT_PLACE if isinstance(reason, CannotPlace) else str(reason)


def _all_fixed(segment: Segment) -> list[Fixed]:
    """What the reader has fixed, and placeholders elsewhere."""
    found = list(segment.fixed)
    for begin, end in find_placeholders(segment.text):
        if not any(known.begin < end and begin < known.end for known in found):
            found.append(Fixed(begin, end, (segment.text[begin:end],)))
    return sorted(found)


def _has_words(text: str, fixed: Sequence[Fixed]) -> bool:
    """Whether there are letters outside of what is fixed."""
    covered = {index for known in fixed for index in range(known.begin, known.end)}
    return any(letter.isalpha() and index not in covered for index, letter in enumerate(text))


def _sentence(text: str, span: tuple[int, int], fixed: Sequence[Fixed]) -> _Sentence:
    begin, end = span
    inside = [known for known in fixed if begin <= known.begin and known.end <= end]
    return _Sentence(begin, end, _SPACE.sub(" ", text[begin:end]), inside)


def _translate_segment(segment: Segment, sentences: list[_Sentence], translations: list[Translation]) -> None:
    """Joins the translations of a segment's sentences, with what stood between them, and puts its markup back."""
    text = ""
    here = 0
    fixed: list[Fixed] = []
    source_tokens: list[Token] = []
    target_tokens: list[Token] = []
    alignment: list[int | None] = []
    needs_places = bool(segment.tags or segment.points)
    for sentence, translation in zip(sentences, translations, strict=True):
        if translation.source_truncated:
            raise _Untranslatable(TOO_LONG)
        if translation.target_truncated:
            raise _Untranslatable(UNFINISHED)
        if not translation.text.strip():
            raise _Untranslatable(EMPTY)
        text += segment.text[here : sentence.begin]
        here = sentence.end
        target = _with_line_ends(segment.text[sentence.begin : sentence.end], _SPACE.sub(" ", translation.text.strip()))
        found = _find_fixed(sentence, segment.text, target)
        if needs_places:
            tokens, targets, links = _align(segment.text, sentence, target, found, translation)
            alignment += [None if link is None else link + len(source_tokens) for link in links]
            source_tokens += tokens
            target_tokens += [_moved(token, len(text)) for token in targets]
        fixed += [there._replace(begin=there.begin + len(text), end=there.end + len(text)) for there, _ in found]
        text += target
    insertions = (
        place_markup((segment.text, source_tokens), (text, target_tokens), alignment, segment.tags, segment.points)
        if needs_places
        else []
    )
    segment.translation = assemble(text, insertions, fixed)


class _Found(NamedTuple):
    """A fixed range in a translation, and the one of the source that it is."""

    there: Fixed
    source: Fixed


def _find_fixed(sentence: _Sentence, text: str, target: str) -> list[_Found]:
    """The fixed ranges of a sentence in its translation `target`, in the order of the translation.

    Raises _Untranslatable unless each is there as often as in the sentence, letter by letter.
    """
    found: list[_Found] = []
    shown: dict[str, list[Fixed]] = {}
    for known in sentence.fixed:
        shown.setdefault(text[known.begin : known.end], []).append(known)
    # The longest first: "{a}" must not be found within "{{a}}".
    for literal in sorted(shown, key=len, reverse=True):
        places = [
            match.span()
            for match in re.finditer(_whole(literal), target)
            if not any(other.there.begin < match.end() and match.start() < other.there.end for other in found)
        ]
        if len(places) != len(shown[literal]):
            raise _Untranslatable(PLACEHOLDER_LOST)
        found += [
            _Found(Fixed(begin, end, known.parts), known)
            for (begin, end), known in zip(places, shown[literal], strict=True)
        ]
    for begin, _ in find_placeholders(target):
        if not any(other.there.begin <= begin < other.there.end for other in found):
            raise _Untranslatable(PLACEHOLDER_LOST)  # one more than there was would break a program as well
    return sorted(found)


def _whole(literal: str) -> str:
    """A pattern for a literal that is no part of a longer word, with any white space for its own."""
    before = r"(?<!\w)" if literal[0].isalnum() else ""
    after = r"(?!\w)" if literal[-1].isalnum() else ""
    return before + r"\s+".join(re.escape(word) for word in literal.split()) + after


def _align(
    text: str, sentence: _Sentence, target: str, found: Sequence[_Found], translation: Translation
) -> tuple[list[Token], list[Token], list[int | None]]:
    """Source tokens (of the segment's text), target tokens (of `target`), and the alignment between them."""
    source = text[sentence.begin : sentence.end]
    source_tokens = find_tokens(
        source, [(known.begin - sentence.begin, known.end - sentence.begin) for known in sentence.fixed]
    )
    target_tokens = find_tokens(target, [(known.there.begin, known.there.end) for known in found])
    links: list[int | None] = [None] * len(target_tokens)
    # The last piece of both sides is the end.
    source_pieces = locate_pieces(translation.source_pieces[:-1], source)
    target_pieces = locate_pieces(translation.target_pieces[:-1], target)
    if translation.attention is not None:
        weights = translation.attention[: len(target_pieces), : len(source_pieces)]
        links = align_tokens(weights, source_pieces, target_pieces, source_tokens, target_tokens)
    # What is fixed was found by its letters, which is surer than attention.
    begins = [token.begin for token in source_tokens]
    for known in found:
        token = next(index for index, token in enumerate(target_tokens) if token.begin == known.there.begin)
        links[token] = begins.index(known.source.begin - sentence.begin)
    return [_moved(token, sentence.begin) for token in source_tokens], target_tokens, links


def _moved(token: Token, offset: int) -> Token:
    return Token(token.begin + offset, token.end + offset, token.is_word)


def _with_line_ends(source: str, target: str) -> str:
    """The target with the line ends of the source, each at the border of words that is as far along.

    "a b\\n  c d" and "A B C D" -> "A B\\n  C D"
    """
    width = len(_SPACE.sub(" ", source))
    borders = [match.start() for match in re.finditer(" ", target)]
    chosen: dict[int, str] = {}
    for match in _SPACE.finditer(source):
        free = [border for border in borders if border > max(chosen, default=-1)]
        if "\n" in match[0] and free:
            wanted = len(_SPACE.sub(" ", source[: match.start()])) / width * len(target)
            chosen[min(free, key=lambda border: abs(border - wanted))] = match[0]
    for border in sorted(chosen, reverse=True):
        target = target[:border] + chosen[border] + target[border + 1 :]
    return target
