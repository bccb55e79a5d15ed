"""The recurrent encoder-decoder with attention (Luong et al. 2015), as an ordinary `keras.Model`."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import keras
from keras import ops

from seq2seq.decoding.state import Step
from seq2seq.layers import (
    Attention,
    Bridge,
    Dense,
    FrozenRows,
    RecurrentStack,
    VocabularyProjection,
    embed,
    embedding_matrix,
    sequence_dropout,
    word_dropout,
)
from seq2seq.layers.precision import rounded_once
from seq2seq.layers.recurrent import STATES_OF
from seq2seq.ops.filters import candidate_log_probs
from seq2seq.ops.masks import token_mask
from seq2seq.ops.products import products_of

State = dict[str, Any]


@keras.saving.register_keras_serializable("seq2seq")
class EncoderDecoder(keras.Model):
    """Source ids and target ids to logits of the next target id, with teacher forcing; or step by step.

        memory, states = encoder(E_s[x])
        h_t            = decoder(E_t[y_{t-1}], or [E_t[y_{t-1}]; a_{t-1}] with input feeding)
        c_t            = attention(h_t, memory)
        a_t            = tanh(W [c_t; h_t])                 the attentional vector, h~ in Luong et al. 2015, eq. 5
        logits_t       = V a_t + b

    Without input feeding nothing in the recurrence waits for attention: the whole decoder is one recurrence over time.

    Masking: id 0 is padding on both sides, to the right. Padding never changes a real position's logits.

    Args:
        source_vocabulary_size, target_vocabulary_size: numbers of pieces.
        embedding_units: of both embeddings.
        tied_embeddings: `none`, `source_target`, `target_softmax` or `all`: which matrices are one.
        encoder, decoder: arguments of `RecurrentStack`.
        input_feeding: whether a_{t-1} joins the decoder's input.
        bridge: kind of `Bridge`.
        attention: arguments of `Attention`.
        attentional_units: size of a_t; None for `embedding_units` if V is tied, else the decoder's units.
        dropout: rates `embeddings`, `memory`, `attentional`, `source_words`, `target_words`, and `variational`.
        frozen_source_rows, frozen_target_rows: whether rows of E_s and E_t can be marked as frozen; see `FrozenRows`.
            Of a matrix that is both, either will do.
    """

    def __init__(
        self,
        *,
        source_vocabulary_size: int,
        target_vocabulary_size: int,
        embedding_units: int,
        tied_embeddings: str = "none",
        encoder: dict[str, Any],
        decoder: dict[str, Any],
        input_feeding: bool = False,
        bridge: str = "dense",
        attention: dict[str, Any],
        attentional_units: int | None = None,
        dropout: dict[str, Any],
        frozen_source_rows: bool = False,
        frozen_target_rows: bool = False,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.settings = {
            "source_vocabulary_size": source_vocabulary_size,
            "target_vocabulary_size": target_vocabulary_size,
            "embedding_units": embedding_units,
            "tied_embeddings": tied_embeddings,
            "encoder": dict(encoder),
            "decoder": dict(decoder),
            "input_feeding": input_feeding,
            "bridge": bridge,
            "attention": dict(attention),
            "attentional_units": attentional_units,
            "dropout": dict(dropout),
            "frozen_source_rows": frozen_source_rows,
            "frozen_target_rows": frozen_target_rows,
        }
        self.embedding_units = embedding_units
        self.input_feeding = input_feeding
        policy = {"dtype": self.dtype_policy}
        softmax_is_tied = tied_embeddings in ("target_softmax", "all")
        self.attentional_units = attentional_units or (embedding_units if softmax_is_tied else decoder["units"])
        self.softmax_is_tied = softmax_is_tied

        self.target_embedding = self._embedding(target_vocabulary_size, "target_embedding")
        self.source_embedding = (
            self.target_embedding
            if tied_embeddings in ("source_target", "all")
            else self._embedding(source_vocabulary_size, "source_embedding")
        )
        one = self.source_embedding is self.target_embedding
        self.frozen_target_rows = (
            FrozenRows(target_vocabulary_size, name="frozen_target_rows")
            if frozen_target_rows or (one and frozen_source_rows)
            else None
        )
        self.frozen_source_rows = self.frozen_target_rows if one else None
        if frozen_source_rows and not one:
            self.frozen_source_rows = FrozenRows(source_vocabulary_size, name="frozen_source_rows")
        variational = dropout["variational"]
        self.source_word_dropout = word_dropout(dropout["source_words"], name="source_word_dropout", **policy)
        self.target_word_dropout = word_dropout(dropout["target_words"], name="target_word_dropout", **policy)
        self.source_dropout = sequence_dropout(dropout["embeddings"], variational, name="source_dropout", **policy)
        self.target_dropout = sequence_dropout(dropout["embeddings"], variational, name="target_dropout", **policy)
        self.memory_dropout = sequence_dropout(dropout["memory"], variational, name="memory_dropout", **policy)
        self.attentional_dropout = sequence_dropout(
            dropout["attentional"], variational, name="attentional_dropout", **policy
        )
        self.encoder = RecurrentStack(**encoder, name="encoder", **policy)
        self.bridge = Bridge(
            bridge, decoder["units"], decoder["depth"], STATES_OF[decoder["kind"]], name="bridge", **policy
        )
        self.decoder = RecurrentStack(**decoder, name="decoder", **policy)
        self.attention = Attention(**attention, name="attention", **policy)
        self.attentional = Dense(
            self.attentional_units, activation="tanh", use_bias=False, name="attentional", **policy
        )
        self.vocabulary_projection = VocabularyProjection(
            target_vocabulary_size, tied=softmax_is_tied, name="vocabulary_projection", **policy
        )
        self.build()

    def _embedding(self, vocabulary_size: int, name: str) -> keras.layers.Embedding:
        # Standard deviation units^-0.5 keeps the logits of a tied softmax near unit size at the start.
        initializer = keras.initializers.RandomNormal(stddev=self.embedding_units**-0.5)
        return keras.layers.Embedding(
            vocabulary_size,
            self.embedding_units,
            embeddings_initializer=initializer,
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape: Any = None) -> None:
        """Makes every weight; sizes follow from the settings, so `input_shape` is not needed."""
        if self.built:
            return
        embedded = (None, None, self.embedding_units)
        memory = (None, None, self.encoder.output_units)
        decoded = (None, None, self.decoder.output_units)
        feed = self.attentional_units if self.input_feeding else 0
        self.target_embedding.build((None, None))
        if not self.source_embedding.built:
            self.source_embedding.build((None, None))
        self.encoder.build(embedded)
        self.bridge.build(self.encoder.state_sizes)
        self.decoder.build((None, None, self.embedding_units + feed))
        self.attention.build(decoded, memory)
        self.attentional.build((None, None, memory[-1] + decoded[-1]))
        self.vocabulary_projection.build((None, None, self.attentional_units))
        self.built = True

    # --- teacher forcing ----------------------------------------------------------------------------------------------

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Logits of every next target id, given the real ones before it.

        Args:
            inputs: `source_ids` (batch, source_time), the pieces and end; `target_ids` (batch, target_time), begin and
                the pieces. Both right-padded with 0.
            training: whether dropout is on.

        Returns:
            Logits (batch, target_time, vocabulary), float32.
        """
        attentional, _ = self._decode(inputs, training)
        return self._logits(self.attentional_dropout(attentional, training=training))

    def attention_weights(self, inputs: dict[str, Any]) -> Any:
        """Where each target position looks, with teacher forcing: (batch, target_time, source_time) float32.

        Row t belongs to the prediction of the id that follows `target_ids[:, t]`.
        """
        return self._decode(inputs, training=False)[1]

    def _decode(self, inputs: dict[str, Any], training: bool) -> tuple[Any, Any]:
        """Attentional vectors (batch, target_time, attentional units) and attention weights."""
        memory, states = self._encode(inputs["source_ids"], training)
        target_ids = inputs["target_ids"]
        embedded = self._embed_target(target_ids, training)
        if self.input_feeding:
            return self._decode_with_feeding(embedded, states, memory, training)
        decoded, _ = self.decoder(embedded, mask=token_mask(target_ids), initial_states=states, training=training)
        return self._attend(decoded, memory)

    def _attend(self, decoded: Any, memory: State) -> tuple[Any, Any]:
        contexts, weights = self.attention(decoded, memory["keys"], memory["values"], memory["mask"])
        return self.attentional(ops.concatenate([contexts, decoded], axis=-1)), weights

    def _logits(self, attentional: Any) -> Any:
        return self.vocabulary_projection(attentional, embeddings=self._tied())

    def _tied(self) -> Any:
        """The matrix that the softmax shares with the embedding; None if it has its own."""
        return embedding_matrix(self.target_embedding, self.frozen_target_rows) if self.softmax_is_tied else None

    def _encode(self, source_ids: Any, training: bool) -> tuple[State, list[list[Any]]]:
        """The memory that attention reads, and the decoder's first states."""
        mask = token_mask(source_ids)
        embedded = self.source_dropout(
            self.source_word_dropout(
                embed(self.source_embedding, self.frozen_source_rows, source_ids), training=training
            ),
            training=training,
        )
        values, final_states = self.encoder(embedded, mask=mask, training=training)
        values = self.memory_dropout(values, training=training)
        return {"keys": self.attention.keys(values), "values": values, "mask": mask}, self.bridge(final_states)

    def _embed_target(self, target_ids: Any, training: bool) -> Any:
        embedded = embed(self.target_embedding, self.frozen_target_rows, target_ids)
        embedded = self.target_word_dropout(embedded, training=training)
        return self.target_dropout(embedded, training=training)

    def _decode_with_feeding(
        self, embedded: Any, states: list[list[Any]], memory: State, training: bool
    ) -> tuple[Any, Any]:
        """As `_decode`, where each step waits for the attention of the one before: a scan over target_time.

        Every output of the scan is also carried, because Keras' TensorFlow scan wants one structure for both.
        """
        batch, time = ops.shape(embedded)[0], ops.shape(embedded)[1]
        read = [embedded, *(self.decoder.dropout_masks(batch, time) if training else [])]
        # One tensor of all that is read: Keras' TensorFlow scan takes several only where it knows the number of steps.
        ends = list(accumulate(tensor.shape[-1] for tensor in read))
        by_time = ops.swapaxes(ops.concatenate(read, axis=-1), 0, 1)
        carry = {
            "feed": ops.zeros((batch, self.attentional_units), dtype=embedded.dtype),
            "weights": ops.zeros((batch, ops.shape(memory["mask"])[1]), dtype="float32"),
            "cells": states,
        }

        def step(carry: State, inputs: Any) -> tuple[State, State]:
            words, *masks = (inputs[:, start:end] for start, end in pairwise([0, *ends]))
            carry = self._feeding_step(words, carry, memory, masks or None)
            return carry, carry

        with self.decoder.weights_dropped(training):
            _, outputs = ops.scan(step, carry, by_time)
        return ops.swapaxes(outputs["feed"], 0, 1), ops.swapaxes(outputs["weights"], 0, 1)

    def _feeding_step(self, embedded: Any, carry: State, memory: State, dropout_masks: Any = None) -> State:
        """One target position for (rows, embedding units)."""
        inputs = ops.concatenate([embedded, carry["feed"]], axis=-1)
        decoded, cells = self.decoder.step(inputs, carry["cells"], dropout_masks)
        attentional, weights = self._attend_once(decoded, memory)
        return {"feed": attentional, "weights": weights, "cells": cells}

    def _attend_once(self, decoded: Any, memory: State) -> tuple[Any, Any]:
        """As `_attend`, one position each of (rows, units), or of several hypotheses to a row of the memory.

        The hypotheses of a row, side by side, are like target positions: its memory is read once for all of them.
        """
        by_row = ops.reshape(decoded, (ops.shape(memory["mask"])[0], -1, decoded.shape[-1]))
        attentional, weights = self._attend(by_row, memory)
        rows = ops.shape(decoded)[0]
        return ops.reshape(attentional, (rows, attentional.shape[-1])), ops.reshape(weights, (rows, -1))

    # --- step by step -------------------------------------------------------------------------------------------------

    def start(self, source_ids: Any, candidates: Any = None) -> State:
        """The state before the first target id, for `source_ids` (rows, source_time); row axis first everywhere.

        `source` (keys, values, mask) belongs to the source sentence and is the same for all its hypotheses, as are the
        `candidates` for `stepper`, under `memory`; the rest belongs to one hypothesis: `cells[layer][state]`
        (rows, units), and `feed` (rows, attentional units).
        """
        source, cells = self._encode(source_ids, training=False)
        state: State = {"source": source, "cells": cells}
        if candidates is not None:
            state["memory"] = {"candidates": candidates}
        if self.input_feeding:
            state["feed"] = ops.zeros((ops.shape(source_ids)[0], self.attentional_units), dtype=self.compute_dtype)
        return state

    def step(self, ids: Any, state: State) -> tuple[Any, State, dict[str, Any]]:
        """Log-probabilities of the next id after `ids` (rows,), the new state, and where the model looked.

        There may be several ids to each row of the source, side by side: (rows * beams,).

        Returns:
            log_probs (rows, vocabulary) float32; the state; {"attention": (rows, source_time) float32}.
        """
        return self.stepper()(ids, state)

    def stepper(self, ids: Any = None) -> Step:
        """`step` as a function for many calls, as of a loop: what they share is computed here.

        With `ids` (n,) it is over a shortlist, as if they were the vocabulary: nothing else is computed or counted. It
        then takes and gives places among them instead of ids. Each row is normalised over its own candidates,
        booleans (rows, n) that `start` was given, so that those of other rows change nothing; others are impossible.
        """
        kernels = rounded_once(self)
        projection = self.vocabulary_projection
        logits_of = projection.over_all(self._tied()) if ids is None else projection.over(ids, self._tied())

        def step(chosen: Any, state: State) -> tuple[Any, State, dict[str, Any]]:
            with products_of(kernels):
                attentional, new_state, weights = self._advance(chosen if ids is None else ops.take(ids, chosen), state)
                logits = logits_of(attentional)
            if ids is None:
                return ops.log_softmax(logits, axis=-1), new_state, {"attention": weights}
            return candidate_log_probs(logits, state["memory"]["candidates"]), new_state, {"attention": weights}

        return step

    def _advance(self, ids: Any, state: State) -> tuple[Any, State, Any]:
        """The attentional vectors (rows, units) after `ids` (rows,), the new state, and the attention weights."""
        embedded, source = self.target_embedding(ids), state["source"]
        if self.input_feeding:
            carry = self._feeding_step(embedded, state, source)
            return carry["feed"], {**state, "cells": carry["cells"], "feed": carry["feed"]}, carry["weights"]
        decoded, cells = self.decoder.step(embedded, state["cells"])
        attentional, weights = self._attend_once(decoded, source)
        return attentional, {**state, "cells": cells}, weights

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": keras.saving.serialize_keras_object(self.dtype_policy), **self.settings}
