"""The section `model` of a translator."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from seq2seq.config.schema.recurrence import CellKind, Encoder, RecurrentModel
from seq2seq.config.schema.section import PositiveInt, Rate, Section
from seq2seq.config.schema.vectors import Vectors


class Decoder(Section):
    kind: CellKind = "lstm"
    depth: PositiveInt = 1
    units: PositiveInt = 256
    residual: bool = False
    input_feeding: bool = False  # Luong et al. 2015, 3.3: the last attentional vector joins the next input


class Attention(Section):
    kind: Literal["dot", "general", "additive"] = "general"
    scaled: bool = False  # scores divided by the square root of the dimension (Vaswani et al. 2017)
    units: PositiveInt | None = None  # of W_q and W_k; null: the decoder's


class Dropout(Section):
    embeddings: Rate = 0.2
    layers: Rate = 0.2  # between recurrent layers and on the memory
    attentional: Rate = 0.2  # on the attentional vector, before the softmax
    variational: bool = False  # one mask for all time steps (Gal & Ghahramani 2016)
    source_words: Rate = 0.0  # whole source positions whose embedding is zeroed
    target_words: Rate = 0.0
    weights: Rate = 0.0  # of the recurrent kernels of encoder and decoder (Merity et al. 2018)


class Model(RecurrentModel):
    embedding_units: PositiveInt = 256
    source_vectors: Vectors | None = None  # pretrained word vectors, as many numbers each as embedding_units
    target_vectors: Vectors | None = None
    tied_embeddings: Literal["none", "source_target", "target_softmax", "all"] = "none"
    encoder: Encoder = Encoder()
    decoder: Decoder = Decoder()
    bridge: Literal["copy", "dense", "zero"] = "dense"
    attention: Attention = Attention()
    attentional_units: PositiveInt | None = None  # of h~; null: embedding_units if tied, else the decoder's
    dropout: Dropout = Dropout()

    @model_validator(mode="after")
    def _agree(self) -> Model:
        tied = self.tied_embeddings in ("target_softmax", "all")
        if tied and self.attentional_units not in (None, self.embedding_units):
            raise ValueError(
                f"tied_embeddings={self.tied_embeddings!r} needs attentional_units equal to embedding_units — given "
                f"{self.attentional_units} and {self.embedding_units} — leave attentional_units null"
            )
        if self.tied_embeddings in ("source_target", "all") and self.source_vectors and self.target_vectors:
            raise ValueError(
                f"tied_embeddings={self.tied_embeddings!r} has one embedding for both languages — given source_vectors "
                "and target_vectors — give one of them"
            )
        memory_units = self.encoder.units * (2 if self.memory_is_bidirectional else 1)
        if self.attention.kind == "dot" and memory_units != self.decoder.units:
            raise ValueError(
                "attention.kind='dot' needs decoder.units equal to the encoder's output — given "
                f"{self.decoder.units} and {memory_units} — change the units or use kind 'general'"
            )
        if self.bridge == "copy":
            if self.encoder.depth != self.decoder.depth or memory_units != self.decoder.units:
                raise ValueError(
                    "bridge='copy' needs encoder and decoder of one depth, and decoder.units equal to the encoder's "
                    f"output — given depths {self.encoder.depth} and {self.decoder.depth}, units {memory_units} and "
                    f"{self.decoder.units} — use bridge 'dense'"
                )
            if self.encoder.kind != self.decoder.kind or (
                self.encoder.depth > 1 and self.encoder.bidirectional == "first"
            ):
                raise ValueError(
                    "bridge='copy' needs every encoder layer to end in a state of the decoder's kind and size — given "
                    f"{self.encoder.kind} (bidirectional: {self.encoder.bidirectional}) and {self.decoder.kind} — "
                    "use bridge 'dense'"
                )
        return self

    @property
    def memory_is_bidirectional(self) -> bool:
        """Whether the encoder's last layer, whose outputs the attention reads, runs in both directions."""
        return self.encoder.bidirectional == "all" or (
            self.encoder.bidirectional == "first" and self.encoder.depth == 1
        )
