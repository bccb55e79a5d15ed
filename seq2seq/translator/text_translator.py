"""What every translator offers, whatever answers: texts or lines in, `Translation`s out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from seq2seq.errors import ConfigurationError, DataError
from seq2seq.translator.translation import TargetScore, Translation

# Lines that `translate_lines` reads before it yields: enough for batches of one length, few enough to stream.
BATCH_LINES = 2048


class TextTranslator(ABC):
    """Checks what it is given, and leaves translation and scoring to its kinds.

    Args:
        beams: of the search; 1 is greedy.
        length_penalty: alpha of Wu et al. 2016, eq. 14.
        maximum_source_pieces: a longer text is cut there, and its translation says so; None if only the model knows.
    """

    def __init__(self, *, beams: int, length_penalty: float, maximum_source_pieces: int | None) -> None:
        self.beams = beams
        self.length_penalty = length_penalty
        self.maximum_source_pieces = maximum_source_pieces

    def translate(
        self,
        texts: Sequence[str],
        beams: int | None = None,
        n_best: int = 1,
        attention: bool = False,
        length_penalty: float | None = None,
        advance: Callable[[int], None] | None = None,
    ) -> list[Translation]:
        """One `Translation` for each text, in order. An empty text, or one of white space, has an empty translation.

        Args:
            texts: plain text, one sentence each.
            beams, length_penalty: None for the translator's own.
            n_best: translations of each text, at most `beams`; all but the best are its `alternatives`.
            attention: whether to give the attention weights along.
            advance: is told after each batch how many more texts are translated, for a progress bar.

        Raises ConfigurationError for settings that make no sense, DataError for what is not a list of strings.
        """
        options = self._options(beams=beams, n_best=n_best, attention=attention, length_penalty=length_penalty)
        return self._translate(checked_texts(texts), options, advance)

    def translate_lines(
        self, lines: Iterable[str], *, batch_lines: int = BATCH_LINES, **options: Any
    ) -> Iterator[Translation]:
        r"""One `Translation` a line, in order, reading `batch_lines` lines at a time; options as in `translate`.

        Line ends ("\n" or "\r\n", as an open file gives them) are taken off.
        """
        checked = self._options(**options)
        if batch_lines < 1:
            raise ConfigurationError(f"batch_lines is too small — given {batch_lines} — give at least 1")

        def translations() -> Iterator[Translation]:
            remaining = iter(lines)
            while window := list(islice(remaining, batch_lines)):
                texts = [line.removesuffix("\n").removesuffix("\r") for line in checked_texts(window)]
                yield from self._translate(texts, checked)

        return translations()

    def _options(
        self,
        beams: int | None = None,
        n_best: int = 1,
        attention: bool = False,
        length_penalty: float | None = None,
    ) -> dict[str, Any]:
        """The options of `translate`, complete and checked."""
        beams = self.beams if beams is None else beams
        length_penalty = self.length_penalty if length_penalty is None else length_penalty
        if beams < 1:
            raise ConfigurationError(f"beams is too small — given {beams} — give at least 1, which is greedy search")
        if not 1 <= n_best <= beams:
            raise ConfigurationError(
                f"n_best does not fit the search — given n_best {n_best} with {beams} beams — give from 1 to {beams}, "
                "or more beams"
            )
        if not length_penalty >= 0.0:
            raise ConfigurationError(f"length_penalty is negative — given {length_penalty} — give 0 or more")
        return {"beams": beams, "n_best": n_best, "attention": attention, "length_penalty": length_penalty}

    @abstractmethod
    def _translate(
        self, texts: list[str], options: dict[str, Any], advance: Callable[[int], None] | None = None
    ) -> list[Translation]:
        """As `translate`, for checked texts and complete options."""

    @abstractmethod
    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[TargetScore]:
        """How likely the model finds each target as the translation of its source, by teacher forcing, end included.

        Sources are cut as in `translate`, targets never. Raises DataError if the numbers of lines differ.
        """


def checked_texts(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise DataError(f"a list of texts is needed — given one string, {texts[:40]!r} — put it in a list")
    texts = list(texts)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"texts must be strings — given {type(text).__name__} at index {number} — decode it first")
    return texts


def check_counts(sources: int, targets: int) -> None:
    if sources != targets:
        raise DataError(
            f"sources and targets do not pair up — given {sources} sources and {targets} targets — give as many of both"
        )
