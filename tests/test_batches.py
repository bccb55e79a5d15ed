"""Batches: what is in them, in which order, and that a resumed epoch goes on bit for bit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_samples import phrases

from seq2seq.data import EpochPlan, PairCorpus, TrainingBatches, build_corpus, evaluation_batches
from seq2seq.data.batches import padded
from seq2seq.text import Tokenizer

PAD, BEGIN, END = 0, 2, 3
MARKS = {"pad_id": PAD, "begin_id": BEGIN, "end_id": END}
SHAPE = {"kind": "sentences", "size": 5, "shuffle": True, "bucket_batches": 3}


def numbered_corpus(pairs: int = 83, seed: int = 0) -> PairCorpus:
    """Pair k holds the id 10 + k on both sides, 0 to 12 times each."""
    lengths = np.random.default_rng(seed).integers(0, 13, size=(pairs, 2))
    texts = [(f"{10 + k} " * a, f"{10 + k} " * b) for k, (a, b) in enumerate(lengths)]
    return build_corpus(texts, encode, encode, filters=None, keep_texts=True)


def encode(texts):
    return [[int(word) for word in text.split()] for text in texts]


def encode_sampled(texts, rate, seed):
    """Every id comes one to three times, drawn by the seed."""
    generator = np.random.default_rng(seed)
    return [[one for one in row for _ in range(int(generator.integers(1, 4)))] for row in encode(texts)]


def batches_of(corpus: PairCorpus, **settings) -> TrainingBatches:
    return TrainingBatches(corpus, **{**SHAPE, "seed": 1, **MARKS, **settings})


def as_arrays(dataset) -> list[tuple[np.ndarray, ...]]:
    return [(inputs["source_ids"], inputs["target_ids"], labels) for inputs, labels in dataset.as_numpy_iterator()]


def assert_equal(first, second) -> None:
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        for a, b in zip(one, other, strict=True):
            assert a.dtype == b.dtype == np.int32
            np.testing.assert_array_equal(a, b)


def test_padded():
    np.testing.assert_array_equal(padded([2], [[5, 6], []], [], 0), [[2, 5, 6], [2, 0, 0]])
    np.testing.assert_array_equal(padded([], [[5, 6], []], [3], 0), [[5, 6, 3], [3, 0, 0]])
    np.testing.assert_array_equal(padded([], [[5, 6], []], [3], 0, 2), [[5, 6, 3, 0], [3, 0, 0, 0]])
    np.testing.assert_array_equal(padded([], [[5], []], [3], 0, 2), [[5, 3], [3, 0]])


def test_a_multiple_of_positions_adds_padding_alone_and_leaves_fewer_shapes():
    plain = as_arrays(batches_of(numbered_corpus()).dataset(0))
    rounded = as_arrays(batches_of(numbered_corpus(), time_multiple=4).dataset(0, 2))
    assert len(rounded) == len(plain) - 2
    for batch, other in zip(rounded, plain[2:], strict=True):
        for ids, wanted in zip(batch, other, strict=True):
            assert ids.shape[1] == -(-wanted.shape[1] // 4) * 4
            np.testing.assert_array_equal(ids[:, : wanted.shape[1]], wanted)
            assert not ids[:, wanted.shape[1] :].any()
    shapes = [len({tuple(ids.shape[1] for ids in batch) for batch in batches}) for batches in (rounded, plain[2:])]
    assert shapes[0] < shapes[1]


@pytest.mark.parametrize("kind", ["sentences", "tokens"])
def test_a_batch_is_what_the_model_takes(kind):
    corpus = numbered_corpus()
    batches = batches_of(corpus, kind=kind, size=5 if kind == "sentences" else 60)
    plan = batches.plan(0)
    for number, (source, target, labels) in enumerate(as_arrays(batches.dataset(0))):
        assert target.shape == labels.shape
        for row, pair in enumerate(plan[number]):
            x, y = corpus.source[pair].tolist(), corpus.target[pair].tolist()
            assert source[row].tolist() == [*x, END] + [PAD] * (source.shape[1] - len(x) - 1)
            assert target[row].tolist() == [BEGIN, *y] + [PAD] * (target.shape[1] - len(y) - 1)
            assert labels[row].tolist() == [*y, END] + [PAD] * (target.shape[1] - len(y) - 1)
        assert (source[:, -1] != PAD).any()  # no column of padding alone
        assert (labels[:, -1] != PAD).any()


PLANS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["sentences", "tokens"]),
        "size": st.integers(1, 70),
        "bucket_batches": st.integers(1, 9),
        "shuffle": st.booleans(),
        "seed": st.integers(0, 2**31 - 1),
        "epoch": st.integers(0, 3),
    }
)
LENGTHS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=120)


@settings(deadline=None)
@given(LENGTHS, PLANS)
def test_a_plan_holds_every_pair_once_and_keeps_to_the_size(lengths, settings):
    source, target = np.array(lengths, np.int32).T
    plan = EpochPlan(source, target, **settings)
    assert sorted(itertools.chain.from_iterable(plan[k].tolist() for k in range(len(plan)))) == list(
        range(len(lengths))
    )
    positions = 0
    for number in range(len(plan)):
        rows, widths = len(plan[number]), source[plan[number]].max() + target[plan[number]].max() + 2
        assert plan.shapes[number].tolist() == [rows, source[plan[number]].max() + 1, target[plan[number]].max() + 1]
        positions += rows * widths
        if settings["kind"] == "sentences":
            assert 1 <= rows <= settings["size"]
        else:
            assert rows == 1 or rows * widths <= settings["size"]
    assert plan.padding.positions == positions
    assert plan.padding.tokens == source.sum() + target.sum() + 2 * len(lengths)
    assert 0 <= plan.padding.waste < 1


def test_token_batches_are_as_large_as_the_size_allows():
    """Greedy in each pool: the next pair of the pool would not have fitted."""
    lengths = np.random.default_rng(3).integers(1, 30, size=(500, 2)).astype(np.int32)
    source, target = lengths.T
    plan = EpochPlan(source, target, kind="tokens", size=200, bucket_batches=1000, shuffle=False, seed=0, epoch=0)
    for number in range(len(plan) - 1):
        rows = np.append(plan[number], plan[number + 1][0])
        assert len(rows) * (source[rows].max() + target[rows].max() + 2) > 200


def test_the_order_depends_on_seed_and_epoch_alone():
    corpus = numbered_corpus()

    def order(seed, epoch, **settings):
        plan = batches_of(corpus, seed=seed, **settings).plan(epoch)
        return [plan[k].tolist() for k in range(len(plan))]

    assert order(1, 0) == order(1, 0)
    orders = [order(1, 0), order(1, 1), order(2, 0), order(0, 1)]
    assert all(a != b for a, b in itertools.combinations(orders, 2))
    assert order(1, 0, shuffle=False) == order(2, 1, shuffle=False)


def test_sorting_by_length_saves_padding():
    lengths = np.random.default_rng(3).integers(1, 60, size=(2000, 1)).astype(np.int32).repeat(2, axis=1)
    wastes = [
        EpochPlan(
            *lengths.T, kind="sentences", size=10, bucket_batches=pools, shuffle=True, seed=0, epoch=0
        ).padding.waste
        for pools in (1, 10, 100)
    ]
    assert wastes[0] > 3 * wastes[1] > 6 * wastes[2]


@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize(("kind", "size"), [("sentences", 5), ("tokens", 60)])
def test_a_resumed_epoch_goes_on_bit_for_bit(sampled, kind, size):
    sampler = (encode_sampled, 0.1) if sampled else None

    def dataset(epoch, skip_batches=0):
        batches = batches_of(numbered_corpus(), kind=kind, size=size, sample_source=sampler, sample_target=sampler)
        return batches.dataset(epoch, skip_batches)

    whole = as_arrays(dataset(1))
    count = batches_of(numbered_corpus(), kind=kind, size=size).count(1)
    assert len(whole) == count == int(dataset(1).cardinality())
    for skip in (1, 4, count - 1, count):
        assert_equal(as_arrays(dataset(1, skip)), whole[skip:])
    with pytest.raises(AssertionError):
        assert_equal(as_arrays(dataset(0)), whole)


def test_sampling_draws_anew_in_every_epoch_and_on_each_side():
    corpus = build_corpus([("10 11 12 13 14", "10 11 12 13 14")] * 3, encode, encode, filters=None, keep_texts=True)
    sampler = (encode_sampled, 0.1)
    batches = batches_of(corpus, sample_source=sampler, sample_target=sampler)
    (source, _, labels), (later_source, _, _) = as_arrays(batches.dataset(0))[0], as_arrays(batches.dataset(1))[0]
    assert source.shape != labels.shape or (source != labels).any()
    assert source.shape != later_source.shape or (source != later_source).any()
    one_side = batches_of(corpus, sample_source=sampler)
    (again, _, plain) = as_arrays(one_side.dataset(0))[0]
    np.testing.assert_array_equal(again, source)
    np.testing.assert_array_equal(plain, [[10, 11, 12, 13, 14, END]] * 3)


def test_a_real_tokenizer_samples_in_the_pipeline():
    lines = list(zip(phrases("en", lines=60), phrases("de", lines=60), strict=True))
    tokenizer = Tokenizer.train(
        (line for pair in lines for line in pair),
        kind="bpe",
        vocabulary_size=200,
        character_coverage=1.0,
        byte_fallback=False,
        user_symbols=[],
        normalization="nmt_nfkc",
    )
    corpus = build_corpus(lines, tokenizer.encode, tokenizer.encode, filters=None, keep_texts=True)
    batches = batches_of(corpus, sample_source=(tokenizer.encode_sampled, 0.3))
    plan, rows = batches.plan(2), as_arrays(batches.dataset(2))
    drawn = [tokenizer.decode(source) for source, _, _ in rows]
    assert drawn == [[lines[pair][0] for pair in plan[number]] for number in range(len(plan))]
    assert sum(np.count_nonzero(source) for source, _, _ in rows) > 1.1 * (corpus.source_lengths.sum() + len(corpus))


def test_sorting_by_the_longer_side_pads_least():
    """Lengths as of translations: alike, but not the same. The rivals sort by one side, then by the other."""
    generator = np.random.default_rng(2)
    lengths = generator.poisson(15, 3200)
    sides = lengths, np.maximum(1, np.round(lengths * generator.uniform(0.5, 1.8, 3200))).astype(int)
    plan = EpochPlan(*sides, kind="sentences", size=64, bucket_batches=50, shuffle=False, seed=0, epoch=0)
    for order in (np.lexsort(sides), np.lexsort(sides[::-1])):
        batches = order.reshape(-1, 64)
        padded = 64 * sum(int((side[batches] + 1).max(axis=1).sum()) for side in sides)
        assert plan.padding.positions < 0.98 * padded


def test_sampling_without_texts_is_refused():
    corpus = build_corpus([("10", "10")], encode, encode, filters=None)
    with pytest.raises(ValueError, match="keep_texts"):
        batches_of(corpus, sample_source=(encode_sampled, 0.1))


@pytest.mark.parametrize(("kind", "size"), [("sentences", 7), ("tokens", 50)])
def test_validation_sees_every_pair_once_in_one_order(kind, size):
    corpus = numbered_corpus()
    batches = evaluation_batches(corpus, kind=kind, size=size, **MARKS)
    rows = as_arrays(batches.dataset(0))
    assert_equal(rows, as_arrays(evaluation_batches(corpus, kind=kind, size=size, **MARKS).dataset(0)))
    sides = [[np.count_nonzero(row) - 1 for batch in rows for row in batch[side]] for side in (0, 2)]
    assert np.maximum(*sides).tolist() == sorted(np.maximum(corpus.source_lengths, corpus.target_lengths).tolist())
    assert sides[1] != sorted(sides[1])  # the rival: by the target alone
    assert sum(len(labels) for _, _, labels in rows) == len(corpus)


def test_nothing_looks_for_better_sizes_of_the_pipeline_which_the_end_of_an_epoch_would_wait_for():
    for batches in (
        batches_of(numbered_corpus()),
        evaluation_batches(numbered_corpus(), kind="tokens", size=40, **MARKS),
    ):
        assert batches.dataset(0).options().autotune.enabled is False
