"""Configuration → run folder: read the text, train the tokenizer, train the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from seq2seq.config.schema import ReadyTokenizer, RunConfiguration, Training
from seq2seq.data import PairCorpus, TrainingBatches, build_corpus, check_source, read_pairs, source_files
from seq2seq.data.batches import evaluation_batches
from seq2seq.errors import CheckpointError, RunError
from seq2seq.models import EncoderDecoder, build_model
from seq2seq.text import BEGIN_ID, END_ID, PAD_ID, Tokenizer
from seq2seq.training import schedules
from seq2seq.training.checkpoints import sha256_of
from seq2seq.training.configuration_changes import accept_changes
from seq2seq.training.determinism import make_deterministic
from seq2seq.training.optimizers import build_optimizer
from seq2seq.training.patience import Patience
from seq2seq.training.progress import TrainingProgress
from seq2seq.training.run_folder import RunFolder
from seq2seq.training.tensorboard import TensorBoardWriter, check_tensorboard
from seq2seq.training.trainer import Trainer
from seq2seq.visualize.curves import draw_curves
from seq2seq.workflows.load import check_tokenizers, load_tokenizers

# Real tokens of validation text in one batch; it bounds memory and changes no result.
VALIDATION_BATCH_TOKENS = 4000


def resume(run: str | Path) -> RunFolder:
    """Continues a run by its folder, with the configuration that it was started with."""
    folder = RunFolder.open(run)
    config = folder.configuration().model_copy(update={"name": folder.path.name})
    return train(config, folder.path.parent, resume=True)


def train(config: RunConfiguration, folder: str | Path = "runs", resume: bool = False) -> RunFolder:
    """Trains what the configuration says and leaves everything in `folder/NAME`.

    With `resume`, an existing run goes on from its newest whole checkpoint, and arrives at the bits at which it would
    have arrived unstopped; a run that was not yet begun starts.

    Raises:
        Seq2SeqError: for anything wrong with the input; what can be checked at once is checked before the first slow step.
        Interrupted: after SIGINT or SIGTERM, when all is saved.
    """
    say = print
    run = RunFolder(Path(folder) / (config.name or "run"))
    check(config, run, resume)
    going_on = resume and run.exists()
    if going_on:
        for line in accept_changes(run.configuration(), config):
            say(f"changed: {line}")
    make_deterministic(config.seed)

    text = read_text(config, load_tokenizers(run) if going_on else None)
    facts = describe(config, text)
    say(facts_in_words(facts))
    trainer = build_trainer(config, run, text)
    if going_on:
        check_same_text(run, facts)
        run.write_configuration(config)
        continue_from_newest(run, trainer, text, say)
    else:
        run.create(config, facts, lambda tokenizer_folder: save_tokenizers(text, tokenizer_folder))
    reason = trainer.train()
    say(f"finished: {reason}")
    return run


# --- checks -----------------------------------------------------------------------------------------------------------


def check(config: RunConfiguration, run: RunFolder, resume: bool) -> None:
    """All that can be found wrong within a second: the run folder, the files, the optimizer, the extras."""
    if run.exists() and not resume:
        raise RunError(
            f"the run exists already — given {run.path} — continue it with --resume, or give another name or folder"
        )
    if not run.exists() and run.path.exists() and (not run.path.is_dir() or any(run.path.iterdir())):
        raise RunError(f"not a run, and not empty — given {run.path} — give another name or folder")
    for part in ("train", "validation", "test"):
        source = getattr(config.data, part)
        if source is not None:
            check_source(source, **languages(config), key=f"data.{part}")
    make_optimizer(config.training)
    if config.training.tensorboard:
        check_tensorboard()
    if isinstance(config.tokenizer, ReadyTokenizer):
        ready_tokenizers(config.tokenizer)


def check_same_text(run: RunFolder, facts: dict[str, Any]) -> None:
    """Raises RunError if the training text is another one than at the start of the run."""
    import json

    before = json.loads(run.data_path.read_text(encoding="utf-8"))["train"]
    if before["fingerprint"] != facts["train"]["fingerprint"]:
        raise RunError(
            f"the training text has changed since the run began — {before['pairs']} pairs with fingerprint "
            f"{before['fingerprint'][:12]}… then, {facts['train']['pairs']} with {facts['train']['fingerprint'][:12]}… now — "
            "put the files back as they were, or start a new run"
        )


# --- text -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """The tokenizers, and the training and validation pairs as ids; validation sentences as strings too."""

    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    train: PairCorpus
    validation: PairCorpus
    validation_pairs: list[tuple[str, str]]


def read_text(config: RunConfiguration, tokenizers: tuple[Tokenizer, Tokenizer] | None) -> Text:
    """Reads all text; with `tokenizers` None they are trained on it, or loaded if the configuration names them."""
    source, target = tokenizers or make_tokenizers(config)
    corpus = build_corpus(
        pairs_of(config, "train"),
        source.encode,
        target.encode,
        filters=config.data.filters,
        keep_texts=config.tokenizer.sampling is not None,
        key="data.train",
    )
    validation_pairs = list(pairs_of(config, "validation"))
    validation = build_corpus(validation_pairs, source.encode, target.encode, filters=None, key="data.validation")
    return Text(source, target, corpus, validation, validation_pairs)


def languages(config: RunConfiguration) -> dict[str, Any]:
    data = config.data
    return {"source_language": data.source_language, "target_language": data.target_language, "folder": data.folder}


def pairs_of(config: RunConfiguration, part: str) -> Iterator[tuple[str, str]]:
    """The pairs of data.train, data.validation or data.test, streaming."""
    return iter(read_pairs(getattr(config.data, part), **languages(config), key=f"data.{part}"))


def make_tokenizers(config: RunConfiguration) -> tuple[Tokenizer, Tokenizer]:
    """The source and the target tokenizer: loaded, or trained on the training text of both languages or of one each."""
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


def save_tokenizers(text: Text, folder: Path) -> None:
    if text.source_tokenizer is text.target_tokenizer:
        text.source_tokenizer.save(folder / "shared.model")
    else:
        text.source_tokenizer.save(folder / "source.model")
        text.target_tokenizer.save(folder / "target.model")


def describe(config: RunConfiguration, text: Text) -> dict[str, Any]:
    """The content of data.json."""
    files = source_files(config.data.train, **languages(config))
    return {
        "train": {
            "pairs_read": text.train.pairs_read,
            "pairs": len(text.train),
            "dropped": text.train.drops,
            "source_pieces": int(text.train.source_lengths.sum()),
            "target_pieces": int(text.train.target_lengths.sum()),
            "fingerprint": text.train.fingerprint,
            "files": {str(file): sha256_of(file) for file in files},
        },
        "validation": {"pairs": len(text.validation)},
        "vocabulary_size": {
            "source": text.source_tokenizer.vocabulary_size,
            "target": text.target_tokenizer.vocabulary_size,
        },
    }


def facts_in_words(facts: dict[str, Any]) -> str:
    train = facts["train"]
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in train["dropped"].items())
    return (
        f"training on {train['pairs']:,} of {train['pairs_read']:,} pairs"
        + (f" (dropped: {dropped})" if dropped else "")
        + f", {train['source_pieces'] + train['target_pieces']:,} pieces; validation on {facts['validation']['pairs']:,} pairs"
    )


# --- the trainer ------------------------------------------------------------------------------------------------------


def make_optimizer(training: Training) -> keras.optimizers.Optimizer:
    settings = training.optimizer
    return build_optimizer(
        settings.kind,
        settings.learning_rate,
        arguments=settings.arguments,
        weight_decay=settings.weight_decay,
        clip_norm=settings.clip_norm,
        clip_value=settings.clip_value,
        accumulate_steps=training.accumulate_steps,
        ema=training.ema,
    )


def make_schedule(settings: Any) -> schedules.Schedule:
    """The factor of the learning rate by step, from the section training.schedule."""
    values = settings.model_dump()
    kind = values.pop("kind")
    if kind == "plateau":
        return schedules.constant(settings.warmup_steps)
    return getattr(schedules, kind)(**values)


def make_model(config: RunConfiguration, text: Text) -> EncoderDecoder:
    """The model with its first weights, in the precision of the training."""
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(config.training.precision)
    try:
        return build_model(
            config.model, text.source_tokenizer.vocabulary_size, text.target_tokenizer.vocabulary_size, config.seed
        )
    finally:
        keras.config.set_dtype_policy(previous)


def build_trainer(config: RunConfiguration, run: RunFolder, text: Text) -> Trainer:
    """Everything that the training needs, as numbers and objects."""
    training, data = config.training, config.data
    marks = {"pad_id": PAD_ID, "begin_id": BEGIN_ID, "end_id": END_ID}
    sampling = config.tokenizer.sampling
    batches = TrainingBatches(
        text.train,
        kind=data.batches.kind,
        size=data.batches.size,
        shuffle=data.batches.shuffle,
        bucket_batches=data.batches.bucket_batches,
        seed=config.seed,
        sample_source=(text.source_tokenizer.encode_sampled, sampling.source) if sampling and sampling.source else None,
        sample_target=(text.target_tokenizer.encode_sampled, sampling.target) if sampling and sampling.target else None,
        **marks,
    )
    validation = evaluation_batches(text.validation, kind="tokens", size=VALIDATION_BATCH_TOKENS, **marks)
    plateau = training.schedule if training.schedule.kind == "plateau" else None
    early = training.early_stopping
    return Trainer(
        make_model(config, text),
        make_optimizer(training),
        training_batches=batches.dataset,
        batches_per_epoch=batches.count(0),
        validation_batches=lambda: validation.dataset(0),
        score=make_score(config, text) if training.validation.bleu else None,
        store=run.store(config),
        log=run.log(),
        progress=TrainingProgress,
        learning_rate=training.optimizer.learning_rate,
        schedule=make_schedule(training.schedule),
        plateau=Patience(plateau.metric, plateau.patience) if plateau else None,
        plateau_factor=plateau.factor if plateau else 1.0,
        minimum_learning_rate=plateau.minimum if plateau else 0.0,
        early_stopping=Patience(early.metric, early.patience) if early else None,
        label_smoothing=training.label_smoothing,
        accumulate_steps=training.accumulate_steps,
        maximum_epochs=training.maximum_epochs,
        maximum_steps=training.maximum_steps,
        validate_every_steps=training.validation.every_steps,
        validate_every_epochs=training.validation.every_epochs,
        score_from_epoch=training.validation.bleu_start_epoch,
        checkpoint_every_steps=training.checkpoints.every_steps,
        log_every_steps=training.log_every_steps,
        divergence_factor=training.divergence_factor,
        tokenizers=[text.source_tokenizer.fingerprint, text.target_tokenizer.fingerprint],
        after_validation=lambda: draw_curves(run.metrics_path, run.curves_path),
        tensorboard=TensorBoardWriter(run.tensorboard_folder) if training.tensorboard else None,
    )


def make_score(config: RunConfiguration, text: Text) -> Callable[[keras.Model], float]:
    """A function that translates the validation text with a model, by real search, and returns its BLEU, 0 to 100."""
    import sacrebleu

    from seq2seq.translator import Translator

    settings = config.training.validation
    pairs = text.validation_pairs[: settings.bleu_lines]
    sources, references = [source for source, _ in pairs], [target for _, target in pairs]
    translators: dict[int, Translator] = {}

    def score(model: keras.Model) -> float:
        # One translator for all validations: it keeps the compiled search.
        if id(model) not in translators:
            translators[id(model)] = Translator(
                model, text.source_tokenizer, text.target_tokenizer, search=config.search
            )
        translations = translators[id(model)].translate(sources, beams=settings.bleu_beams)
        hypotheses = [translation.text for translation in translations]
        return sacrebleu.corpus_bleu(hypotheses, [references], lowercase=settings.bleu_lowercase).score

    return score


def continue_from_newest(run: RunFolder, trainer: Trainer, text: Text, say: Callable[[str], None]) -> None:
    """Brings the trainer to the newest whole checkpoint, and says which one it is and which were passed over."""
    trainer.store.remove_leftovers()
    checkpoint, skipped = trainer.store.newest_whole()
    for reason in skipped:
        say(f"skipped: {reason}")
    if checkpoint is None:
        if skipped:
            raise CheckpointError(
                f"no whole checkpoint in {trainer.store.folder} — skipped {len(skipped)} — remove {run.path} and start anew"
            )
        trainer.log.cut(0)
        say("no checkpoint was written yet: starting from the beginning")
        return
    check_tokenizers(checkpoint, text.source_tokenizer, text.target_tokenizer)
    trainer.resume(checkpoint)
    say(f"continuing from {checkpoint.name}")
