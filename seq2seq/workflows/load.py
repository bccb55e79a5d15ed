"""A run folder, an export of it, a server that has one, or several runs together → a translator.

What is heavy is imported where it is needed: a server's translator needs neither Keras nor TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seq2seq.client.translator import ServedTranslator, find_model, is_address
from seq2seq.config.schema import Search, TranslationRun
from seq2seq.errors import ConfigurationError
from seq2seq.training.checkpoints import Checkpoint
from seq2seq.training.run_folder import RunFolder
from seq2seq.translator import TextTranslator
from seq2seq.workflows.load_language_model import load_language_model
from seq2seq.workflows.members import AVERAGE, FLOAT32, Members, fusion_of, members_of
from seq2seq.workflows.run_or_export import (
    check_checkpoint,
    check_members,
    check_served_checkpoint,
    check_translates,
    exported_version,
)

if TYPE_CHECKING:
    from seq2seq.models import EncoderDecoder
    from seq2seq.text import Tokenizer
    from seq2seq.translator import Translator


class RunParts(NamedTuple):
    """What a run's translator is made of, read once; the checkpoint is verified."""

    folder: RunFolder
    configuration: TranslationRun
    checkpoint: Checkpoint
    source: Tokenizer
    target: Tokenizer


def load(
    run: str | Path | Sequence[str | Path] | Members,
    checkpoint: str = "best",
    *,
    weights: Sequence[float] | None = None,
    average: str = AVERAGE,
    language_model: str | Path | None = None,
    language_model_weight: float | None = None,
    precision: str = FLOAT32,
) -> TextTranslator:
    """The translator that a run has trained: a `Translator`, or what stands for it in an export or behind a server.

    Args:
        run: the run folder; or what `seq2seq export` wrote: a version's folder, or the one above, whose last version
            is taken; or the address of a model that is served, such as http://127.0.0.1:8501/v1/models/en-de;
            or several run folders, whose models then translate together.
        checkpoint: `best`, `last`, or the name of a folder in `checkpoints/`; an export has one alone. Several, as in
            `best,last`, make an ensemble of the checkpoints of each run. `Members` name their own.
        weights: of the members of an ensemble: of each run in order, each checkpoint in order; None for equal ones.
        average: of what an ensemble takes the average, `log-probabilities` or `probabilities`.
        language_model: the run folder of a language model that helps the search, over the same target pieces.
        language_model_weight: of its log-probabilities, at least 0.
        precision: what the runs' models compute in: `float32`, or, faster on CPUs that have the instructions,
            `bfloat16_products` or `int8_products` (docs/speed.md); with the latter a model's weights are not to be
            changed. An export or a server has a precision of its own.

    Raises:
        ConfigurationError: if weights or average do not fit, there is no such precision, here or at all, or an export
            or a server is to be a member or to compute in another one.
        ExportError: if an export cannot be loaded.
        RunError: if there is no such run.
        CheckpointError: if the checkpoint is missing, corrupt or another model's.
        TokenizerError: if the tokenizer in the folder is not the one that the checkpoint was trained with, or those of
            an ensemble write different pieces.
        ClientError: if the server cannot be reached or has no such model.
    """
    if not isinstance(run, Members):
        runs = [run] if isinstance(run, (str, Path)) else run
        plain = weights is None and average == AVERAGE and language_model is None and precision == FLOAT32
        if len(runs) == 1 and is_address(runs[0]) and plain:
            return _load_one(runs[0], checkpoint)
        fusion = fusion_of(language_model, language_model_weight)
        run = members_of(runs, checkpoint, weights, average, fusion, precision)
    if len(run.members) == 1 and run.fusion is None and run.precision == FLOAT32:
        return _load_one(*run.members[0])
    check_members(run)
    members = [load_run(*member, precision=run.precision) for member in run.members]
    translator = members[0] if len(members) == 1 else _together(members, run)
    if run.fusion is None:
        return translator
    from seq2seq.translator.fusion import fuse

    predictor = load_language_model(run.fusion.run, run.fusion.checkpoint)
    return fuse(translator, predictor.model, predictor.tokenizer.fingerprint, run.fusion.weight)


def _together(members: Sequence[Translator], run: Members) -> Translator:
    from seq2seq.translator.ensemble import EnsembleTranslator

    return EnsembleTranslator(members, weights=run.weights, average=run.average)


def _load_one(run: str | Path, checkpoint: str) -> TextTranslator:
    if is_address(run):
        check_served_checkpoint(checkpoint)
        return ServedTranslator(find_model(str(run)))
    version = exported_version(run)
    if version is not None:
        from seq2seq.export.translator import load_export

        check_checkpoint(version, checkpoint)
        check_translates(version)
        return load_export(version)
    return load_run(run, checkpoint)


def load_run(run: str | Path, checkpoint: str = "best", precision: str = FLOAT32) -> Translator:
    """As `load`, for a run folder."""
    return translator_of(read_run(run, checkpoint), precision)


def read_run(run: str | Path, checkpoint: str = "best") -> RunParts:
    """What a run's translator is made of.

    Raises:
        RunError, CheckpointError, TokenizerError: as `load`.
    """
    from seq2seq.workflows.training_text import load_tokenizers

    folder = RunFolder.open(run)
    config = folder.configuration_of(TranslationRun)
    found = folder.store(config.training).get(checkpoint)
    source, target = load_tokenizers(folder)
    found.check_tokenizers(source.fingerprint, target.fingerprint)
    return RunParts(folder, config, found, source, target)


def translator_of(parts: RunParts, precision: str = FLOAT32) -> Translator:
    """The translator of a run that was read."""
    config, source, target = parts.configuration, parts.source, parts.target
    model = load_model(config, parts.checkpoint, source, target, precision=precision)
    return make_translator(model, source, target, config.search)


def load_model(
    config: TranslationRun,
    checkpoint: Checkpoint,
    source: Tokenizer,
    target: Tokenizer,
    use_cudnn: bool | str = "auto",
    precision: str = FLOAT32,
) -> EncoderDecoder:
    """The model of a verified checkpoint, in this precision whatever it was trained in.

    Raises:
        ConfigurationError: the precision is one of 8-bit integers and there are no such products.
    """
    from seq2seq.layers.precision import INT8_PRODUCTS, computing_in
    from seq2seq.models import build_model
    from seq2seq.ops.integers import has_integer_products
    from seq2seq.training.state import load_weights

    if precision == INT8_PRODUCTS and not has_integer_products():
        raise ConfigurationError(
            f"there are no 8-bit products here — given precision {precision} — it takes the TensorFlow backend with "
            f"oneDNN and a processor with VNNI (docs/speed.md); {FLOAT32} works everywhere"
        )
    with computing_in(precision):
        model = build_model(config.model, source.vocabulary_size, target.vocabulary_size, config.seed, use_cudnn)
    load_weights(model, checkpoint.path)
    return model


def make_translator(model: EncoderDecoder, source: Tokenizer, target: Tokenizer, search: Search) -> Translator:
    """A translator with the settings of the section `search`."""
    from seq2seq.translator import Translator

    return Translator(model, source, target, **search.model_dump())
