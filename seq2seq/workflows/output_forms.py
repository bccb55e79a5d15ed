"""How a translation is written: as a line of text, an n-best list in Moses' form, an alignment, or a JSON object.

docs/output-forms.md tells what users see of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from seq2seq.alignment import align, pharaoh
from seq2seq.plain_json import to_json
from seq2seq.workflows.line_formats import one_line
from seq2seq.workflows.line_input import Line
from seq2seq.workflows.moses_lines import SEPARATOR, MosesLine, number_text, without_bars, write_moses_line

if TYPE_CHECKING:
    from seq2seq.translator import Translation

SCORE_FIELD, ALIGNMENT_FIELD, PIECES_FIELD, N_BEST_FIELD = "score", "alignment", "piece_alignment", "n_best"
# What each of several translations has for itself, and what belongs to the line.
_DETAILS = (SCORE_FIELD, "log_prob", "token_log_probs", "target_pieces", "forced_pieces", "target_truncated")
_LINE_DETAILS = ("source_pieces", "source_truncated")


_DIGITS = 4  # behind the point; those beyond depend on which lines were translated together


@dataclass(frozen=True)
class Alignment:
    """Which alignment is written.

    Args:
        unit: what is aligned.
        threshold: None for each target unit's greatest weight, else the least weight of a pair.
    """

    unit: Literal["words", "pieces"] = "words"
    threshold: float | None = None

    def pharaoh(self, source: str, translation: Translation) -> str:
        return pharaoh(align(source, translation, self.unit, self.threshold))


class OutputForm(Protocol):
    """How the translations of one input line become lines of output."""

    @property
    def asks(self) -> dict[str, Any]:
        """The options of `translate` without which the translations lack what is written."""

    def lines(self, number: int, line: Line, text: str, translation: Translation) -> list[str]:
        """The lines that are written, without line ends.

        Args:
            number: of the input line among all of the inputs, from 0.
            line: the input line as it was.
            text: the text in it.
            translation: of the text, with what `asks` wants.
        """


@dataclass(frozen=True)
class PlainForm:
    """The translation; with `scores` after score and tab; with an alignment before ` ||| ` and its pairs."""

    scores: bool = False
    alignment: Alignment | None = None

    @property
    def asks(self) -> dict[str, Any]:
        return {"attention": True} if self.alignment else {}

    def lines(self, number: int, line: Line, text: str, translation: Translation) -> list[str]:
        written = one_line(translation.text)
        if self.alignment:
            written = without_bars(written) + SEPARATOR + self.alignment.pharaoh(text, translation)
        return [f"{translation.score:.{_DIGITS}f}\t{written}" if self.scores else written]


@dataclass(frozen=True)
class PharaohForm:
    """The alignment alone; nothing for an empty line."""

    alignment: Alignment

    @property
    def asks(self) -> dict[str, Any]:
        return {"attention": True}

    def lines(self, number: int, line: Line, text: str, translation: Translation) -> list[str]:
        return [self.alignment.pharaoh(text, translation)]


@dataclass(frozen=True)
class MosesForm:
    """A line for each of the `n_best` translations, best first; one with an empty hypothesis for an empty line.

    The features are the log-probability, the number of ids, the end included, and whether the translation ended by
    itself (1) or was cut at its greatest length (0). The alignment is a fifth field.
    """

    n_best: int
    alignment: Alignment | None = None

    @property
    def asks(self) -> dict[str, Any]:
        # A server tells the pieces, and so the length, of requests alone that want more than a text.
        return _asks(self.n_best, self.alignment is not None or self.n_best == 1)

    def lines(self, number: int, line: Line, text: str, translation: Translation) -> list[str]:
        return [
            write_moses_line(
                MosesLine(
                    number,
                    one_line(one.text),
                    {
                        "logprob": (round(one.log_prob, _DIGITS),),
                        "length": (len(one.target_pieces),),
                        "finished": (int(not one.target_truncated),),
                    },
                    round(one.score, _DIGITS),
                    (self.alignment.pharaoh(text, one),) if self.alignment else (),
                )
            )
            for one in (translation, *translation.alternatives)
        ]


@dataclass(frozen=True)
class JsonForm:
    """A JSON object a line: the input's own with fields added at its end, or a new one with `id` and the text.

    An object of the input is kept as it was written, character by character: order, spaces, numbers of any length,
    escapes.

    Args:
        own: whether the input lines are JSON objects.
        field: of a new object: what holds the text.
        translation_field: what holds the translation.
        scores: whether there is a `score`, rounded as elsewhere.
        details: whether there are pieces, scores of pieces, alignments and what was cut, numbers in full.
        n_best: how many translations are listed, each with its score; None for no list.
        aligned: whether alignments of words and of pieces are added.
        threshold: of the alignments, as in `Alignment`.
    """

    own: bool
    field: str = "text"
    translation_field: str = "translation"
    scores: bool = False
    details: bool = False
    n_best: int | None = None
    aligned: bool = False
    threshold: float | None = None

    @property
    def asks(self) -> dict[str, Any]:
        return _asks(self.n_best or 1, self.aligned)

    @property
    def added(self) -> tuple[str, ...]:
        """The fields that an object of the input gets, the translation first."""
        names = [self.translation_field, *(_DETAILS if self.details else [SCORE_FIELD] if self.scores else [])]
        names += [ALIGNMENT_FIELD, PIECES_FIELD] if self.aligned else []
        names += _LINE_DETAILS if self.details else []
        return (*names, *([N_BEST_FIELD] if self.n_best is not None else []))

    def lines(self, number: int, line: Line, text: str, translation: Translation) -> list[str]:
        added = self._one(text, translation, scores=self.scores)
        if self.details:
            added["source_pieces"] = translation.source_pieces
            added["source_truncated"] = translation.source_truncated
        if self.n_best is not None:
            ranked = (translation, *translation.alternatives)
            added[N_BEST_FIELD] = [self._one(text, one, scores=True) for one in ranked]
        if not self.own:
            return [to_json({"id": number, self.field: text, **added})]
        # The object has one field at least, the text, so a comma belongs between.
        return [line.text.rstrip()[:-1].rstrip() + ", " + to_json(added)[1:]]

    def _one(self, text: str, translation: Translation, *, scores: bool) -> dict[str, Any]:
        found: dict[str, Any] = {self.translation_field: translation.text}
        if self.details:
            found[SCORE_FIELD] = _short(translation.score)
            found["log_prob"] = _short(translation.log_prob)
            found["token_log_probs"] = [_short(value) for value in translation.token_log_probs]
            found["target_pieces"] = translation.target_pieces
            found["forced_pieces"] = translation.forced_pieces
            found["target_truncated"] = translation.target_truncated
        elif scores:
            found[SCORE_FIELD] = round(translation.score, _DIGITS)
        if self.aligned:
            found[ALIGNMENT_FIELD] = align(text, translation, "words", self.threshold)
            found[PIECES_FIELD] = align(text, translation, "pieces", self.threshold)
        return found


def _asks(n_best: int, attention: bool) -> dict[str, Any]:
    return ({"n_best": n_best} if n_best > 1 else {}) | ({"attention": True} if attention else {})


def _short(number: float) -> float:
    """The number of the fewest digits that is the same in 32 bits."""
    return float(number_text(number))
