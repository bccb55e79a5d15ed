"""The section `data`: where parallel text comes from, what of it is trained on, and in which batches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from seq2seq.config.schema.section import PositiveInt, Section


class TextFiles(Section):
    """Parallel text files, plain or .gz: line k of the sources belongs to line k of the targets.

    `{source}` and `{target}` in a name stand for the two language codes.
    """

    kind: Literal["text"] = "text"
    source: list[str] = Field(min_length=1)
    target: list[str] = Field(min_length=1)


class TsvFiles(Section):
    """Tab-separated files, plain or .gz, and which columns (counted from 0) hold the two sides."""

    kind: Literal["tsv"]
    files: list[str] = Field(min_length=1)
    source_column: int = Field(default=0, ge=0)
    target_column: int = Field(default=1, ge=0)


class TfdsSource(Section):
    """A TensorFlow Datasets builder with two text features."""

    kind: Literal["tfds"]
    name: str
    config: str | None = None
    split: str = "train"
    data_dir: str | None = None
    source_feature: str | None = None  # null: the source language's code
    target_feature: str | None = None  # null: the target language's code


Source = Annotated[TextFiles | TsvFiles | TfdsSource, Field(discriminator="kind")]


class Filters(Section):
    """Which training pairs are left out, each counted by its reason. Evaluation text is never filtered."""

    drop_empty: bool = True
    drop_duplicates: bool = False  # exact repetitions of a pair
    maximum_pieces: PositiveInt | None = 100  # either side, in pieces, without begin and end
    minimum_pieces: PositiveInt | None = None
    maximum_length_ratio: Annotated[float, Field(ge=1.0)] | None = None  # longer side / shorter side, in pieces


class Batches(Section):
    """How training pairs become batches: `sentences` counts pairs; `tokens` counts padded source + target positions."""

    kind: Literal["sentences", "tokens"] = "sentences"
    size: PositiveInt = 64
    shuffle: bool = True
    bucket_batches: PositiveInt = 50  # pairs are sorted by length within pools of this many batches


class Selection(Section):
    """The last epochs train on one block of the training text alone, the one most like the validation text.

    Text is often gathered from several places, or translated by several people, one after the other. A model of all of
    it writes like their mean; after a few epochs on the right block it writes as is asked for.
    """

    blocks: Annotated[int, Field(ge=2)]  # of consecutive lines, as many in each
    from_epoch: Annotated[int, Field(ge=2)]  # counted from 1


class Data(Section):
    source_language: str = "source"
    target_language: str = "target"
    folder: str | None = None  # of relative file names; null: the working directory. A run keeps it absolute
    train: Source
    validation: Source
    test: Source | None = None
    filters: Filters = Filters()
    batches: Batches = Batches()
    selection: Selection | None = None
