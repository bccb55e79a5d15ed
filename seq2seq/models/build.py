"""From configuration names to a model: the only place that knows both."""

from __future__ import annotations

import keras

from seq2seq.config.schema import Model
from seq2seq.models.encoder_decoder import EncoderDecoder
from seq2seq.models.recurrence import recurrence_of


def build_model(
    model: Model, source_vocabulary_size: int, target_vocabulary_size: int, seed: int, use_cudnn: bool | str = "auto"
) -> EncoderDecoder:
    """The model that the section `model` of a configuration describes, with its first weights.

    Sets the global random seed of Keras, so one seed gives one model. `use_cudnn=False` builds the portable recurrence,
    whatever the machine.
    """
    keras.utils.set_random_seed(seed)
    dropout = model.dropout
    recurrence = {
        **recurrence_of(model, dropout.layers, dropout.variational, use_cudnn),
        "weight_dropout": dropout.weights,
    }
    encoder, decoder, attention = model.encoder, model.decoder, model.attention
    return EncoderDecoder(
        source_vocabulary_size=source_vocabulary_size,
        target_vocabulary_size=target_vocabulary_size,
        embedding_units=model.embedding_units,
        tied_embeddings=model.tied_embeddings,
        encoder={**encoder.model_dump(), **recurrence},
        decoder={**decoder.model_dump(exclude={"input_feeding"}), **recurrence},
        input_feeding=decoder.input_feeding,
        bridge=model.bridge,
        attention={
            "kind": attention.kind,
            "units": attention.units or decoder.units,
            "scaled": attention.scaled,
        },
        attentional_units=model.attentional_units,
        dropout={
            "embeddings": dropout.embeddings,
            "memory": dropout.layers,
            "attentional": dropout.attentional,
            "variational": dropout.variational,
            "source_words": dropout.source_words,
            "target_words": dropout.target_words,
        },
        frozen_source_rows=model.source_vectors is not None and model.source_vectors.frozen,
        frozen_target_rows=model.target_vectors is not None and model.target_vectors.frozen,
    )
