"""A run folder → a `Translator`."""

from __future__ import annotations

from pathlib import Path

import keras

from seq2seq.config.schema import RunConfiguration
from seq2seq.errors import TokenizerError
from seq2seq.models import EncoderDecoder, build_model
from seq2seq.text import Tokenizer
from seq2seq.training.checkpoints import Checkpoint
from seq2seq.training.run_folder import RunFolder
from seq2seq.training.state import load_weights
from seq2seq.translator import Translator


def load(run: str | Path, checkpoint: str = "best") -> Translator:
    """The translator that a run has trained.

    Args:
        run: the run folder.
        checkpoint: `best`, `last`, or the name of a folder in `checkpoints/`.

    Raises:
        RunError: if there is no such run.
        CheckpointError: if the checkpoint is missing, corrupt or another model's.
        TokenizerError: if the tokenizer in the folder is not the one that the checkpoint was trained with.
    """
    folder = RunFolder.open(run)
    config = folder.configuration()
    found = folder.store(config).get(checkpoint)
    source, target = load_tokenizers(folder)
    check_tokenizers(found, source, target)
    model = load_model(config, found, source, target)
    return Translator(model, source, target, search=config.search)


def load_tokenizers(folder: RunFolder) -> tuple[Tokenizer, Tokenizer]:
    """The source and the target tokenizer of a run; one object twice where they are shared."""
    shared = folder.tokenizer_folder / "shared.model"
    if shared.is_file():
        tokenizer = Tokenizer.load(shared)
        return tokenizer, tokenizer
    return Tokenizer.load(folder.tokenizer_folder / "source.model"), Tokenizer.load(
        folder.tokenizer_folder / "target.model"
    )


def check_tokenizers(checkpoint: Checkpoint, source: Tokenizer, target: Tokenizer) -> None:
    """Raises TokenizerError unless the checkpoint was trained with these two."""
    expected = checkpoint.manifest["tokenizers"]
    for side, tokenizer, fingerprint in zip(("source", "target"), (source, target), expected, strict=True):
        if tokenizer.fingerprint != fingerprint:
            raise TokenizerError(
                f"the {side} tokenizer does not belong to the model — its sha256 is {tokenizer.fingerprint[:12]}…, that of "
                f"{checkpoint.path} is {fingerprint[:12]}… — put the run's own tokenizer back"
            )


def load_model(
    config: RunConfiguration, checkpoint: Checkpoint, source: Tokenizer, target: Tokenizer
) -> EncoderDecoder:
    """The model of a verified checkpoint, in float32 whatever it was trained in."""
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        model = build_model(config.model, source.vocabulary_size, target.vocabulary_size, config.seed)
    finally:
        keras.config.set_dtype_policy(previous)
    load_weights(model, checkpoint.path)
    return model
