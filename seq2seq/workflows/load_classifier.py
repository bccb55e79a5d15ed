"""A run folder → a classifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seq2seq.config.schema import ClassificationRun
from seq2seq.data import Classes
from seq2seq.training.checkpoints import Checkpoint
from seq2seq.training.run_folder import RunFolder
from seq2seq.workflows.classification_text import load_classes
from seq2seq.workflows.run_or_export import check_checkpoint, exported_version
from seq2seq.workflows.text_tokenizer import AnyTokenizer, load_run_tokenizer

if TYPE_CHECKING:
    from seq2seq.classifier import Classifier
    from seq2seq.export.classifier import ExportedClassifier
    from seq2seq.models import TextClassifier


class ClassifierParts(NamedTuple):
    """What a run's classifier is made of, read once; the checkpoint is verified."""

    folder: RunFolder
    configuration: ClassificationRun
    checkpoint: Checkpoint
    tokenizer: AnyTokenizer
    classes: Classes


def read_classifier(run: str | Path, checkpoint: str = "best") -> ClassifierParts:
    """What is in a run folder.

    Raises:
        RunError: if there is no such run, or it is of another task.
        CheckpointError: if the checkpoint is missing or corrupt.
        TokenizerError: if tokenizer and classes are not those that the checkpoint was trained with.
    """
    folder = RunFolder.open(run)
    config = folder.configuration_of(ClassificationRun)
    found = folder.store(config.training).get(checkpoint)
    found.check_tokenizers(*fingerprints(folder))
    return ClassifierParts(folder, config, found, load_run_tokenizer(folder), load_classes(folder))


def fingerprints(run: RunFolder) -> list[str]:
    """Of tokenizer and classes, to which the checkpoints of a run belong."""
    return [load_run_tokenizer(run).fingerprint, load_classes(run).fingerprint]


def load_classifier(run: str | Path, checkpoint: str = "best") -> Classifier | ExportedClassifier:
    """The classifier of a run or an export.

    Raises:
        RunError, CheckpointError, TokenizerError: as `read_classifier`.
        ExportError: the export is of another task, takes ids alone, or cannot be loaded.
    """
    version = exported_version(run)
    if version is None:
        return classifier_of(read_classifier(run, checkpoint))
    from seq2seq.export.classifier import load_exported_classifier

    check_checkpoint(version, checkpoint)
    return load_exported_classifier(version)


def classifier_of(parts: ClassifierParts) -> Classifier:
    """The classifier of a run that was read."""
    return make_classifier(load_model(parts.configuration, parts.folder, parts.checkpoint), parts)


def make_classifier(model: TextClassifier, parts: ClassifierParts) -> Classifier:
    """A classifier around a model of the run."""
    from seq2seq.classifier import Classifier

    return Classifier(model, parts.tokenizer, parts.classes.names, parts.configuration.data.maximum_pieces)


def load_model(
    config: ClassificationRun, run: RunFolder, checkpoint: Checkpoint, use_cudnn: bool | str = "auto"
) -> TextClassifier:
    """The model of a verified checkpoint, in float32 whatever it was trained in."""
    from seq2seq.layers.precision import computing_in
    from seq2seq.models import build_classifier
    from seq2seq.training.state import load_weights

    with computing_in("float32"):
        model = build_classifier(
            config.model, load_run_tokenizer(run).vocabulary_size, len(load_classes(run)), config.seed, use_cudnn
        )
    load_weights(model, checkpoint.path)
    return model
