"""A run folder or an export → a tagger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seq2seq.config.schema import TaggingRun
from seq2seq.data import Classes
from seq2seq.errors import ExportError
from seq2seq.export.versions import read_manifest
from seq2seq.text.lexicon import Lexicon
from seq2seq.training.checkpoints import Checkpoint
from seq2seq.training.run_folder import RunFolder
from seq2seq.workflows.run_or_export import check_checkpoint, exported_version
from seq2seq.workflows.tagging_text import load_lexicon, load_tags

if TYPE_CHECKING:
    from seq2seq.export.tagger import ExportedTagger
    from seq2seq.models import WordTagger
    from seq2seq.tagger import Tagger


class TaggerParts(NamedTuple):
    """What a run's tagger is made of, read once; the checkpoint is verified."""

    folder: RunFolder
    configuration: TaggingRun
    checkpoint: Checkpoint
    lexicon: Lexicon
    tags: Classes


def read_tagger(run: str | Path, checkpoint: str = "best") -> TaggerParts:
    """What is in a run folder.

    Raises:
        RunError: if there is no such run, or it is of another task.
        CheckpointError: if the checkpoint is missing or corrupt.
        TokenizerError: if words and tags are not those that the checkpoint was trained with.
    """
    folder = RunFolder.open(run)
    config = folder.configuration_of(TaggingRun)
    found = folder.store(config.training).get(checkpoint)
    found.check_tokenizers(*fingerprints(folder))
    return TaggerParts(folder, config, found, load_lexicon(folder), load_tags(folder))


def fingerprints(run: RunFolder) -> list[str]:
    """Of words, characters and tags, to which the checkpoints of a run belong."""
    return [load_lexicon(run).fingerprint, load_tags(run).fingerprint]


class FoundTagger(NamedTuple):
    """A tagger that is not loaded yet, which takes TensorFlow; what is wrong with a run is known before."""

    column: str  # of CoNLL-U, which it fills
    load: Callable[[], Tagger | ExportedTagger]


def find_tagger(run: str | Path, checkpoint: str = "best") -> FoundTagger:
    """The tagger of a run or an export.

    Raises:
        RunError, CheckpointError, TokenizerError: as `read_tagger`.
        ExportError: the export is of another task, torn, or another checkpoint is wanted than it has. `load` raises it
            too.
    """
    version = exported_version(run)
    if version is None:
        parts = read_tagger(run, checkpoint)
        return FoundTagger(parts.configuration.data.column, lambda: tagger_of(parts))
    check_checkpoint(version, checkpoint)
    config = read_manifest(version)["configuration"]
    if config.get("task") != "tagging":
        raise ExportError(
            f"an export of another task — given {version} — give one that `seq2seq export` made of a tagger"
        )
    return FoundTagger(config["data"]["column"], lambda: load_export(version))


def load_tagger(run: str | Path, checkpoint: str = "best") -> Tagger | ExportedTagger:
    """The tagger of a run or an export; errors as `find_tagger`."""
    return find_tagger(run, checkpoint).load()


def load_export(version: Path) -> ExportedTagger:
    from seq2seq.export.tagger import load_exported_tagger

    return load_exported_tagger(version)


def tagger_of(parts: TaggerParts) -> Tagger:
    """The tagger of a run that was read."""
    return make_tagger(load_model(parts.configuration, parts.folder, parts.checkpoint), parts)


def make_tagger(model: WordTagger, parts: TaggerParts) -> Tagger:
    """A tagger around a model of the run."""
    from seq2seq.tagger import Tagger

    return Tagger(model, parts.lexicon, parts.tags.names)


def load_model(
    config: TaggingRun, run: RunFolder, checkpoint: Checkpoint, use_cudnn: bool | str = "auto"
) -> WordTagger:
    """The model of a verified checkpoint, in float32 whatever it was trained in."""
    from seq2seq.layers.precision import computing_in
    from seq2seq.models import build_tagger
    from seq2seq.training.state import load_weights

    lexicon = load_lexicon(run)
    with computing_in("float32"):
        model = build_tagger(
            config.model,
            lexicon.word_vocabulary_size,
            lexicon.character_vocabulary_size,
            len(load_tags(run)),
            config.seed,
            use_cudnn,
        )
    load_weights(model, checkpoint.path)
    return model
