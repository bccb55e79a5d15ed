"""The text of a run: its tokenizers, and its pairs as ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from seq2seq.config.schema import ReadyTokenizer, TranslationRun
from seq2seq.data import PairCorpus, build_corpus, check_source, read_pairs, source_files
from seq2seq.data.selection import SelectedBlock, select_block
from seq2seq.text import END_ID, Tokenizer
from seq2seq.text.whole_words import whole_words
from seq2seq.training.checkpoints import sha256_of
from seq2seq.training.run_folder import RunFolder
from seq2seq.workflows.places import parts
from seq2seq.workflows.start_from import starting_run
from seq2seq.workflows.teachers import teaching_runs
from seq2seq.workflows.word_vectors import PlacedVectors, describe_vectors, place_vectors, vectors_in_words


@dataclass(frozen=True)
class Text:
    """The tokenizers, and the training and validation pairs as ids; validation sentences as strings too."""

    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    train: PairCorpus
    validation: PairCorpus
    validation_pairs: list[tuple[str, str]]
    vectors: dict[str, PlacedVectors] = field(default_factory=dict)  # what embeddings begin with
    selection: SelectedBlock | None = None  # what the last epochs train on, if not on all

    @property
    def fingerprints(self) -> list[str]:
        """Of the two tokenizers."""
        return [self.source_tokenizer.fingerprint, self.target_tokenizer.fingerprint]


def read_text(config: TranslationRun, run: RunFolder | None) -> Text:
    """Reads all text, with the tokenizers of `run`; None: they are trained on it, or those that are named."""
    source, target = load_tokenizers(run) if run else make_tokenizers(config)
    corpus = build_corpus(
        pairs_of(config, "train"),
        source.encode,
        target.encode,
        filters=config.data.filters,
        keep_texts=config.tokenizer.sampling is not None,
        keep_lines=config.data.selection is not None,
        key="data.train",
    )
    validation_pairs = list(pairs_of(config, "validation"))
    validation = build_corpus(
        validation_pairs,
        partial(encode_as_translated, source, config.search.maximum_source_pieces),
        target.encode,
        filters=None,
        key="data.validation",
    )
    vectors = place(config, run, (source, target), corpus)
    selection = block_to_end_with(config, corpus, validation)
    return Text(source, target, corpus, validation, validation_pairs, vectors, selection)


def block_to_end_with(config: TranslationRun, train: PairCorpus, validation: PairCorpus) -> SelectedBlock | None:
    """The block of training text that the last epochs train on, if the configuration asks for one."""
    settings = config.data.selection
    return None if settings is None else select_block(train, validation, settings.blocks, END_ID)


def place(
    config: TranslationRun, run: RunFolder | None, tokenizers: tuple[Tokenizer, Tokenizer], train: PairCorpus
) -> dict[str, PlacedVectors]:
    """The word vectors that the embeddings begin with."""
    source, target = tokenizers
    vocabularies = {
        "model.source_vectors": (whole_words(source), train.source.ids),
        "model.target_vectors": (whole_words(target), train.target.ids),
    }
    return place_vectors(config, run, vocabularies)


def encode_as_translated(source: Tokenizer, maximum_pieces: int, texts: Sequence[str]) -> list[list[int]]:
    """The ids that the Translator gives its model, without the end: long lines cut, and white space alone is nothing.

    With these the perplexity of a validation is the one that `seq2seq evaluate` finds on the same text.
    """
    return [ids[:maximum_pieces] for ids in source.encode_sources(texts)]


def languages(config: TranslationRun) -> dict[str, Any]:
    data = config.data
    return {"source_language": data.source_language, "target_language": data.target_language, "folder": data.folder}


def check_text(config: TranslationRun) -> None:
    """Raises DataError if a file or package that the text comes from is missing; reads nothing."""
    for part in parts(config.data):
        check_source(getattr(config.data, part), **languages(config), key=f"data.{part}")


def pairs_of(config: TranslationRun, part: str) -> Iterator[tuple[str, str]]:
    """The pairs of data.train, data.validation or data.test, streaming."""
    return iter(read_pairs(getattr(config.data, part), **languages(config), key=f"data.{part}"))


def lending_run(config: TranslationRun) -> RunFolder | None:
    """The run whose tokenizers are taken, if it is not to have its own: where it starts from, or its first teacher."""
    return starting_run(config) or next(iter(teaching_runs(config)), None)


def make_tokenizers(config: TranslationRun) -> tuple[Tokenizer, Tokenizer]:
    """The source and the target tokenizer: those of the run that the training starts from or learns from, or those
    that exist, or trained on the training text of both languages or of one each."""
    lender = lending_run(config)
    if lender is not None:
        return load_tokenizers(lender)
    settings = config.tokenizer
    if isinstance(settings, ReadyTokenizer):
        return ready_tokenizers(settings)
    arguments = settings.model_dump(exclude={"shared", "sampling"})
    if settings.shared:
        shared = Tokenizer.train((line for pair in pairs_of(config, "train") for line in pair), **arguments)
        return shared, shared
    return (
        Tokenizer.train((source for source, _ in pairs_of(config, "train")), **arguments),
        Tokenizer.train((target for _, target in pairs_of(config, "train")), **arguments),
    )


def ready_tokenizers(settings: ReadyTokenizer) -> tuple[Tokenizer, Tokenizer]:
    source = Tokenizer.load(settings.source)
    return source, source if settings.target is None else Tokenizer.load(settings.target)


def load_tokenizers(folder: RunFolder) -> tuple[Tokenizer, Tokenizer]:
    """The source and the target tokenizer of a run; one object twice where they are shared."""
    shared = folder.tokenizer_folder / "shared.model"
    if shared.is_file():
        tokenizer = Tokenizer.load(shared)
        return tokenizer, tokenizer
    return Tokenizer.load(folder.tokenizer_folder / "source.model"), Tokenizer.load(
        folder.tokenizer_folder / "target.model"
    )


def save_tokenizers(text: Text, folder: Path) -> None:
    if text.source_tokenizer is text.target_tokenizer:
        text.source_tokenizer.save(folder / "shared.model")
    else:
        text.source_tokenizer.save(folder / "source.model")
        text.target_tokenizer.save(folder / "target.model")


def describe(config: TranslationRun, text: Text) -> dict[str, Any]:
    """The content of data.json."""
    files = source_files(config.data.train, **languages(config))
    selection = describe_selection(config, text.selection)
    return {
        "train": {
            "pairs_read": text.train.pairs_read,
            "pairs": len(text.train),
            "dropped": text.train.drops,
            "source_pieces": int(text.train.source_lengths.sum()),
            "target_pieces": int(text.train.target_lengths.sum()),
            "fingerprint": text.train.fingerprint,
            "files": {str(file): sha256_of(file) for file in files},
            **({"selection": selection} if selection else {}),
        },
        "validation": {"pairs": len(text.validation)},
        "vocabulary_size": {
            "source": text.source_tokenizer.vocabulary_size,
            "target": text.target_tokenizer.vocabulary_size,
        },
        **describe_vectors(text.vectors),
    }


def describe_selection(config: TranslationRun, selection: SelectedBlock | None) -> dict[str, Any]:
    """What is selected, and from which epoch on; empty if nothing is."""
    settings = config.data.selection
    if settings is None or selection is None:
        return {}
    return {
        "from_epoch": settings.from_epoch,
        "maximum_epochs": config.training.maximum_epochs,
        "block": selection.block,
        "blocks": selection.blocks,
        "lines": list(selection.lines),
        "pairs": len(selection.pairs),
        "gain_per_token": selection.gain,
        "margin": selection.margin,
        "stands_out": selection.stands_out,
    }


def selection_in_words(facts: dict[str, Any]) -> str:
    first, last = facts["lines"]
    end = facts["maximum_epochs"]
    return (
        f"from epoch {facts['from_epoch']} on {facts['pairs']:,} pairs of lines {first:,} to {last:,}, block "
        f"{facts['block']} of {facts['blocks']}, the one most like the validation text, ahead of the next by "
        f"{100 * facts['margin']:.1f} % of the range of all"
        + ("" if facts["stands_out"] else " - too little to mean much")
        + (f" - which never comes: the training ends after {end} epochs" if end and end < facts["from_epoch"] else "")
    )


def facts_in_words(facts: dict[str, Any]) -> str:
    train = facts["train"]
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in train["dropped"].items())
    return (
        f"training on {train['pairs']:,} of {train['pairs_read']:,} pairs"
        + (f" (dropped: {dropped})" if dropped else "")
        + f", {train['source_pieces'] + train['target_pieces']:,} pieces; "
        + f"validation on {facts['validation']['pairs']:,} pairs"
        + (f"; {selection_in_words(train['selection'])}" if "selection" in train else "")
        + vectors_in_words(facts)
    )
