"""Configuration → what it will train on, told before any training: text, tokens, batches, model, memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from seq2seq.config.schema import TranslationRun
from seq2seq.data import EpochPlan, Padding, PairCorpus, build_corpus
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.text import UNKNOWN_ID, Tokenizer, WordTokenizer
from seq2seq.workflows.inspection_report import inspection_text
from seq2seq.workflows.memory_estimate import MemoryEstimate, estimate_memory
from seq2seq.workflows.places import parts
from seq2seq.workflows.teachers import teachers_in_words
from seq2seq.workflows.training_text import (
    block_to_end_with,
    check_text,
    describe_selection,
    make_tokenizers,
    pairs_of,
    place,
    selection_in_words,
)
from seq2seq.workflows.word_vectors import check_vectors, coverage_lines

HISTOGRAM_BIN_PIECES = 10
EXAMPLE_PAIRS = 3


@dataclass
class SideCounts:
    """Counts over one side of a part of the text, before any filter."""

    language: str
    vocabulary_size: int
    lines: int = 0
    words: int = 0
    pieces: int = 0
    unknowns: int = 0
    longest: int = 0
    truncated: int = 0  # lines of more pieces than the translator takes
    histogram: Counter[int] = field(default_factory=Counter)  # lines by pieces // HISTOGRAM_BIN_PIECES


@dataclass(frozen=True)
class TextPart:
    """One of train, validation, test."""

    name: str
    pairs_read: int
    pairs: int
    drops: dict[str, int]
    sides: tuple[SideCounts, SideCounts]


@dataclass(frozen=True)
class Example:
    """A training pair with its pieces, and with pieces drawn by chance if the training samples."""

    texts: tuple[str, str]
    pieces: tuple[list[str], list[str]]
    sampled_pieces: tuple[list[str] | None, list[str] | None]


@dataclass(frozen=True)
class Inspection:
    """All that `seq2seq inspect` tells."""

    parts: list[TextPart]
    batches: int
    batch_kind: str
    batch_size: int
    padding: Padding
    memory: MemoryEstimate
    examples: list[Example]
    vectors: list[str]  # what files of word vectors cover, a line each
    selection: str | None = None  # what the last epochs train on, if not on all, in words
    teachers: str | None = None  # whom the model learns from beside the references, in words
    histogram_bin: int = HISTOGRAM_BIN_PIECES


def inspect(config: TranslationRun) -> Inspection:
    """Prints what the configuration will train on and returns it; leaves no file behind.

    Raises Seq2SeqError for whatever would stop the training for its input's sake.
    """
    inspection = measure(config)
    print(inspection_text(inspection))
    return inspection


def measure(config: TranslationRun) -> Inspection:
    """Reads all text, trains the tokenizer if there is none, and builds the model; keeps and prints nothing."""
    check_text(config)
    check_vectors(config)
    import_tensorflow_quietly()
    tokenizers = make_tokenizers(config)
    read = {name: _read_part(config, name, tokenizers) for name in parts(config.data)}
    corpus = read["train"][0]
    selection = describe_selection(config, block_to_end_with(config, corpus, read["validation"][0]))
    batches = config.data.batches
    plan = EpochPlan(corpus.source_lengths, corpus.target_lengths, **batches.model_dump(), seed=config.seed, epoch=0)
    source, target = tokenizers
    return Inspection(
        parts=[part for _, part in read.values()],
        batches=len(plan),
        batch_kind=batches.kind,
        batch_size=batches.size,
        padding=plan.padding,
        memory=estimate_memory(config, source.vocabulary_size, target.vocabulary_size, plan.shapes),
        examples=_examples(config, tokenizers),
        vectors=coverage_lines(place(config, None, tokenizers, corpus)),
        selection=selection_in_words(selection) if selection else None,
        teachers=teachers_in_words(config),
    )


class CountingEncoder:
    """A tokenizer's `encode` that counts what passes through it."""

    def __init__(self, tokenizer: Tokenizer | WordTokenizer, language: str, maximum_pieces: int | None) -> None:
        """Lines of more than `maximum_pieces` count as truncated; None: there is no such limit on this side."""
        self._tokenizer = tokenizer
        self._maximum_pieces = maximum_pieces
        self.counts = SideCounts(language, tokenizer.vocabulary_size)

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode(texts)
        lengths = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
        counts = self.counts
        counts.lines += len(texts)
        counts.words += sum(len(text.split()) for text in texts)
        counts.pieces += int(lengths.sum())
        counts.unknowns += sum(row.count(UNKNOWN_ID) for row in encoded)
        counts.longest = max(counts.longest, int(lengths.max()))
        if self._maximum_pieces is not None:
            counts.truncated += int((lengths > self._maximum_pieces).sum())
        counts.histogram.update((lengths // HISTOGRAM_BIN_PIECES).tolist())
        return encoded


def _read_part(
    config: TranslationRun, name: str, tokenizers: tuple[Tokenizer, Tokenizer]
) -> tuple[PairCorpus, TextPart]:
    """Encodes one part; the filters are for training text alone."""
    source = CountingEncoder(tokenizers[0], config.data.source_language, config.search.maximum_source_pieces)
    target = CountingEncoder(tokenizers[1], config.data.target_language, None)
    corpus = build_corpus(
        pairs_of(config, name),
        source,
        target,
        filters=config.data.filters if name == "train" else None,
        keep_lines=name == "train" and config.data.selection is not None,
        key=f"data.{name}",
    )
    return corpus, TextPart(name, corpus.pairs_read, len(corpus), corpus.drops, (source.counts, target.counts))


def _examples(config: TranslationRun, tokenizers: tuple[Tokenizer, Tokenizer]) -> list[Example]:
    """The first pairs of the training text."""
    sampling = config.tokenizer.sampling
    rates = (sampling.source, sampling.target) if sampling else (0.0, 0.0)
    examples = []
    for texts in islice(pairs_of(config, "train"), EXAMPLE_PAIRS):
        sides = list(zip(tokenizers, texts, rates, strict=True))
        pieces = [tokenizer.pieces(tokenizer.encode([text]))[0] for tokenizer, text, _ in sides]
        sampled = [
            tokenizer.pieces(tokenizer.encode_sampled([text], rate, config.seed))[0] if rate else None
            for tokenizer, text, rate in sides
        ]
        examples.append(Example(texts, (pieces[0], pieces[1]), (sampled[0], sampled[1])))
    return examples
