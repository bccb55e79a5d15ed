"""The configuration and the text of a classifier → its `Trainer`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import keras

from seq2seq.classifier import Classifier
from seq2seq.config.schema import ClassificationRun
from seq2seq.data import LabelledBatches
from seq2seq.evaluation.classification import score_classes
from seq2seq.layers.precision import computing_in
from seq2seq.models import build_classifier
from seq2seq.special_ids import BEGIN_ID, END_ID, PAD_ID
from seq2seq.text import Tokenizer
from seq2seq.training.checkpoints import Metrics
from seq2seq.training.objectives import ClassCrossEntropy
from seq2seq.training.run_folder import RunFolder
from seq2seq.training.trainer import Trainer
from seq2seq.workflows.build_trainer import build_trainer, time_multiple
from seq2seq.workflows.classification_text import ClassificationText
from seq2seq.workflows.word_vectors import write_vectors


def build_classification_trainer(config: ClassificationRun, run: RunFolder, text: ClassificationText) -> Trainer:
    """Everything that the training of a classifier needs, as numbers and objects."""
    data, rate = config.data, config.training.subword_sampling
    sampled = partial(encode_sampled_cut, cast("Tokenizer", text.tokenizer), data.maximum_pieces)  # words have no rate
    batches = LabelledBatches(
        text.train,
        kind=data.batches.kind,
        size=data.batches.size,
        shuffle=data.batches.shuffle,
        bucket_batches=data.batches.bucket_batches,
        seed=config.seed,
        pad_id=PAD_ID,
        begin_id=BEGIN_ID,
        end_id=END_ID,
        sample_source=(sampled, rate) if rate else None,
        time_multiple=time_multiple(),
    )
    with computing_in(config.training.precision):
        model = build_classifier(config.model, text.tokenizer.vocabulary_size, len(text.classes), config.seed)
    write_vectors(text.vectors, model)
    return build_trainer(
        config.training,
        run,
        ClassCrossEntropy(model, config.training.label_smoothing),
        training_batches=batches.feed,
        count_batches=batches.count_all,
        validate=make_validation(model, text, data.maximum_pieces),
        tokenizers=text.fingerprints,
    )


def encode_sampled_cut(
    tokenizer: Tokenizer, maximum_pieces: int, texts: Sequence[str], rate: float, seed: int
) -> list[list[int]]:
    """The ids of texts in segmentations drawn by chance, cut as all texts are."""
    texts = [text if text.strip() else "" for text in texts]
    return [ids[:maximum_pieces] for ids in tokenizer.encode_sampled(texts, rate, seed)]


def make_validation(model: keras.Model, text: ClassificationText, maximum_pieces: int) -> Callable[[bool], Metrics]:
    """Accuracy, macro F1 and perplexity of the validation text, by the classifier that users have."""
    classifier = Classifier(model, text.tokenizer, text.classes.names, maximum_pieces)
    rows = [text.validation.source[number].tolist() for number in range(len(text.validation))]
    labels = text.validation.target.ids.tolist()

    def validate(decode: bool) -> Metrics:
        scores = score_classes(labels, classifier.log_probs(rows), text.classes.names)
        return {"accuracy": scores.accuracy, "macro_f1": scores.macro_f1, "perplexity": scores.perplexity}

    return validate
