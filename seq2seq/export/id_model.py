"""What an export answers to ids: the model and its search as functions of tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from seq2seq.config import Search
from seq2seq.export.requests import MAXIMUM_ATTENTION, MAXIMUM_BEAM_SIZE, MAXIMUM_LENGTH_RATIO, require_ids
from seq2seq.export.storage import StoredWeights
from seq2seq.text import END_ID, PAD_ID
from seq2seq.translator.graphs import target_log_probs
from seq2seq.translator.plan import Plan, numbers_of, plan_of, search
from seq2seq.translator.translator import SCORE_POSITIONS, SEARCH_POSITIONS

Tensors = dict[str, tf.Tensor]
# As many texts as a warm-up request holds, and a call of the self-test to `translate`.
MOST_ROWS = 16
# The score of a hypothesis that does not exist: JSON has no minus infinity.
NO_SCORE = tf.float32.min


class SearchSettings(Search):
    """The section `search` of the run, and the limits of requests that follow from it."""

    @property
    def most_beams(self) -> int:
        """What a request may ask for; what the run does is possible in any case."""
        return max(MAXIMUM_BEAM_SIZE, self.beams)

    @property
    def greatest_ratio(self) -> float:
        return max(MAXIMUM_LENGTH_RATIO, self.maximum_ratio)

    @property
    def most_attention(self) -> int:
        """In floats, of one request: a warm-up request of the run's longest texts is possible in any case."""
        steps = int(self.maximum_ratio * self.maximum_source_pieces) + self.maximum_extra
        return max(MAXIMUM_ATTENTION, MOST_ROWS * self.beams * steps * (self.maximum_source_pieces + 1))


@dataclass(frozen=True)
class Sources:
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
        forbidden: the inputs of a search of one row that forbid what `settings.forbidden` says; None for nothing.
    """

    def __init__(
        self,
        model: keras.Model,
        weights: StoredWeights,
        settings: SearchSettings,
        source_vocabulary_size: int,
        forbidden: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name="id_model")
        self.weights = weights
        self.settings = settings
        self.source_vocabulary_size = source_vocabulary_size
        # As partial functions, so that TensorFlow does not track the Keras model and save its variables too.
        self._search: Callable[..., Any] = lambda *arguments: search(model, *arguments)
        self._target_log_probs: Callable[..., Any] = lambda *ids: target_log_probs(model, *ids)
        self._fixed = lambda: {**numbers_of(settings), **(forbidden or {})}

    def sources(self, ids: tf.RaggedTensor) -> Sources:
        """Ragged pieces (batch, time) cut at the limit, with their ends."""
        limit = self.settings.maximum_source_pieces
        lengths = tf.cast(ids.row_lengths(), tf.int32)
        kept = ids[:, :limit]
        ends = tf.fill([ids.nrows(), 1], END_ID)
        padded = tf.concat([kept, tf.cast(ends, kept.dtype)], axis=1).to_tensor(PAD_ID)
        return Sources(padded, tf.minimum(lengths, limit), lengths > limit)

    def maximum_steps(self, pieces: tf.Tensor) -> tf.Tensor:
        """The most ids of each translation, (batch,), as `Translator` counts them."""
        product = tf.constant(self.settings.maximum_ratio, tf.float64) * tf.cast(pieces, tf.float64)
        return self.limited(tf.cast(product, tf.int32) + self.settings.maximum_extra)

    def limited(self, steps: tf.Tensor) -> tf.Tensor:
        """The most ids (batch,) within the lengths that the run allows."""
        if self.settings.maximum_length is not None:
            steps = tf.minimum(steps, self.settings.maximum_length)
        return tf.maximum(steps, max(1, self.settings.minimum_length))

    def search(self, inputs: Mapping[str, Any], plan: Plan, row_beams: Any = None) -> Any:
        """What the run's search finds for `source_ids` and `maximum_steps`; other inputs stand in for the run's."""
        fixed = self._fixed()
        if "forbidden" in fixed:
            rows = tf.shape(inputs["source_ids"])[0]
            fixed["forbidden"] = {name: tf.repeat(array, rows, axis=0) for name, array in fixed["forbidden"].items()}
        with self.weights.in_use():
            return self._search({**fixed, **inputs}, plan, row_beams)

    def target_log_probs(self, source_ids: tf.Tensor, target_ids: tf.Tensor) -> tf.Tensor:
        with self.weights.in_use():
            return self._target_log_probs(source_ids, target_ids)

    def best(self, sources: Sources, finish: Callable[[tf.Tensor, tf.Tensor], tf.Tensor], empty: tf.Tensor) -> Any:
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
            found = self.search({"source_ids": ids, "maximum_steps": steps}, plan_of(settings))
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

    def log_probs(self, sources: Sources, target_ids: tf.Tensor) -> tf.Tensor:
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


def finite(scores: tf.Tensor) -> tf.Tensor:
    return tf.maximum(scores, NO_SCORE)


def without_ends(ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Ids (rows, time) with pad after the first `lengths`."""
    return tf.where(tf.sequence_mask(lengths, tf.shape(ids)[1]), ids, PAD_ID)
