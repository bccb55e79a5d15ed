"""What an export answers to text: the tokenizers before and after the search, in one graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import keras
import tensorflow as tf

from seq2seq.export.id_model import NO_SCORE, IdModel, SearchSettings, Tensors
from seq2seq.export.requests import as_utf8, checked_options, is_blank, require, require_bounded, require_ids
from seq2seq.export.storage import StoredWeights
from seq2seq.text import END_ID, PAD_ID, Tokenizer
from seq2seq.text.graph_tokenizer import GraphTokenizer
from seq2seq.translator.plan import plan_of


class TextModel(IdModel):
    """All signatures: text in and text out, with the tokenizers in the graph.

    Args: as `IdModel`, and the tokenizers.
    """

    def __init__(
        self,
        model: keras.Model,
        weights: StoredWeights,
        settings: SearchSettings,
        source_tokenizer: Tokenizer,
        target_tokenizer: Tokenizer,
        forbidden: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(model, weights, settings, source_tokenizer.vocabulary_size, forbidden)
        self.target_vocabulary_size = target_tokenizer.vocabulary_size
        self.source_tokenizer = GraphTokenizer(source_tokenizer)
        one = source_tokenizer.fingerprint == target_tokenizer.fingerprint
        self.target_tokenizer = self.source_tokenizer if one else GraphTokenizer(target_tokenizer)
        self._source_pieces = source_tokenizer.pieces([range(source_tokenizer.vocabulary_size)])[0]
        self._target_pieces = target_tokenizer.pieces([range(target_tokenizer.vocabulary_size)])[0]

    # --- text to ids and back -----------------------------------------------------------------------------------------

    def read(self, text: tf.Tensor) -> tf.RaggedTensor:
        """The pieces of each text; none for a text of white space alone."""
        text = as_utf8(text)
        return self.source_tokenizer.encode(tf.where(is_blank(text), "", text))

    def write(self, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """The texts (rows,) of ids (rows, time), whose first `lengths` count."""
        return self.target_tokenizer.decode(tf.RaggedTensor.from_tensor(ids, lengths=tf.cast(lengths, tf.int64)))

    # --- signatures ---------------------------------------------------------------------------------------------------

    def translate_text(self, text: tf.Tensor) -> Tensors:
        """The signature `serving_default`."""
        sources = self.sources(self.read(text))
        translation, scores = self.best(sources, self.write, tf.fill(tf.shape(text), ""))
        return {"translation": translation, "score": scores, "truncated": sources.truncated}

    def translate(
        self,
        text: tf.Tensor,
        beam_size: tf.Tensor,
        n_best: tf.Tensor,
        length_penalty: tf.Tensor,
        max_length_ratio: tf.Tensor,
    ) -> Tensors:
        """The signature `translate`: one search over all texts, with everything that it knows about its results."""
        options = checked_options(
            text,
            beam_size,
            n_best,
            length_penalty,
            max_length_ratio,
            most_beams=self.settings.most_beams,
            greatest_ratio=self.settings.greatest_ratio,
        )
        sources = self.sources(self.read(text))
        real = sources.pieces > 0
        # The ratio comes as float32, in which 1.3 is a little less: a millionth is no reason to lose a piece.
        product = tf.cast(options.length_ratio, tf.float64) * tf.cast(sources.pieces, tf.float64)
        steps = self.limited(tf.cast(product * (1 + 1e-6), tf.int32) + self.settings.maximum_extra)
        steps, beams = tf.where(real, steps, 1), tf.reduce_max(options.beams)
        rows, source_time = tf.unstack(tf.shape(sources.ids))
        bounded = require_bounded(rows, beams, tf.reduce_max(steps), source_time, self.settings.most_attention)
        with tf.control_dependencies(bounded):
            source_ids = tf.identity(sources.ids)
        found = self.search(
            {"source_ids": source_ids, "maximum_steps": steps, "length_penalty": options.length_penalty},
            replace(plan_of(self.settings, attention=True), beams=beams, n_best=tf.reduce_max(options.n_best)),
            options.beams,
        )
        wanted = tf.range(tf.shape(found.ids)[1]) < options.n_best[:, tf.newaxis]
        lengths = tf.where(wanted & real[:, tf.newaxis], found.lengths, 0)
        exists = lengths > 0
        source_lengths = tf.where(real, sources.pieces + 1, 0)
        each_id = tf.sequence_mask(lengths, tf.shape(found.ids)[2])
        each_source_id = tf.sequence_mask(source_lengths, tf.shape(sources.ids)[1])
        rows, ranks, time = tf.unstack(tf.shape(found.ids))
        shown = tf.reshape(lengths - tf.cast(found.finished & exists, tf.int32), [-1])
        texts = tf.reshape(self.write(tf.reshape(found.ids, [-1, time]), shown), [rows, ranks])
        best_of_nothing = ~real[:, tf.newaxis] & (tf.range(ranks) == 0)  # the translation of nothing, with score 0
        scores = tf.where(exists, found.scores, tf.where(best_of_nothing, 0.0, NO_SCORE))
        return {
            "translations": texts,
            "scores": scores,
            "log_probs": tf.where(exists, found.log_probs, tf.where(best_of_nothing, 0.0, NO_SCORE)),
            "finished": (found.finished & exists) | best_of_nothing,
            "token_scores": tf.where(each_id, found.token_log_probs, 0.0),
            "pieces": tf.where(each_id, tf.gather(self._target_pieces, found.ids), ""),
            "target_ids": tf.where(each_id, found.ids, PAD_ID),
            "target_lengths": lengths,
            "source_pieces": tf.where(each_source_id, tf.gather(self._source_pieces, sources.ids), ""),
            "source_lengths": source_lengths,
            "attention": tf.where(each_id[..., tf.newaxis], found.extras["attention"], 0.0),
            "truncated": sources.truncated,
        }

    def score(self, source: tf.Tensor, target: tf.Tensor) -> Tensors:
        """The signature `score`: how likely the model finds each target, its end included."""
        pairs_up = require(
            tf.equal(tf.size(source), tf.size(target)),
            "source and target do not pair up - given numbers of texts:",
            [tf.size(source), tf.size(target)],
            "give as many of both",
        )
        with tf.control_dependencies(pairs_up):
            sources = self.sources(self.read(source))
        ids = self.target_tokenizer.encode(as_utf8(target))
        ends = tf.fill([ids.nrows(), 1], END_ID)
        target_ids = tf.concat([ids, tf.cast(ends, ids.dtype)], axis=1).to_tensor(PAD_ID)
        log_probs = self.log_probs(sources, target_ids)
        lengths = tf.cast(ids.row_lengths(), tf.int32) + 1
        total = tf.reduce_sum(log_probs, axis=-1)
        return {
            "log_prob": total,
            "token_log_probs": log_probs,
            "target_lengths": lengths,
            "perplexity": tf.exp(-total / tf.cast(lengths, tf.float32)),
        }

    def tokenize(self, text: tf.Tensor) -> Tensors:
        """The signature `tokenize`, of the source language."""
        ragged = self.read(text)
        ids = ragged.to_tensor(PAD_ID)
        pieces = tf.where(ids == PAD_ID, "", tf.gather(self._source_pieces, ids))
        return {"ids": ids, "lengths": tf.cast(ragged.row_lengths(), tf.int32), "pieces": pieces}

    def detokenize(self, ids: tf.Tensor) -> Tensors:
        """The signature `detokenize`, of the target language."""
        with tf.control_dependencies(require_ids("ids", ids, self.target_vocabulary_size)):
            return {"text": self.target_tokenizer.decode(tf.RaggedTensor.from_tensor(ids, padding=PAD_ID))}

    def functions(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        def texts(name: str) -> tf.TensorSpec:
            return tf.TensorSpec([None], tf.string, name)

        def option(dtype: tf.DType, name: str) -> tf.TensorSpec:
            return tf.TensorSpec(None, dtype, name)

        signatures: dict[str, tuple[Callable[..., Tensors], list[tf.TensorSpec]]] = {
            "serving_default": (self.translate_text, [texts("text")]),
            "translate": (
                self.translate,
                [
                    texts("text"),
                    option(tf.int32, "beam_size"),
                    option(tf.int32, "n_best"),
                    option(tf.float32, "length_penalty"),
                    option(tf.float32, "max_length_ratio"),
                ],
            ),
            "score": (self.score, [texts("source"), texts("target")]),
            "tokenize": (self.tokenize, [texts("text")]),
            "detokenize": (self.detokenize, [tf.TensorSpec([None, None], tf.int32, "ids")]),
        }
        traced = {
            name: tf.function(function, input_signature=specs, autograph=False).get_concrete_function()
            for name, (function, specs) in signatures.items()
        }
        return {**super().functions(), **traced}
