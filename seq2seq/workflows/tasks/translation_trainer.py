"""The configuration and the text of a translator → its `Trainer`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras

from seq2seq.config.schema import MinimumRisk as MinimumRiskSection
from seq2seq.config.schema import TranslationRun
from seq2seq.data import TrainingBatches
from seq2seq.data.batches import evaluation_batches
from seq2seq.evaluation import bleu
from seq2seq.evaluation.sentence_risk import sentence_risks
from seq2seq.layers.precision import computing_in
from seq2seq.models import EncoderDecoder, build_model
from seq2seq.text import BEGIN_ID, END_ID, PAD_ID, Tokenizer
from seq2seq.training.objectives import (
    ConsistentCrossEntropy,
    CrossEntropy,
    DistilledCrossEntropy,
    MinimumRisk,
    Objective,
    ScheduledSampling,
    scheduled_sampling,
)
from seq2seq.training.objectives.minimum_risk import Risk
from seq2seq.training.run_folder import RunFolder
from seq2seq.training.trainer import Trainer
from seq2seq.training.validation import TeacherForcedValidation
from seq2seq.translator import Translator
from seq2seq.workflows.build_trainer import build_trainer, time_multiple
from seq2seq.workflows.load import make_translator
from seq2seq.workflows.teachers import load_teacher
from seq2seq.workflows.training_text import Text
from seq2seq.workflows.word_vectors import write_vectors

# Real tokens of validation text in one batch; it bounds memory and changes no result.
VALIDATION_BATCH_TOKENS = 4000


def build_translation_trainer(config: TranslationRun, run: RunFolder, text: Text) -> Trainer:
    """Everything that the training of a translator needs, as numbers and objects."""
    data, validation = config.data, config.training.validation
    settings = {
        "pad_id": PAD_ID,
        "begin_id": BEGIN_ID,
        "end_id": END_ID,
        "time_multiple": time_multiple(),
    }
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
        selection=text.selection,
        selected_from=data.selection.from_epoch - 1 if data.selection else 0,
        **settings,
    )
    measured = evaluation_batches(text.validation, kind="tokens", size=VALIDATION_BATCH_TOKENS, **settings)
    model = make_model(config, text)
    return build_trainer(
        config.training,
        run,
        make_objective(config, model, text, run),
        training_batches=batches.feed,
        count_batches=batches.count_all,
        validate=TeacherForcedValidation(
            model, lambda: measured.feed(0), make_score(config, text) if validation.bleu else None
        ),
        decode_from_epoch=validation.bleu_start_epoch,
        tokenizers=text.fingerprints,
    )


def make_model(config: TranslationRun, text: Text) -> EncoderDecoder:
    """The model with its first weights, in the precision of the training."""
    with computing_in(config.training.precision):
        model = build_model(
            config.model, text.source_tokenizer.vocabulary_size, text.target_tokenizer.vocabulary_size, config.seed
        )
    write_vectors(text.vectors, model)
    return model


def make_objective(config: TranslationRun, model: EncoderDecoder, text: Text, run: RunFolder) -> Objective:
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
    if settings.distillation is not None:
        weight = settings.distillation.weight
        load = partial(load_teacher, config, run, text)
        return DistilledCrossEntropy(model, label_smoothing, load, weight, sampling)
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


def make_score(config: TranslationRun, text: Text) -> Callable[[keras.Model], float]:
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
