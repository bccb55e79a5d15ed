"""The Translator: a model, its tokenizers and a search, from strings to strings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from seq2seq.errors import ConfigurationError, DataError, TokenizerError
from seq2seq.models import EncoderDecoder
from seq2seq.text import END_ID, PAD_ID, Tokenizer
from seq2seq.translator.batches import TIME_MULTIPLE, length_batches, padded
from seq2seq.translator.graphs import Graphs
from seq2seq.translator.translation import TargetScore, Translation

# Padded source positions x beams that are searched together. 8192 are about 100 sentences of 16 pieces with 5 beams: by
# then the product with the vocabulary runs at full speed, and its result of 500 x 8000 floats still takes only 16 MB.
SEARCH_POSITIONS = 8192
# Padded source and target positions that are scored together: logits of 2048 x 8000 floats are 64 MB.
SCORE_POSITIONS = 2048
# Lines that `translate_lines` reads before it yields: enough for batches of one length, few enough to stream.
BATCH_LINES = 2048


@dataclass(frozen=True)
class _Source:
    """A text as the model reads it: pieces and end."""

    ids: list[int]
    truncated: bool


class Translator:
    """Translates texts with a model, its tokenizers, and settings of a search.

    Args:
        model: has `start(source_ids)`, `step(ids, state)` and teacher forcing by `model({"source_ids", "target_ids"})`.
        source_tokenizer, target_tokenizer: of the two languages; may be the same.
        beams: of the search; 1 is greedy.
        length_penalty: alpha of Wu et al. 2016, eq. 14.
        maximum_ratio, maximum_extra: a translation has at most ratio x source pieces + extra ids, its end counted.
        maximum_source_pieces: a longer text is cut there, and its translation says so.

    Raises TokenizerError if a tokenizer has another number of pieces than the model.
    """

    def __init__(
        self,
        model: Any,
        source_tokenizer: Tokenizer,
        target_tokenizer: Tokenizer,
        *,
        beams: int,
        length_penalty: float,
        maximum_ratio: float,
        maximum_extra: int,
        maximum_source_pieces: int,
    ) -> None:
        _check_vocabularies(model, source_tokenizer, target_tokenizer)
        self.model = model
        self.source_tokenizer = source_tokenizer
        self.target_tokenizer = target_tokenizer
        self.beams = beams
        self.length_penalty = length_penalty
        self.maximum_ratio = maximum_ratio
        self.maximum_extra = maximum_extra
        self.maximum_source_pieces = maximum_source_pieces
        self._graphs = Graphs(model)

    # --- translation --------------------------------------------------------------------------------------------------

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
        return self._translate(_checked_texts(texts), options, advance)

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
                texts = [line.removesuffix("\n").removesuffix("\r") for line in _checked_texts(window)]
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

    def _translate(
        self, texts: list[str], options: dict[str, Any], advance: Callable[[int], None] | None = None
    ) -> list[Translation]:
        sources = self._sources(texts)
        nothing = np.zeros((0, 0), dtype="float32") if options["attention"] else None
        translations = [Translation("", score=0.0, log_prob=0.0, attention=nothing) for _ in texts]
        real = [index for index, source in enumerate(sources) if len(source.ids) > 1]
        lengths = [len(sources[index].ids) for index in real]
        for batch in length_batches(lengths, SEARCH_POSITIONS // options["beams"]):
            indices = [real[member] for member in batch]
            found = self._translate_batch([sources[index] for index in indices], **options)
            for index, translation in zip(indices, found, strict=True):
                translations[index] = translation
            if advance is not None:
                advance(len(batch))
        return translations

    def _sources(self, texts: list[str]) -> list[_Source]:
        limit = self.maximum_source_pieces
        encoded = self.source_tokenizer.encode([text if text.strip() else "" for text in texts])
        return [_Source([*ids[:limit], END_ID], truncated=len(ids) > limit) for ids in encoded]

    def _translate_batch(
        self, sources: list[_Source], beams: int, n_best: int, attention: bool, length_penalty: float
    ) -> list[Translation]:
        pieces = np.asarray([len(source.ids) - 1 for source in sources])
        maximum_steps = np.maximum(1, (self.maximum_ratio * pieces).astype("int32") + self.maximum_extra)
        source_ids = padded([source.ids for source in sources], PAD_ID, TIME_MULTIPLE)
        found = self._graphs.search(source_ids, maximum_steps, length_penalty, beams, n_best, attention)

        possible = [[rank for rank in range(n_best) if rank == 0 or row[rank] > 0] for row in found.lengths]
        places = [(row, rank) for row, ranks in enumerate(possible) for rank in ranks]
        ids = [found.ids[place][: found.lengths[place]].tolist() for place in places]
        target_pieces = self.target_tokenizer.pieces(ids)
        source_pieces = self.source_tokenizer.pieces([source.ids for source in sources])
        texts = self.target_tokenizer.decode(ids)
        by_row: list[list[Translation]] = [[] for _ in sources]
        for place, text, target, written in zip(places, texts, ids, target_pieces, strict=True):
            row, source = place[0], sources[place[0]]
            weights = found.extras["attention"][place][: len(target), : len(source.ids)] if attention else None
            by_row[row].append(
                Translation(
                    text=text,
                    score=float(found.scores[place]),
                    log_prob=float(found.log_probs[place]),
                    source_pieces=tuple(source_pieces[row]),
                    target_pieces=tuple(written),
                    target_ids=tuple(target),
                    source_truncated=source.truncated,
                    target_truncated=not found.finished[place],
                    attention=None if weights is None else weights.copy(),
                )
            )
        return [replace(best, alternatives=tuple(others)) for best, *others in by_row]

    # --- scoring ------------------------------------------------------------------------------------------------------

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[TargetScore]:
        """How likely the model finds each target as the translation of its source, by teacher forcing, end included.

        Sources are cut as in `translate`, targets never. Raises DataError if the numbers of lines differ.
        """
        sources, targets = _checked_texts(sources), _checked_texts(targets)
        _check_counts(len(sources), len(targets))
        target_ids = [[*ids, END_ID] for ids in self.target_tokenizer.encode(targets)]
        return self.score_ids([source.ids for source in self._sources(sources)], target_ids)

    def score_ids(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[TargetScore]:
        """As `score`, for ids as they are: x1 .. xn end, and y1 .. ym with or without the end, at least one each."""
        _check_counts(len(sources), len(targets))
        lengths = [len(source) + len(target) for source, target in zip(sources, targets, strict=True)]
        scores: list[TargetScore] = [TargetScore(0.0, 0)] * len(lengths)
        for batch in length_batches(lengths, SCORE_POSITIONS):
            source_ids = padded([sources[index] for index in batch], PAD_ID, TIME_MULTIPLE)
            target_ids = padded([targets[index] for index in batch], PAD_ID)
            for index, log_prob in zip(batch, self._graphs.score(source_ids, target_ids), strict=True):
                scores[index] = TargetScore(float(log_prob), len(targets[index]))
        return scores


def _checked_texts(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise DataError(f"a list of texts is needed — given one string, {texts[:40]!r} — put it in a list")
    texts = list(texts)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"texts must be strings — given {type(text).__name__} at index {number} — decode it first")
    return texts


def _check_counts(sources: int, targets: int) -> None:
    if sources != targets:
        raise DataError(
            f"sources and targets do not pair up — given {sources} sources and {targets} targets — give as many of both"
        )


def _check_vocabularies(model: Any, source_tokenizer: Tokenizer, target_tokenizer: Tokenizer) -> None:
    if not isinstance(model, EncoderDecoder):
        return
    for side, tokenizer in (("source", source_tokenizer), ("target", target_tokenizer)):
        expected = model.settings[f"{side}_vocabulary_size"]
        if tokenizer.vocabulary_size != expected:
            raise TokenizerError(
                f"the {side} tokenizer does not belong to the model — given one of {tokenizer.vocabulary_size} pieces "
                f"for a model of {expected} — give the tokenizer that the model was trained with"
            )
