"""Batches of padded ids as a tf.data pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import keras
import numpy as np
import tensorflow as tf

from seq2seq.data.corpus import PairCorpus
from seq2seq.data.plan import EpochPlan, Padding
from seq2seq.data.selection import SelectedBlock

# Batches made ahead while the model computes: enough to cover a slow one, little to throw away at a stop.
PREFETCHED_BATCHES = 8

EncodeSampled = Callable[[Sequence[str], float, int], list[list[int]]]
SampledSide = tuple[EncodeSampled, float]

IDS = tf.TensorSpec((None, None), tf.int32)


class TrainingBatches:
    """What `keras.Model.fit` takes, epoch by epoch: ({"source_ids", "target_ids"}, labels).

        source_ids (batch, source_time) int32: x1 .. xn end, then pad
        target_ids (batch, target_time) int32: begin y1 .. ym, then pad
        labels     (batch, target_time) int32: y1 .. ym end, then pad

    Batch k of an epoch is a pure function of the corpus, the settings, the seed, the epoch and k: a pipeline that
    skips k batches continues bit for bit as if it had made them.
    """

    signature: ClassVar[Any] = ({"source_ids": IDS, "target_ids": IDS}, IDS)

    def __init__(
        self,
        corpus: PairCorpus,
        *,
        kind: Literal["sentences", "tokens"],
        size: int,
        shuffle: bool,
        bucket_batches: int,
        seed: int,
        pad_id: int,
        begin_id: int,
        end_id: int,
        sample_source: SampledSide | None = None,
        sample_target: SampledSide | None = None,
        time_multiple: int = 1,
        selection: SelectedBlock | None = None,
        selected_from: int = 0,
    ) -> None:
        """Batches of `size` sentences or padded tokens; see EpochPlan for `kind`, `bucket_batches` and `shuffle`.

        `sample_source` and `sample_target` are (encode_sampled, rate): that side's text is segmented anew in every
        epoch; it needs a corpus built with `keep_texts`. Which pairs share a batch is planned on the unsampled lengths,
        so that the number of batches does not depend on the draws; a batch of sampled pieces can therefore be somewhat
        larger than `size` tokens.

        Both times are padded up to a multiple of `time_multiple`, which is more padding than `padding` tells and fewer
        shapes, for a backend that compiles for each.

        From the epoch `selected_from` (from 0) on they are of the pairs of the `selection` alone.
        """
        if (sample_source or sample_target) and corpus.texts is None:
            raise ValueError("sampling needs the texts — given a corpus without them — build it with keep_texts=True")
        self._corpus = corpus
        self._plan_epoch = partial(
            EpochPlan,
            *self._lengths,
            kind=kind,
            size=size,
            shuffle=shuffle,
            bucket_batches=bucket_batches,
            seed=seed,
        )
        self._seed = seed
        self._pad_id, self._begin_id, self._end_id = pad_id, begin_id, end_id
        self._samplers = (sample_source, sample_target)
        self._time_multiple = time_multiple
        self._selection, self._selected_from = selection, selected_from
        self._plan: tuple[int, EpochPlan] | None = None

    @property
    def _lengths(self) -> tuple[np.ndarray, np.ndarray]:
        """Of both sides, which decide who shares a batch."""
        return self._corpus.source_lengths, self._corpus.target_lengths

    def plan(self, epoch: int) -> EpochPlan:
        """Which pairs make which batch; the last plan asked for is kept."""
        if self._plan is None or self._plan[0] != epoch:
            self._plan = (epoch, self._plan_epoch(epoch=epoch, only=self._only(epoch)))
        return self._plan[1]

    def count(self, epoch: int) -> int:
        """The number of batches of an epoch."""
        return len(self.plan(epoch))

    def count_all(self, epochs: int) -> int:
        """About the number of batches of so many epochs: those of all pairs, and of a selection, as their first."""
        whole = epochs if self._selection is None else min(epochs, self._selected_from)
        # Epoch 0 comes last, because the last plan asked for is kept.
        return (epochs - whole) * self.count(self._selected_from) + whole * self.count(0)

    def _only(self, epoch: int) -> np.ndarray | None:
        """The pairs of an epoch, if they are not all."""
        if self._selection is None or epoch < self._selected_from:
            return None
        return self._selection.pairs

    def padding(self, epoch: int) -> Padding:
        """The text and the padding in an epoch's batches, as planned (of unsampled lengths)."""
        return self.plan(epoch).padding

    def dataset(self, epoch: int, skip_batches: int = 0) -> tf.data.Dataset:
        """The batches of an epoch from number `skip_batches` on, made ahead of the model by a thread."""
        plan = self.plan(epoch)
        dataset = tf.data.Dataset.from_generator(
            lambda: (self._batch(plan[number], epoch, number) for number in range(skip_batches, len(plan))),
            output_signature=self.signature,
        )
        remaining = max(0, len(plan) - skip_batches)
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(remaining)).prefetch(PREFETCHED_BATCHES)
        return dataset.with_options(untuned())

    def feed(self, epoch: int, skip_batches: int = 0) -> Iterable[tuple[dict[str, Any], Any]]:
        """As `dataset`, for Keras' backend: tensors of TensorFlow, NumPy arrays for the others."""
        if keras.config.backend() == "tensorflow":
            return self.dataset(epoch, skip_batches)
        # The accelerator is the backend's, and TensorFlow would take all of its memory.
        tf.config.set_visible_devices([], "GPU")
        return self.dataset(epoch, skip_batches).as_numpy_iterator()

    def _batch(self, pairs: np.ndarray, epoch: int, number: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The inputs and labels of some pairs, which are batch `number` of the epoch."""
        source = self._side(0, pairs, epoch, number)
        target = self._side(1, pairs, epoch, number)
        begin, end, rest = [self._begin_id], [self._end_id], (self._pad_id, self._time_multiple)
        inputs = {"source_ids": padded([], source, end, *rest), "target_ids": padded(begin, target, [], *rest)}
        return inputs, padded([], target, end, *rest)

    def _side(self, side: int, pairs: np.ndarray, epoch: int, batch: int) -> Sequence[Sequence[int] | np.ndarray]:
        """The ids of one side (0 source, 1 target) of some pairs, drawn anew if that side is sampled."""
        sampler = self._samplers[side]
        if sampler is None or self._corpus.texts is None:
            sequences = (self._corpus.source, self._corpus.target)[side]
            return [sequences[pair] for pair in pairs]
        encode_sampled, rate = sampler
        texts = self._corpus.texts[side]
        seed = int(np.random.SeedSequence([self._seed, epoch, batch, side]).generate_state(1, np.uint64)[0])
        return encode_sampled([texts[pair] for pair in pairs], rate, seed)


def untuned() -> tf.data.Options:
    """Of pipelines whose sizes are given: without TensorFlow's thread that looks for better ones.

    The end of an iterator waits for that thread: after an epoch of 43 s for up to 39 s, so that two epochs of
    Multi30k with 384 units took 173 s on two cores of an AMD EPYC, and take 94 s without it.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


def padded(
    before: list[int],
    rows: Sequence[Sequence[int] | np.ndarray],
    after: list[int],
    pad_id: int,
    time_multiple: int = 1,
) -> np.ndarray:
    """Rows of ids between marks as one matrix (batch, time), int32, padded on the right to a multiple.

    For example before [2], rows [[5 6] []], after [] and pad 0 give [[2 5 6] [2 0 0]].
    """
    time = len(before) + len(after) + max(map(len, rows))
    matrix = np.full((len(rows), -(-time // time_multiple) * time_multiple), pad_id, dtype=np.int32)
    for line, row in zip(matrix, rows, strict=True):
        length = len(before) + len(row)
        line[: len(before)] = before
        line[len(before) : length] = row
        line[length : length + len(after)] = after
    return matrix


def evaluation_batches(
    corpus: PairCorpus,
    *,
    kind: Literal["sentences", "tokens"],
    size: int,
    pad_id: int,
    begin_id: int,
    end_id: int,
    time_multiple: int = 1,
) -> TrainingBatches:
    """The same for validation: all pairs, each exactly once, sorted by length, always in the same order.

    Use `.dataset(0)`.
    """
    return TrainingBatches(
        corpus,
        kind=kind,
        size=size,
        shuffle=False,
        bucket_batches=len(corpus),
        seed=0,
        pad_id=pad_id,
        begin_id=begin_id,
        end_id=end_id,
        time_multiple=time_multiple,
    )
