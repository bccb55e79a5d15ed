"""Configuration and text → a `Trainer`: every setting is turned into a number or an object here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from seq2seq.config.schema import MinimumRisk as MinimumRiskSection
from seq2seq.config.schema import RunConfiguration, Training
from seq2seq.data import TrainingBatches
from seq2seq.data.batches import evaluation_batches
from seq2seq.evaluation import bleu
from seq2seq.evaluation.sentence_risk import sentence_risks
from seq2seq.layers import BFLOAT16_PRODUCTS, ProductPolicy
from seq2seq.models import EncoderDecoder, build_model
from seq2seq.text import BEGIN_ID, END_ID, PAD_ID, Tokenizer
from seq2seq.training import schedules
from seq2seq.training.learning_rate import LearningRate
from seq2seq.training.objectives import (
    ConsistentCrossEntropy,
    CrossEntropy,
    MinimumRisk,
    Objective,
    ScheduledSampling,
    scheduled_sampling,
)
from seq2seq.training.objectives.minimum_risk import Risk
from seq2seq.training.optimizers import build_optimizer
from seq2seq.training.patience import Patience
from seq2seq.training.progress import TrainingProgress
from seq2seq.training.run_folder import RunFolder
from seq2seq.training.tensorboard import TensorBoardWriter
from seq2seq.training.timetable import Timetable
from seq2seq.training.trainer import Trainer
from seq2seq.translator import Translator
from seq2seq.visualize.curves import draw_curves
from seq2seq.workflows.load import make_translator
from seq2seq.workflows.training_text import Text

# Real tokens of validation text in one batch; it bounds memory and changes no result.
VALIDATION_BATCH_TOKENS = 4000


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
    keras.config.set_dtype_policy(
        ProductPolicy() if config.training.precision == BFLOAT16_PRODUCTS else config.training.precision
    )
    try:
        return build_model(
            config.model, text.source_tokenizer.vocabulary_size, text.target_tokenizer.vocabulary_size, config.seed
        )
    finally:
        keras.config.set_dtype_policy(previous)


def make_objective(config: RunConfiguration, model: EncoderDecoder, text: Text) -> Objective:
    """What the section training.objective says is minimised."""
    settings, label_smoothing = config.training.objective, config.training.label_smoothing
    if isinstance(settings, MinimumRiskSection):
        return MinimumRisk(
            model,
            make_risk(settings.metric, text.target_tokenizer),
            samples=settings.samples,
            sharpness=settings.sharpness,
            maximum_ratio=config.search.maximum_ratio,
            maximum_extra=config.search.maximum_extra,
            seed=config.seed,
        )
    sampling = make_scheduled_sampling(settings.scheduled_sampling, model, config.seed)
    if settings.consistency:
        return ConsistentCrossEntropy(model, label_smoothing, settings.consistency, sampling)
    return CrossEntropy(model, label_smoothing, sampling)


def make_risk(metric: str, tokenizer: Tokenizer) -> Risk:
    """The risk of texts given as ids, by a metric of sentences."""

    def risk(hypotheses: Sequence[list[int]], references: Sequence[list[int]]) -> list[float]:
        return sentence_risks(metric, tokenizer.decode(hypotheses), tokenizer.decode(references))

    return risk


def make_scheduled_sampling(settings: Any, model: EncoderDecoder, seed: int) -> ScheduledSampling | None:
    if settings is None:
        return None
    values = settings.model_dump()
    return ScheduledSampling(model, getattr(scheduled_sampling, values.pop("kind"))(**values), seed)


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
        make_objective(config, make_model(config, text), text),
        make_optimizer(training),
        training_batches=batches.dataset,
        batches_per_epoch=batches.count(0),
        validation_batches=lambda: validation.dataset(0),
        score=make_score(config, text) if training.validation.bleu else None,
        timetable=Timetable(
            accumulate_steps=training.accumulate_steps,
            maximum_epochs=training.maximum_epochs,
            maximum_steps=training.maximum_steps,
            validate_every_steps=training.validation.every_steps,
            validate_every_epochs=training.validation.every_epochs,
            checkpoint_every_steps=training.checkpoints.every_steps,
            log_every_steps=training.log_every_steps,
            score_from_epoch=training.validation.bleu_start_epoch,
        ),
        learning_rate=LearningRate(
            base=training.optimizer.learning_rate,
            schedule=make_schedule(training.schedule),
            plateau=Patience(plateau.metric, plateau.patience) if plateau else None,
            factor=plateau.factor if plateau else 1.0,
            minimum=plateau.minimum if plateau else 0.0,
        ),
        early_stopping=Patience(early.metric, early.patience) if early else None,
        divergence_factor=training.divergence_factor,
        store=run.store(config),
        log=run.log(),
        tensorboard=TensorBoardWriter(run.tensorboard_folder) if training.tensorboard else None,
        progress=TrainingProgress(),
        tokenizers=[text.source_tokenizer.fingerprint, text.target_tokenizer.fingerprint],
        after_validation=lambda: draw_curves(run.metrics_path, run.curves_path),
    )


def make_score(config: RunConfiguration, text: Text) -> Callable[[keras.Model], float]:
    """A function that translates the validation text with a model, by real search, and returns its BLEU, 0 to 100."""
    settings = config.training.validation
    pairs = text.validation_pairs[: settings.bleu_lines]
    sources, references = [source for source, _ in pairs], [target for _, target in pairs]
    translators: dict[int, Translator] = {}

    def score(model: keras.Model) -> float:
        # One translator for all validations of a model: it keeps the compiled search.
        if id(model) not in translators:
            translators[id(model)] = make_translator(model, text.source_tokenizer, text.target_tokenizer, config.search)
        translations = translators[id(model)].translate(sources, beams=settings.bleu_beams)
        hypotheses = [translation.text for translation in translations]
        return bleu(hypotheses, references, lowercase=settings.bleu_lowercase)

    return score
