"""A run folder of a language model → a `TextPredictor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seq2seq.config.schema import LanguageModelRun
from seq2seq.training.checkpoints import Checkpoint
from seq2seq.training.run_folder import RunFolder
from seq2seq.workflows.text_tokenizer import AnyTokenizer, load_run_tokenizer

if TYPE_CHECKING:
    from seq2seq.language_model import TextPredictor
    from seq2seq.models import LanguageModel


class LanguageModelParts(NamedTuple):
    """What a run's predictor is made of, read once; the checkpoint is verified."""

    folder: RunFolder
    configuration: LanguageModelRun
    checkpoint: Checkpoint
    tokenizer: AnyTokenizer


def is_language_model(run: str | Path) -> bool:
    """Whether it is the folder of a language model's run; False for whatever else it is, or is not."""
    folder = RunFolder(run)
    return folder.exists() and isinstance(folder.configuration(), LanguageModelRun)


def load_language_model(run: str | Path, checkpoint: str = "best") -> TextPredictor:
    """The language model that a run has trained, with its tokenizer.

    Args:
        run: the run folder.
        checkpoint: `best`, `last`, or the name of a folder in `checkpoints/`.

    Raises:
        RunError: if there is no such run, or it is of another task.
        CheckpointError: if the checkpoint is missing, corrupt or another model's.
        TokenizerError: if the tokenizer in the folder is not the one that the checkpoint was trained with.
    """
    return predictor_of(read_language_model(run, checkpoint))


def read_language_model(run: str | Path, checkpoint: str = "best") -> LanguageModelParts:
    """What a run's predictor is made of; raises as `load_language_model`."""
    folder = RunFolder.open(run)
    config = folder.configuration_of(LanguageModelRun)
    found = folder.store(config.training).get(checkpoint)
    tokenizer = load_run_tokenizer(folder)
    found.check_tokenizers(tokenizer.fingerprint)
    return LanguageModelParts(folder, config, found, tokenizer)


def predictor_of(parts: LanguageModelParts) -> TextPredictor:
    """The predictor of a run that was read."""
    return make_predictor(load_model(parts.configuration, parts.checkpoint, parts.tokenizer), parts)


def make_predictor(model: LanguageModel, parts: LanguageModelParts) -> TextPredictor:
    """The predictor of a model with what else the run holds."""
    from seq2seq.language_model import TextPredictor

    return TextPredictor(model, parts.tokenizer, by_lines=parts.configuration.data.batches.kind == "lines")


def load_model(
    config: LanguageModelRun, checkpoint: Checkpoint, tokenizer: AnyTokenizer, use_cudnn: bool | str = "auto"
) -> LanguageModel:
    """The model of a verified checkpoint, in float32 whatever it was trained in."""
    from seq2seq.layers.precision import computing_in
    from seq2seq.models import build_language_model
    from seq2seq.training.state import load_weights

    with computing_in("float32"):
        model = build_language_model(config.model, tokenizer.vocabulary_size, config.seed, use_cudnn)
    load_weights(model, checkpoint.path)
    return model
