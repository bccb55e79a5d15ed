"""What an export answers: the tokenizers, the model and the search as functions of tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from seq2seq.export.requests import (
    MAXIMUM_BEAM_SIZE,
    MAXIMUM_LENGTH_RATIO,
    checked_options,
    is_blank,
    require,
    require_ids,
)
from seq2seq.export.storage import StoredWeights
from seq2seq.text import END_ID, PAD_ID, Tokenizer
from seq2seq.text.graph_tokenizer import GraphTokenizer
from seq2seq.translator.graphs import search, target_log_probs
from seq2seq.translator.translator import SCORE_POSITIONS, SEARCH_POSITIONS

Tensors = dict[str, tf.Tensor]
# The score of a hypothesis that does not exist: JSON has no minus infinity.
NO_SCORE = tf.float32.min


@dataclass(frozen=True)
class SearchSettings:
    """The section `search` of the run; see `Translator`."""

    beams: int
    length_penalty: float
    maximum_ratio: float
    maximum_extra: int
    maximum_source_pieces: int

    @property
    def most_beams(self) -> int:
        """What a request may ask for; what the run does is possible in any case."""
        return max(MAXIMUM_BEAM_SIZE, self.beams)

    @property
    def greatest_ratio(self) -> float:
        return max(MAXIMUM_LENGTH_RATIO, self.maximum_ratio)


@dataclass(frozen=True)
class _Sources:
    """Texts as the model reads them."""

    ids: tf.Tensor  # (batch, source_time) int32: pieces, end, then pad
    pieces: tf.Tensor  # (batch,) int32, without the end; 0 for a text that is not translated
    truncated: tf.Tensor  # (batch,) booleans


class IdModel(tf.Module):
    """The model and its search, ids in and ids out: nothing but core operations.

    Args:
        model: built with `use_cudnn=False`; its weights are replaced by `weights`.
        weights: its weights in their stored form.
        settings: of the search.
        source_vocabulary_size: ids from there on are refused.
    """

    def __init__(
        self, model: keras.Model, weights: StoredWeights, settings: SearchSettings, source_vocabulary_size: int
    ) -> None:
        super().__init__(name="id_model")
        self.weights = weights
        self.settings = settings
        self.source_vocabulary_size = source_vocabulary_size
        # As partial functions, so that TensorFlow does not track the Keras model and save its variables too.
        self._search: Callable[..., Any] = lambda *arguments, **options: search(model, *arguments, **options)
        self._target_log_probs: Callable[..., Any] = lambda *ids: target_log_probs(model, *ids)

    def sources(self, ids: tf.RaggedTensor) -> _Sources:
        """Ragged pieces (batch, time) cut at the limit, with their ends."""
        limit = self.settings.maximum_source_pieces
        lengths = tf.cast(ids.row_lengths(), tf.int32)
        kept = ids[:, :limit]
        ends = tf.fill([ids.nrows(), 1], END_ID)
        padded = tf.concat([kept, tf.cast(ends, kept.dtype)], axis=1).to_tensor(PAD_ID)
        return _Sources(padded, tf.minimum(lengths, limit), lengths > limit)

    def maximum_steps(self, pieces: tf.Tensor) -> tf.Tensor:
        """The most ids of each translation, (batch,), as `Translator` counts them."""
        product = tf.constant(self.settings.maximum_ratio, tf.float64) * tf.cast(pieces, tf.float64)
        return tf.maximum(1, tf.cast(product, tf.int32) + self.settings.maximum_extra)

    def search(self, *arguments: Any, **options: Any) -> Any:
        with self.weights.in_use():
            return self._search(*arguments, **options)

    def target_log_probs(self, source_ids: tf.Tensor, target_ids: tf.Tensor) -> tf.Tensor:
        with self.weights.in_use():
            return self._target_log_probs(source_ids, target_ids)

    def best(self, sources: _Sources, finish: Callable[[tf.Tensor, tf.Tensor], tf.Tensor], empty: tf.Tensor) -> Any:
        """The best translation of each source, whatever their number and lengths: (batch, ...) and scores (batch,).

        Sources are sorted by length and searched in blocks of about SEARCH_POSITIONS, as `Translator` does: a batch of
        500 with one long text takes neither the memory nor the time of 500 long texts.

        Args:
            finish: ids (rows, time) int32 without their ends and lengths (rows,) -> what is kept of each row.
            empty: what there is for each source before: (batch, ...); sources without pieces keep it.
        """
        settings = self.settings
        order = tf.argsort(sources.pieces, direction="DESCENDING", stable=True)
        real = tf.reduce_sum(tf.cast(sources.pieces > 0, tf.int32))

        def translate_block(start: tf.Tensor, kept: tf.Tensor, scores: tf.Tensor) -> tuple[tf.Tensor, ...]:
            longest = sources.pieces[order[start]] + 1
            rows = tf.maximum(1, SEARCH_POSITIONS // settings.beams // longest)
            block = order[start : tf.minimum(start + rows, real)]
            ids = tf.gather(sources.ids, block)[:, :longest]
            steps = self.maximum_steps(tf.gather(sources.pieces, block))
            found = self.search(ids, steps, settings.length_penalty, beams=settings.beams)
            best, lengths, places = found.ids[:, 0], found.lengths[:, 0], block[:, tf.newaxis]
            shown = lengths - tf.cast(found.finished[:, 0], tf.int32)
            return (
                start + tf.shape(block)[0],
                tf.tensor_scatter_nd_update(kept, places, finish(best, shown)),
                tf.tensor_scatter_nd_update(scores, places, finite(found.scores[:, 0])),
            )

        scores = tf.zeros(tf.shape(order), tf.float32)
        start = (tf.constant(0), empty, scores)
        # One block at a time: together they would take the memory that blocks are there to save.
        _, kept, scores = tf.while_loop(lambda start, *_: start < real, translate_block, start, parallel_iterations=1)
        return kept, scores

    def log_probs(self, sources: _Sources, target_ids: tf.Tensor) -> tf.Tensor:
        """log p of each target id, (batch, target_time), in blocks of about SCORE_POSITIONS rows x time."""
        batch, target_time = tf.unstack(tf.shape(target_ids))
        rows = tf.maximum(1, SCORE_POSITIONS // tf.maximum(1, tf.shape(sources.ids)[1] + target_time))

        def score_block(start: tf.Tensor, log_probs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            block = tf.range(start, tf.minimum(start + rows, batch))
            found = self.target_log_probs(tf.gather(sources.ids, block), tf.gather(target_ids, block))
            return start + rows, tf.tensor_scatter_nd_update(log_probs, block[:, tf.newaxis], found)

        nothing = tf.zeros([batch, target_time], tf.float32)
        return tf.while_loop(
            lambda start, _: start < batch, score_block, (tf.constant(0), nothing), parallel_iterations=1
        )[1]

    def translate_ids(self, source_ids: tf.Tensor) -> Tensors:
        """The signature `ids`: plain pieces in, as `tokenize` gives them, and plain pieces out, for `detokenize`."""
        with tf.control_dependencies(require_ids("source_ids", source_ids, self.source_vocabulary_size)):
            sources = self.sources(tf.RaggedTensor.from_tensor(source_ids, padding=PAD_ID))
        most = tf.reduce_max(tf.concat([[0], self.maximum_steps(sources.pieces)], axis=0))

        def finish(ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
            ids = without_ends(ids, lengths)
            return tf.pad(ids, [[0, 0], [0, most - tf.shape(ids)[1]]], constant_values=PAD_ID)

        empty = tf.fill([tf.shape(source_ids)[0], most], PAD_ID)
        ids, scores = self.best(sources, finish, empty)
        lengths = tf.reduce_sum(tf.cast(ids != PAD_ID, tf.int32), axis=-1)
        longest = tf.reduce_max(tf.concat([[0], lengths], axis=0))
        return {
            "target_ids": ids[:, :longest],
            "target_lengths": lengths,
            "score": scores,
            "truncated": sources.truncated,
        }

    def functions(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        """The signatures, traced."""
        ids = tf.TensorSpec([None, None], tf.int32, "source_ids")
        traced = tf.function(self.translate_ids, input_signature=[ids], autograph=False).get_concrete_function()
        return {"ids": traced, "serving_default": traced}


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
    ) -> None:
        super().__init__(model, weights, settings, source_tokenizer.vocabulary_size)
        self.target_vocabulary_size = target_tokenizer.vocabulary_size
        self.source_tokenizer = GraphTokenizer(source_tokenizer)
        one = source_tokenizer.fingerprint == target_tokenizer.fingerprint
        self.target_tokenizer = self.source_tokenizer if one else GraphTokenizer(target_tokenizer)
        self._source_pieces = source_tokenizer.pieces([range(source_tokenizer.vocabulary_size)])[0]
        self._target_pieces = target_tokenizer.pieces([range(target_tokenizer.vocabulary_size)])[0]

    # --- text to ids and back -----------------------------------------------------------------------------------------

    def read(self, text: tf.Tensor) -> tf.RaggedTensor:
        """The pieces of each text; none for a text of white space alone."""
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
        steps = tf.cast(product * (1 + 1e-6), tf.int32) + self.settings.maximum_extra
        found = self.search(
            sources.ids,
            tf.where(real, steps, 1),
            options.length_penalty,
            beams=tf.reduce_max(options.beams),
            n_best=tf.reduce_max(options.n_best),
            row_beams=options.beams,
            attention=True,
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
        ids = self.target_tokenizer.encode(target)
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


def finite(scores: tf.Tensor) -> tf.Tensor:
    return tf.maximum(scores, NO_SCORE)


def without_ends(ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Ids (rows, time) with pad after the first `lengths`."""
    return tf.where(tf.sequence_mask(lengths, tf.shape(ids)[1]), ids, PAD_ID)
