"""The configuration and the text of a tagger → its `Trainer`."""

from __future__ import annotations

from collections.abc import Callable

import keras

from seq2seq.config.schema import TaggingRun
from seq2seq.data import TaggedBatches, WordTable
from seq2seq.evaluation.classification import score_labels
from seq2seq.layers.precision import computing_in
from seq2seq.models import build_tagger
from seq2seq.special_ids import BEGIN_ID, END_ID, PAD_ID
from seq2seq.tagger import Tagger
from seq2seq.training.checkpoints import Metrics
from seq2seq.training.objectives import TagLikelihood
from seq2seq.training.run_folder import RunFolder
from seq2seq.training.trainer import Trainer
from seq2seq.workflows.build_trainer import build_trainer, time_multiple
from seq2seq.workflows.tagging_text import TaggingText, corpus_of
from seq2seq.workflows.word_vectors import write_vectors


def build_tagging_trainer(config: TaggingRun, run: RunFolder, text: TaggingText) -> Trainer:
    """Everything that the training of a tagger needs, as numbers and objects."""
    table, lexicon = WordTable(text.lexicon), text.lexicon
    batches = TaggedBatches(
        corpus_of(text.train, table),
        table,
        **config.data.batches.model_dump(),
        seed=config.seed,
        pad_id=PAD_ID,
        begin_id=BEGIN_ID,
        end_id=END_ID,
        time_multiple=time_multiple(),
    )
    with computing_in(config.training.precision):
        model = build_tagger(
            config.model,
            lexicon.word_vocabulary_size,
            lexicon.character_vocabulary_size,
            len(text.tags),
            config.seed,
        )
    write_vectors(text.vectors, model)
    return build_trainer(
        config.training,
        run,
        TagLikelihood(model),
        training_batches=batches.feed,
        count_batches=batches.count_all,
        validate=make_validation(model, text),
        tokenizers=text.fingerprints,
    )


def make_validation(model: keras.Model, text: TaggingText) -> Callable[[bool], Metrics]:
    """Accuracy and perplexity of the words of the validation text, by the tagger that users have."""
    tagger = Tagger(model, text.lexicon, text.tags.names)
    sentences, tags = text.validation.sentences, text.validation.tags

    def validate(decode: bool) -> Metrics:
        said, log_prob = tagger.score(sentences, tags)
        scores = score_labels(
            [tag for row in tags for tag in row], [tag for row in said for tag in row], -log_prob, text.tags.names
        )
        return {"accuracy": scores.accuracy, "perplexity": scores.perplexity}

    return validate
