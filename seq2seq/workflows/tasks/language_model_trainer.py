"""The configuration and the text of a language model → its `Trainer`."""

from __future__ import annotations

import numpy as np

from seq2seq.config.schema import LanguageModelRun, SampledSoftmax
from seq2seq.data import SegmentBatches
from seq2seq.language_model import SegmentScorer, measuring_batches
from seq2seq.layers.precision import computing_in
from seq2seq.models import build_language_model
from seq2seq.text import END_ID
from seq2seq.training.objectives import NextToken
from seq2seq.training.run_folder import RunFolder
from seq2seq.training.sampled_softmax import WordSampler
from seq2seq.training.trainer import Trainer
from seq2seq.training.validation import NextTokenValidation
from seq2seq.workflows.build_trainer import build_trainer, time_multiple
from seq2seq.workflows.language_model_text import LanguageModelText
from seq2seq.workflows.word_vectors import write_vectors


def build_language_model_trainer(config: LanguageModelRun, run: RunFolder, text: LanguageModelText) -> Trainer:
    """Everything that the training of a language model needs, as numbers and objects."""
    settings = config.data.batches
    batches = SegmentBatches(
        text.train, **settings.model_dump(), seed=config.seed, end_id=END_ID, time_multiple=time_multiple()
    )
    with computing_in(config.training.precision):
        model = build_language_model(config.model, text.tokenizer.vocabulary_size, config.seed)
    write_vectors(text.vectors, model)
    carried = settings.rows if settings.kind == "partition" else None
    scorer = SegmentScorer(model)
    measured = measuring_batches(text.validation, by_lines=settings.kind == "lines")
    return build_trainer(
        config.training,
        run,
        NextToken(model, rows=carried, sampler=make_sampler(config, text), seed=config.seed),
        training_batches=batches.batches,
        count_batches=lambda epochs: epochs * batches.count(),
        validate=NextTokenValidation(
            lambda: scorer.cross_entropy(measured.batches(0)), text.validation.words_per_token
        ),
        tokenizers=text.fingerprints,
    )


def make_sampler(config: LanguageModelRun, text: LanguageModelText) -> WordSampler | None:
    """Of the words of a sampled softmax; None for the full one."""
    softmax = config.training.softmax
    if not isinstance(softmax, SampledSoftmax):
        return None
    counts = np.bincount(text.train.stream, minlength=text.tokenizer.vocabulary_size)
    return WordSampler(counts, softmax.words, softmax.exponent)
