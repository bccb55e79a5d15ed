"""The recurrent language model, as an ordinary `keras.Model`."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seq2seq.decoding.state import Step
from seq2seq.layers import (
    Dense,
    FrozenRows,
    RecurrentStack,
    VocabularyProjection,
    WordTypeDropout,
    embed,
    embedding_matrix,
    sequence_dropout,
)
from seq2seq.layers.precision import rounded_once
from seq2seq.ops.filters import candidate_log_probs
from seq2seq.ops.products import products_of
from seq2seq.special_ids import BEGIN_ID, END_ID

States = list[list[Any]]


@keras.saving.register_keras_serializable("seq2seq")
class LanguageModel(keras.Model):
    """Ids to logits of the next id; in whole segments, whose states can be carried on, or step by step.

        h_t      = recurrence(E[x_t], h_{t-1})
        logits_t = V h_t + b            with V = E if tied; then W h_t in place of h_t where the sizes differ

    A line begins where the one before it ended: the begin is read as an end, so that a model of running text is one of
    single lines too.

    Masking: none. What stands to the right of a row's text changes nothing before it; the caller ignores its logits.

    Args:
        vocabulary_size: the number of pieces.
        embedding_units: of E.
        tied_embeddings: whether V is E (Press & Wolf 2017; Inan et al. 2017).
        recurrence: arguments of `RecurrentStack`, of one direction.
        dropout: rates `word_types` (see `WordTypeDropout`), `embeddings`, `outputs` (before the softmax), and
            `variational`: one mask for all time steps of both.
        frozen_rows: whether rows of E can be marked as frozen; see `FrozenRows`. Of V they are, too, if it is tied.
    """

    def __init__(
        self,
        *,
        vocabulary_size: int,
        embedding_units: int,
        tied_embeddings: bool,
        recurrence: dict[str, Any],
        dropout: dict[str, Any],
        frozen_rows: bool = False,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.settings = {
            "vocabulary_size": vocabulary_size,
            "embedding_units": embedding_units,
            "tied_embeddings": tied_embeddings,
            "recurrence": dict(recurrence),
            "dropout": dict(dropout),
            "frozen_rows": frozen_rows,
        }
        self.tied_embeddings = tied_embeddings
        policy = {"dtype": self.dtype_policy}
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_units,
            # Standard deviation units^-0.5 keeps the logits of a tied softmax near unit size at the start.
            embeddings_initializer=keras.initializers.RandomNormal(stddev=embedding_units**-0.5),
            name="embedding",
            **policy,
        )
        self.frozen_rows = FrozenRows(vocabulary_size, name="frozen_rows") if frozen_rows else None
        self.word_type_dropout = WordTypeDropout(
            vocabulary_size, dropout["word_types"], name="word_type_dropout", **policy
        )
        self.embedding_dropout = sequence_dropout(
            dropout["embeddings"], dropout["variational"], name="embedding_dropout", **policy
        )
        self.recurrence = RecurrentStack(**recurrence, name="recurrence", **policy)
        self.output_dropout = sequence_dropout(
            dropout["outputs"], dropout["variational"], name="output_dropout", **policy
        )
        self.bottleneck = None
        if tied_embeddings and recurrence["units"] != embedding_units:
            self.bottleneck = Dense(embedding_units, use_bias=False, name="bottleneck", **policy)
        self.vocabulary_projection = VocabularyProjection(
            vocabulary_size, tied=tied_embeddings, name="vocabulary_projection", **policy
        )
        self.build()

    def build(self, input_shape: Any = None) -> None:
        """Makes every weight; sizes follow from the settings, so `input_shape` is not needed."""
        if self.built:
            return
        embedding_units, units = self.settings["embedding_units"], self.recurrence.output_units
        self.embedding.build((None, None))
        self.recurrence.build((None, None, embedding_units))
        if self.bottleneck is not None:
            self.bottleneck.build((None, None, units))
        self.vocabulary_projection.build((None, None, embedding_units if self.tied_embeddings else units))
        self.built = True

    # --- whole segments -----------------------------------------------------------------------------------------------

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Logits (batch, time, vocabulary) float32 of every next id, for `ids` (batch, time) read from zero states."""
        ids = inputs["ids"]
        outputs, _ = self.read(ids, self.zero_states(ops.shape(ids)[0]), training=training)
        return self.logits(outputs)

    def zero_states(self, rows: Any) -> States:
        """The states before any text: states[layer][state] (rows, units)."""
        settings = self.recurrence.settings
        return [
            [
                ops.zeros((rows, settings["units"]), dtype=self.compute_dtype)
                for _ in range(self.recurrence.states_per_layer)
            ]
            for _ in range(settings["depth"])
        ]

    def read(self, ids: Any, states: States, training: bool = False) -> tuple[Any, States]:
        """What the model makes of ids (batch, time), read in `states`, which are those after the id before.

        Returns:
            outputs (batch, time, units), which `logits` and its like take; the states after the last id.
        """
        embedded = self.word_type_dropout(embed(self.embedding, self.frozen_rows, ids), ids, training=training)
        embedded = self.embedding_dropout(embedded, training=training)
        outputs, final = self.recurrence(embedded, initial_states=states, training=training)
        outputs = self.output_dropout(outputs, training=training)
        if self.bottleneck is not None:
            outputs = self.bottleneck(outputs)
        return outputs, [directions[0] for directions in final]

    def logits(self, outputs: Any) -> Any:
        """(…, units) -> (…, vocabulary) float32."""
        return self.vocabulary_projection(outputs, embeddings=self._tied())

    def logits_of(self, outputs: Any, ids: Any) -> Any:
        """The logits of ids (n,) alone, (…, n) float32."""
        return self.vocabulary_projection.logits_of(outputs, ids, embeddings=self._tied())

    def logits_at(self, outputs: Any, ids: Any) -> Any:
        """The logit of one id at each position, (…) float32, of ids (…)."""
        return self.vocabulary_projection.logits_at(outputs, ids, embeddings=self._tied())

    def _tied(self) -> Any:
        return embedding_matrix(self.embedding, self.frozen_rows) if self.tied_embeddings else None

    # --- step by step -------------------------------------------------------------------------------------------------

    def start(self, rows: Any, candidates: Any = None) -> dict[str, Any]:
        """The state before the first id of so many lines: `cells[layer][state]` (rows, units).

        `candidates` are for `stepper`, and go along in the memory.
        """
        memory = {} if candidates is None else {"memory": {"candidates": candidates}}
        return {"cells": self.zero_states(rows), **memory}

    def step(self, ids: Any, state: dict[str, Any]) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        """Log-probabilities (rows, vocabulary) float32 of the next id after `ids` (rows,), the new state, no extras."""
        return self.stepper()(ids, state)

    def stepper(self, ids: Any = None) -> Step:
        """`step` for many calls, or with `ids` (n,) over a shortlist; see `EncoderDecoder.stepper`."""
        kernels = rounded_once(self)
        projection = self.vocabulary_projection
        logits_of = projection.over_all(self._tied()) if ids is None else projection.over(ids, self._tied())

        def step(chosen: Any, state: dict[str, Any]) -> tuple[Any, dict[str, Any], dict[str, Any]]:
            with products_of(kernels):
                outputs, cells = self._advance(chosen if ids is None else ops.take(ids, chosen), state)
                logits = logits_of(outputs)
            if ids is None:
                return ops.log_softmax(logits, axis=-1), {**state, "cells": cells}, {}
            return candidate_log_probs(logits, state["memory"]["candidates"]), {**state, "cells": cells}, {}

        return step

    def _advance(self, ids: Any, state: dict[str, Any]) -> tuple[Any, States]:
        """What `logits` takes (rows, units), after `ids` (rows,), and the new cells."""
        ids = ops.where(ids == BEGIN_ID, END_ID, ids)
        outputs, cells = self.recurrence.step(self.embedding(ids), state["cells"])
        return (outputs if self.bottleneck is None else self.bottleneck(outputs)), cells

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": keras.saving.serialize_keras_object(self.dtype_policy), **self.settings}
