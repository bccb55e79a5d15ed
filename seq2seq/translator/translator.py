"""The Translator: a model, its tokenizers and a search, from strings to strings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seq2seq.config import Search
from seq2seq.data.length_batches import length_batches, padded
from seq2seq.decoding import Hypotheses
from seq2seq.decoding.sample_keys import sample_keys
from seq2seq.errors import TokenizerError
from seq2seq.models import EncoderDecoder
from seq2seq.text import END_ID, PAD_ID, Tokenizer
from seq2seq.text.shortlist import Shortlist
from seq2seq.threads import map_batches
from seq2seq.translator.candidates import candidates_of, checked_shortlist
from seq2seq.translator.constraint import Constraint
from seq2seq.translator.graphs import Graphs
from seq2seq.translator.limits import check_targets, maximum_steps
from seq2seq.translator.output_vocabulary import OutputVocabulary
from seq2seq.translator.plan import Plan, numbers_of, plan_of
from seq2seq.translator.sources import Source, read_sources, stack_sources
from seq2seq.translator.targets import Target, Targets
from seq2seq.translator.text_translator import Request, TextTranslator, check_counts, checked_texts
from seq2seq.translator.translation import TargetAttention, TargetScore, Translation

# Padded source positions x beams that are searched together. 8192 are about 100 sentences of 16 pieces with 5 beams: by
# then the product with the vocabulary runs at full speed, and its result of 500 x 8000 floats still takes only 16 MB.
SEARCH_POSITIONS = 8192
# Padded source and target positions that are scored together: logits of 2048 x 8000 floats are 64 MB.
SCORE_POSITIONS = 2048


@dataclass(frozen=True)
class _Job:
    """A text that is to be translated, and its place among the texts."""

    index: int
    source: Source
    target: Target


class Translator(TextTranslator):
    """Translates texts with a model, its tokenizers, and settings of a search.

    Args:
        model: has `start(source_ids)`, `stepper()` and teacher forcing by `model({"source_ids", "target_ids"})`.
        source_tokenizer, target_tokenizer: of the two languages; may be the same.
        search: settings of the configuration's section `search`, which has the defaults.

    Raises TokenizerError if a tokenizer has another number of pieces than the model.
    """

    def __init__(self, model: Any, source_tokenizer: Tokenizer, target_tokenizer: Tokenizer, **search: Any) -> None:
        _check_vocabularies(model, source_tokenizer, target_tokenizer)
        super().__init__(Search(**search))
        self.model = model
        self.source_tokenizer = source_tokenizer
        self.target_tokenizer = target_tokenizer
        self._graphs = Graphs(model)
        self._targets = Targets(target_tokenizer)

    @property
    def maximum_source_pieces(self) -> int:
        return self.search.maximum_source_pieces

    # --- translation --------------------------------------------------------------------------------------------------

    def _translate(
        self,
        texts: list[str],
        request: Request,
        constraints: Sequence[Constraint] | None = None,
        advance: Callable[[int], None] | None = None,
    ) -> list[Translation]:
        sources = self._sources(texts, request.search.maximum_source_pieces)
        targets = self._targets_of(texts, request, constraints)
        nothing = np.zeros((0, 0), dtype="float32") if request.attention else None
        translations = [Translation("", score=0.0, log_prob=0.0, attention=nothing) for _ in texts]
        jobs = [_Job(index, source, targets[index]) for index, source in enumerate(sources) if len(source.ids) > 1]
        unmet = []
        for batch, results in self._search_all(jobs, request):
            done = 0
            for job, found in zip(batch, results, strict=True):
                translations[job.index] = self._chosen(found, request)
                if all(self._targets.holds_all(one.target_ids, job.target) for one in found):
                    done += 1
                else:
                    unmet.append((job, found))
            if advance is not None:
                advance(done)
        before = {job.index: found for job, found in unmet}
        for batch, results in self._search_all([job for job, _ in unmet], request, required=True):
            for job, found in zip(batch, results, strict=True):
                translations[job.index] = self._chosen(self._met(job, before[job.index], found), request)
            if advance is not None:
                advance(len(batch))
        return translations

    def _check(self, texts: list[str], request: Request, constraints: Sequence[Constraint] | None) -> None:
        self._targets_of(texts, request, constraints)

    def _targets_of(self, texts: list[str], request: Request, constraints: Sequence[Constraint] | None) -> list[Target]:
        targets = self._targets.read(texts, constraints, request.search.forbidden)
        check_targets(targets, request.search)
        return targets

    def _shortlist(self, shortlist: Shortlist | str | Path) -> Shortlist:
        return checked_shortlist(shortlist, self.source_tokenizer, self.target_tokenizer)

    def _sources(self, texts: list[str], limit: int) -> list[Source]:
        """The texts, cut after `limit` pieces."""
        return read_sources(self.source_tokenizer, texts, limit)

    def _met(self, job: _Job, free: list[Translation], forced: list[Translation]) -> list[Translation]:
        """Those of both searches that hold the required phrases, best first; what was forced, if none does."""
        holding = {
            one.target_ids: one for one in (*forced, *free) if self._targets.holds_all(one.target_ids, job.target)
        }
        return sorted(holding.values(), key=lambda one: (one.target_truncated, -one.score)) or forced

    def _chosen(self, found: list[Translation], request: Request) -> Translation:
        """One translation with its alternatives, of all that were found for a text."""
        if request.search.distinct:
            by_text: dict[str, Translation] = {}
            for one in found:
                by_text.setdefault(one.text, one)
            found = list(by_text.values())
        best, *others = found if request.search.sample else found[: request.n_best]
        return replace(best, alternatives=tuple(others))

    def _search_all(
        self, jobs: list[_Job], request: Request, required: bool = False
    ) -> Iterator[tuple[list[_Job], list[list[Translation]]]]:
        """All jobs in batches, and what `_search` finds for each batch; several are searched at once."""

        def search(batch: list[_Job]) -> tuple[list[_Job], list[list[Translation]]]:
            return batch, self._search(batch, request, required)

        return map_batches(search, _batches(jobs, request))

    def _search(self, jobs: list[_Job], request: Request, required: bool = False) -> list[list[Translation]]:
        """What a search finds for each job, best first; with `required`, forced to hold what the targets require."""
        search = request.search
        n_best = search.beams if search.distinct else request.n_best
        steps = [maximum_steps(len(job.source.ids) - 1, search, job.target) for job in jobs]
        inputs = {
            "source_ids": stack_sources([job.source for job in jobs]),
            "maximum_steps": np.asarray(steps, "int32"),
            **numbers_of(search),
            **self._targets.inputs([job.target for job in jobs], required=required),
        }
        if search.sample is not None:
            inputs["sample_keys"] = sample_keys([job.source.ids for job in jobs], search.samples, search.seed)
        found = self._find(jobs, inputs, plan_of(search, n_best, request.attention), request.shortlist)

        possible = [[rank for rank in range(len(row)) if rank == 0 or row[rank] > 0] for row in found.lengths]
        places = [(row, rank) for row, ranks in enumerate(possible) for rank in ranks]
        ids = [found.ids[place][: found.lengths[place]].tolist() for place in places]
        target_pieces = self.target_tokenizer.pieces(ids)
        source_pieces = self.source_tokenizer.pieces([job.source.ids for job in jobs])
        texts = self.target_tokenizer.decode(ids)
        by_row: list[list[Translation]] = [[] for _ in jobs]
        for place, text, target, written in zip(places, texts, ids, target_pieces, strict=True):
            row, job = place[0], jobs[place[0]]
            weights = None
            if request.attention:
                weights = found.extras["attention"][place][: len(target), : len(job.source.ids)].copy()
            by_row[row].append(
                Translation(
                    text=text,
                    score=float(found.scores[place]),
                    log_prob=float(found.log_probs[place]),
                    source_pieces=tuple(source_pieces[row]),
                    target_pieces=tuple(written),
                    target_ids=tuple(target),
                    token_log_probs=tuple(found.token_log_probs[place][: len(target)].tolist()),
                    forced_pieces=min(len(job.target.prefix), len(target)),
                    source_truncated=job.source.truncated,
                    target_truncated=not found.finished[place],
                    attention=weights,
                )
            )
        return by_row

    def _find(self, jobs: list[_Job], inputs: dict[str, Any], plan: Plan, shortlist: Shortlist | None) -> Hypotheses:
        """The hypotheses of a search, in ids, whether over the whole vocabulary or a shortlist."""
        if shortlist is None:
            return self._graphs.search(inputs, plan)
        candidates = [candidates_of(shortlist, job.source, job.target) for job in jobs]
        vocabulary = OutputVocabulary(candidates, shortlist.target_size)
        found = self._graphs.search(vocabulary.inputs(inputs), plan)
        return found._replace(ids=vocabulary.ids[found.ids])

    # --- scoring ------------------------------------------------------------------------------------------------------

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[TargetScore]:
        sources, targets = checked_texts(sources), checked_texts(targets)
        check_counts(len(sources), len(targets))
        target_ids = [[*ids, END_ID] for ids in self.target_tokenizer.encode(targets)]
        return self._score(self._sources(sources, self.maximum_source_pieces), target_ids)

    def score_ids(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[TargetScore]:
        """As `score`, for ids as they are: x1 .. xn end, and y1 .. ym with or without the end, at least one each."""
        check_counts(len(sources), len(targets))
        return self._score(self._sources_of(sources), targets)

    def _sources_of(self, ids: Sequence[Sequence[int]]) -> list[Source]:
        return [Source(list(one), truncated=False) for one in ids]

    def _score(self, sources: list[Source], targets: Sequence[Sequence[int]]) -> list[TargetScore]:
        pieces = self.target_tokenizer.pieces(targets)
        lengths = [len(source.ids) + len(target) for source, target in zip(sources, targets, strict=True)]
        scores: list[TargetScore] = [TargetScore(0.0, 0)] * len(lengths)

        def score(batch: list[int]) -> np.ndarray:
            source_ids = stack_sources([sources[index] for index in batch])
            return self._graphs.score(source_ids, padded([targets[index] for index in batch], PAD_ID))

        for index, log_probs in _rows(score, lengths):
            tokens = len(targets[index])
            scores[index] = TargetScore(
                log_prob=float(log_probs.sum()),
                tokens=tokens,
                token_log_probs=tuple(log_probs[:tokens].tolist()),
                target_pieces=tuple(pieces[index]),
                source_truncated=sources[index].truncated,
            )
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
        known = self._sources(checked_texts(sources), self.maximum_source_pieces)
        found = [np.zeros(0, dtype="float32")] * len(targets)
        lengths = [len(source.ids) + len(target) for source, target in zip(known, targets, strict=True)]

        def score(batch: list[int]) -> np.ndarray:
            source_ids = stack_sources([known[index] for index in batch])
            target_ids = padded([targets[index] for index in batch], PAD_ID)
            # One place more, which is never read: what is read may be one id shorter than the target.
            read_ids = padded([[*read[index][: len(targets[index]) - 1], END_ID] for index in batch], PAD_ID)
            return self._graphs.log_probs_after(source_ids, read_ids, target_ids)

        for index, log_probs in _rows(score, lengths):
            found[index] = log_probs[: len(targets[index])]
        return found

    # --- attention ----------------------------------------------------------------------------------------------------

    def attend(self, sources: Sequence[str], targets: Sequence[str]) -> list[TargetAttention]:
        """Where the model looks while it writes each given target, by teacher forcing, end included.

        Sources are cut as in `translate`, targets never. Raises DataError if the numbers of lines differ.
        """
        sources, targets = checked_texts(sources), checked_texts(targets)
        check_counts(len(sources), len(targets))
        target_ids = [[*ids, END_ID] for ids in self.target_tokenizer.encode(targets)]
        return self._attend(self._sources(sources, self.maximum_source_pieces), target_ids)

    def attend_ids(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[TargetAttention]:
        """As `attend`, for ids as they are: x1 .. xn end, and y1 .. ym with or without the end, at least one each."""
        check_counts(len(sources), len(targets))
        return self._attend(self._sources_of(sources), targets)

    def _attend(self, sources: list[Source], targets: Sequence[Sequence[int]]) -> list[TargetAttention]:
        lengths = [len(source.ids) + len(target) for source, target in zip(sources, targets, strict=True)]
        weights: dict[int, np.ndarray] = {}

        def attend(batch: list[int]) -> np.ndarray:
            source_ids = stack_sources([sources[index] for index in batch])
            return self._graphs.attend(source_ids, padded([targets[index] for index in batch], PAD_ID))

        for index, rows in _rows(attend, lengths):
            weights[index] = rows[: len(targets[index]), : len(sources[index].ids)].copy()
        source_pieces = self.source_tokenizer.pieces([source.ids for source in sources])
        target_pieces = self.target_tokenizer.pieces(targets)
        return [
            TargetAttention(weights[index], tuple(read), tuple(written), sources[index].truncated)
            for index, (read, written) in enumerate(zip(source_pieces, target_pieces, strict=True))
        ]


def _rows(compute: Callable[[list[int]], np.ndarray], lengths: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Every index of `lengths` and its row of what is computed by teacher forcing, for batches of indices."""

    def computed(batch: list[int]) -> tuple[list[int], np.ndarray]:
        return batch, compute(batch)

    for batch, rows in map_batches(computed, length_batches(lengths, SCORE_POSITIONS)):
        yield from zip(batch, rows, strict=True)


def _batches(jobs: list[_Job], request: Request) -> Iterator[list[_Job]]:
    """The jobs that are searched together: of similar length, and either all or none with a prefix, or forbidden words.

    So a text is searched by a graph without what only others want.
    """
    kinds: dict[tuple[bool, bool], list[_Job]] = {}
    for job in jobs:
        kinds.setdefault((bool(job.target.prefix), bool(job.target.forbidden)), []).append(job)
    width = request.search.samples if request.search.sample else request.search.beams
    for alike in kinds.values():
        for batch in length_batches([len(job.source.ids) for job in alike], SEARCH_POSITIONS // width):
            yield [alike[member] for member in batch]


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
