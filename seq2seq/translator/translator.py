"""The Translator: a model, its tokenizers and a search, from strings to strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seq2seq.errors import TokenizerError
from seq2seq.models import EncoderDecoder
from seq2seq.text import END_ID, PAD_ID, Tokenizer
from seq2seq.translator.batches import TIME_MULTIPLE, length_batches, padded
from seq2seq.translator.graphs import Graphs
from seq2seq.translator.text_translator import TextTranslator, check_counts, checked_texts
from seq2seq.translator.translation import TargetAttention, TargetScore, Translation

# Padded source positions x beams that are searched together. 8192 are about 100 sentences of 16 pieces with 5 beams: by
# then the product with the vocabulary runs at full speed, and its result of 500 x 8000 floats still takes only 16 MB.
SEARCH_POSITIONS = 8192
# Padded source and target positions that are scored together: logits of 2048 x 8000 floats are 64 MB.
SCORE_POSITIONS = 2048


@dataclass(frozen=True)
class _Source:
    """A text as the model reads it: pieces and end."""

    ids: list[int]
    truncated: bool


class Translator(TextTranslator):
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

    maximum_source_pieces: int

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
        super().__init__(beams=beams, length_penalty=length_penalty, maximum_source_pieces=maximum_source_pieces)
        self.model = model
        self.source_tokenizer = source_tokenizer
        self.target_tokenizer = target_tokenizer
        self.maximum_ratio = maximum_ratio
        self.maximum_extra = maximum_extra
        self._graphs = Graphs(model)

    # --- translation --------------------------------------------------------------------------------------------------

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
        encoded = self.source_tokenizer.encode_sources(texts)
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
                    token_log_probs=tuple(found.token_log_probs[place][: len(target)].tolist()),
                    source_truncated=source.truncated,
                    target_truncated=not found.finished[place],
                    attention=None if weights is None else weights.copy(),
                )
            )
        return [replace(best, alternatives=tuple(others)) for best, *others in by_row]

    # --- scoring ------------------------------------------------------------------------------------------------------

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[TargetScore]:
        sources, targets = checked_texts(sources), checked_texts(targets)
        check_counts(len(sources), len(targets))
        target_ids = [[*ids, END_ID] for ids in self.target_tokenizer.encode(targets)]
        return self.score_ids([source.ids for source in self._sources(sources)], target_ids)

    def score_ids(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[TargetScore]:
        """As `score`, for ids as they are: x1 .. xn end, and y1 .. ym with or without the end, at least one each."""
        check_counts(len(sources), len(targets))
        lengths = [len(source) + len(target) for source, target in zip(sources, targets, strict=True)]
        scores: list[TargetScore] = [TargetScore(0.0, 0)] * len(lengths)
        for batch in length_batches(lengths, SCORE_POSITIONS):
            source_ids = padded([sources[index] for index in batch], PAD_ID, TIME_MULTIPLE)
            target_ids = padded([targets[index] for index in batch], PAD_ID)
            for index, log_prob in zip(batch, self._graphs.score(source_ids, target_ids), strict=True):
                scores[index] = TargetScore(float(log_prob), len(targets[index]))
        return scores

    def log_probs_after(
        self, sources: Sequence[str], read: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[np.ndarray]:
        """log p(y_t | r_1 .. r_(t-1), x) of each id of each target, whatever was read before it: (ids,) float32 each.

        Args:
            sources: texts x.
            read: ids r_1, r_2, ... without begin, at least all but one as many as of the target.
            targets: ids y_1, y_2, ..., at least one each.
        """
        check_counts(len(sources), len(targets))
        encoded = [source.ids for source in self._sources(checked_texts(sources))]
        found = [np.zeros(0, dtype="float32")] * len(targets)
        lengths = [len(source) + len(target) for source, target in zip(encoded, targets, strict=True)]
        for batch in length_batches(lengths, SCORE_POSITIONS):
            source_ids = padded([encoded[index] for index in batch], PAD_ID, TIME_MULTIPLE)
            target_ids = padded([targets[index] for index in batch], PAD_ID)
            # One place more, which is never read: what is read may be one id shorter than the target.
            read_ids = padded([[*read[index][: len(targets[index]) - 1], END_ID] for index in batch], PAD_ID)
            for index, log_probs in zip(
                batch, self._graphs.log_probs_after(source_ids, read_ids, target_ids), strict=True
            ):
                found[index] = log_probs[: len(targets[index])]
        return found

    # --- attention ----------------------------------------------------------------------------------------------------

    def attend(self, sources: Sequence[str], targets: Sequence[str]) -> list[TargetAttention]:
        """Where the model looks while it writes each given target, by teacher forcing, end included.

        Sources are cut as in `translate`, targets never. Raises DataError if the numbers of lines differ.
        """
        sources, targets = checked_texts(sources), checked_texts(targets)
        check_counts(len(sources), len(targets))
        read = self._sources(sources)
        target_ids = [[*ids, END_ID] for ids in self.target_tokenizer.encode(targets)]
        found = self.attend_ids([source.ids for source in read], target_ids)
        return [one._replace(source_truncated=source.truncated) for one, source in zip(found, read, strict=True)]

    def attend_ids(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[TargetAttention]:
        """As `attend`, for ids as they are: x1 .. xn end, and y1 .. ym with or without the end, at least one each."""
        check_counts(len(sources), len(targets))
        lengths = [len(source) + len(target) for source, target in zip(sources, targets, strict=True)]
        weights: dict[int, np.ndarray] = {}
        for batch in length_batches(lengths, SCORE_POSITIONS):
            source_ids = padded([sources[index] for index in batch], PAD_ID, TIME_MULTIPLE)
            target_ids = padded([targets[index] for index in batch], PAD_ID)
            for index, rows in zip(batch, self._graphs.attend(source_ids, target_ids), strict=True):
                weights[index] = rows[: len(targets[index]), : len(sources[index])].copy()
        pieces = zip(self.source_tokenizer.pieces(sources), self.target_tokenizer.pieces(targets), strict=True)
        return [
            TargetAttention(weights[index], tuple(source), tuple(target))
            for index, (source, target) in enumerate(pieces)
        ]


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
