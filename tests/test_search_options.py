"""Laws of the options of a search, on toys whose sequences can all be looked at."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from toy_models import BEGIN, END, PAD, ReadingToy, Toy, ids_of, planned, planned_in_graph

from seq2seq.decoding import beam_search
from seq2seq.ops.filters import forbid_repeated_ngrams, penalize_repetition
from seq2seq.ops.noise import gumbel, gumbel_of
from seq2seq.translator.plan import Plan, search

INNER = [1, 4, 5]  # what a toy of 6 ids writes besides the end
EVERY = 121  # sequences of at most 4 of them: 1 + 3 + 9 + 27 that end and 81 that are cut


def toy_of(seed: int, rows: int = 2, **settings) -> ReadingToy:
    return ReadingToy(Toy.random(seed, rows, sharpness=1.0, **settings).tables, seed=seed)


def every_sequence(maximum: int, inner=INNER):
    finished = [(*body, END) for n in range(maximum) for body in itertools.product(inner, repeat=n)]
    return finished + list(itertools.product(inner, repeat=maximum))


def assert_best(found, toy: ReadingToy, maximum: int, score, allowed=lambda row, ids: True):
    """`found` are all allowed sequences, best first: those that end, then those that are cut."""
    for row in range(toy.rows):
        ranked = sorted((ids[-1] != END, -score(row, ids), ids) for ids in every_sequence(maximum) if allowed(row, ids))
        assert ranked
        for rank, (cut, negative, ids) in enumerate(ranked[: found.ids.shape[1]]):
            assert ids_of(found, row, rank) == list(ids)
            assert found.finished[row, rank] == (not cut)
            assert found.scores[row, rank] == pytest.approx(-negative, rel=1e-4)
            assert found.log_probs[row, rank] == pytest.approx(toy.log_prob(row, ids), rel=1e-4)
            assert found.token_log_probs[row, rank].sum() == pytest.approx(toy.log_prob(row, ids), rel=1e-4)
        assert np.all(found.lengths[row, len(ranked) :] == 0)


def normalised(toy: ReadingToy, alpha: float = 0.6, offset: float = 5.0):
    return lambda row, ids: toy.log_prob(row, ids) / ((offset + len(ids)) / (offset + 1)) ** alpha


# --- penalties --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alpha", "offset"), [(0.6, 5.0), (1.3, 0.0), (0.9, 2.5)])
def test_every_length_penalty_is_exhaustive_and_stops_no_too_early(alpha, offset):
    toy = toy_of(1)
    inputs = {"length_penalty": alpha, "length_penalty_offset": offset}
    score = normalised(toy, alpha, offset)
    assert_best(planned(toy, 4, Plan(EVERY, EVERY), **inputs), toy, 4, score)
    assert_best(planned(toy, 4, Plan(EVERY, 1), **inputs), toy, 4, score)


@pytest.mark.parametrize("offset", [0.0, 5.0])
def test_stopping_early_changes_no_result(offset):
    """With a strong penalty the best is often found after others have finished."""
    for seed in range(8):
        toy = toy_of(seed, rows=4)
        inputs = {"length_penalty": 2.0, "length_penalty_offset": offset}
        best, everything = (planned_in_graph(toy, 5, Plan(30, n_best), **inputs) for n_best in (1, 30))
        for row in range(4):
            assert ids_of(best, row) == ids_of(everything, row)


def test_length_penalties_differ_in_what_they_prefer():
    toy = toy_of(1, rows=9)
    found = [planned(toy, 4, Plan(EVERY), length_penalty=1.5, length_penalty_offset=offset) for offset in (0.0, 50.0)]
    near, far = ([ids_of(best, row) for row in range(9)] for best in found)
    assert near != far


def covered_score(toy: ReadingToy, beta: float):
    def score(row, ids):
        read = toy.read(row, ids)[toy.source_ids[row] > 0]
        return normalised(toy)(row, ids) + beta * np.log(np.minimum(read, 1.0)).sum()

    return score


@pytest.mark.parametrize("beta", [0.2, 2.0])
def test_coverage_is_exhaustive_and_only_for_ranking(beta):
    toy = ReadingToy(Toy.random(3, 2, sharpness=1.0).tables, source_lengths=[4, 2])
    found = planned(toy, 4, Plan(EVERY, EVERY), coverage_penalty=beta)
    assert_best(found, toy, 4, covered_score(toy, beta))
    assert_best(planned(toy, 4, Plan(EVERY, 1), coverage_penalty=beta), toy, 4, covered_score(toy, beta))
    wider = ReadingToy(toy.tables, source_lengths=[4, 2], padding=3)
    np.testing.assert_allclose(planned(wider, 4, Plan(EVERY, 9), coverage_penalty=beta).scores, found.scores[:, :9])
    plain = planned(toy, 4, Plan(EVERY, EVERY))
    assert any(ids_of(plain, row, rank) != ids_of(found, row, rank) for row in range(2) for rank in range(9))


def test_coverage_with_one_beam_changes_the_score_alone():
    toy = toy_of(3)
    plain, found = planned(toy, 5, Plan(1)), planned(toy, 5, Plan(1), coverage_penalty=0.7)
    np.testing.assert_array_equal(plain.ids, found.ids)
    np.testing.assert_allclose(plain.log_probs, found.log_probs, rtol=1e-5)
    for row in range(2):
        assert found.scores[row, 0] == pytest.approx(covered_score(toy, 0.7)(row, ids_of(found, row)), rel=1e-4)


def repetitive(toy: ReadingToy, penalty: float):
    """The sum of a sequence's log-probabilities, those of ids that it holds already times the penalty."""

    def total(row, ids):
        steps = [toy.log_prob(row, ids[: n + 1]) - toy.log_prob(row, ids[:n]) for n in range(len(ids))]
        return sum(step * (penalty if ids[n] in ids[:n] else 1.0) for n, step in enumerate(steps))

    return lambda row, ids: total(row, ids) / ((5 + len(ids)) / 6) ** 0.6


def test_repetition_penalty_is_exhaustive_and_the_log_probabilities_stay_the_models():
    toy = toy_of(5)
    found = planned(toy, 4, Plan(EVERY, EVERY), repetition_penalty=1.7)
    assert_best(found, toy, 4, repetitive(toy, 1.7))
    neutral = planned(toy, 4, Plan(EVERY, EVERY), repetition_penalty=1.0)
    np.testing.assert_array_equal(neutral.ids, planned(toy, 4, Plan(EVERY, EVERY)).ids)
    assert np.any(neutral.ids != found.ids)


def test_penalize_repetition_by_hand():
    log_probs = np.array([[-1.0, -2.0, -3.0, -4.0]], "float32")
    history = np.array([[2, 3, 3, 0]], "int32")
    np.testing.assert_allclose(penalize_repetition(log_probs, history, 2.0), [[-2.0, -2.0, -6.0, -8.0]])


# --- lengths and n-grams ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minimum", [2, 3, 4, 9])
def test_minimum_length_is_exhaustive(minimum):
    toy = toy_of(7)
    found = planned(toy, 4, Plan(EVERY, EVERY), minimum_length=minimum)
    assert_best(found, toy, 4, normalised(toy), lambda row, ids: ids[-1] != END or len(ids) >= minimum)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_repeated_ngrams_is_exhaustive(size):
    def allowed(row, ids):
        ngrams = [ids[n : n + size] for n in range(len(ids) - size + 1)]
        return len(ngrams) == len(set(ngrams))

    toy = toy_of(8)
    assert_best(planned(toy, 4, Plan(EVERY, EVERY, no_repeat_ngram_size=size)), toy, 4, normalised(toy), allowed)


def test_forbid_repeated_ngrams_by_hand():
    history = np.array([[2, 4, 5, 4, 0, 0], [2, 4, 4, 0, 0, 0]], "int32")
    zeros, counts = np.zeros((2, 7), "float32"), np.array([4, 3], "int32")
    impossible = [np.isneginf(forbid_repeated_ngrams(zeros, history, counts, size, PAD)) for size in (1, 2, 3)]
    assert [np.flatnonzero(row).tolist() for row in impossible[0]] == [[0, 2, 4, 5], [0, 2, 4]]
    assert [np.flatnonzero(row).tolist() for row in impossible[1]] == [[0, 5], [0, 4]]
    assert [np.flatnonzero(row).tolist() for row in impossible[2]] == [[0], [0]]


# --- prefix -----------------------------------------------------------------------------------------------------------


def prefix_inputs(*prefixes: list[int]) -> dict:
    ids = np.zeros((len(prefixes), max(1, *map(len, prefixes))), "int32")
    for row, prefix in zip(ids, prefixes, strict=True):
        row[: len(prefix)] = prefix
    return {"prefix_ids": ids, "prefix_lengths": np.array([len(prefix) for prefix in prefixes], "int32")}


def test_a_prefix_is_continued_as_exhaustive_search_does_each_row_its_own():
    prefixes = ([5, 1], [], [4])
    toy = toy_of(9, rows=3)
    found = planned(toy, 4, Plan(EVERY, EVERY), **prefix_inputs(*prefixes))
    assert_best(found, toy, 4, normalised(toy), lambda row, ids: list(ids[: len(prefixes[row])]) == prefixes[row])


@pytest.mark.parametrize("beams", [1, 3])
def test_an_empty_prefix_changes_nothing(beams):
    toy = toy_of(10)
    plain, found = planned(toy, 6, Plan(beams, beams)), planned(toy, 6, Plan(beams, beams), **prefix_inputs([], []))
    for one, other in zip(plain, found, strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, one, other)


def test_a_prefix_wins_over_filters_which_hold_after_it():
    toy = toy_of(11, rows=1)
    plan = Plan(EVERY, 9, no_repeat_ngram_size=1)
    found = planned(toy, 4, plan, repetition_penalty=1.5, **prefix_inputs([4, 4]))
    for rank in range(found.ids.shape[1]):
        ids = ids_of(found, 0, rank)
        assert ids[:2] == [4, 4] or (rank and not ids)
        assert not {4} & set(ids[2:])
        if ids:
            assert found.log_probs[0, rank] == pytest.approx(toy.log_prob(0, ids), rel=1e-4)


# --- diverse groups ---------------------------------------------------------------------------------------------------


def slow_groups(toy: ReadingToy, row: int, groups: int, width: int, strength: float, maximum: int):
    """Diverse beam search as its docstring tells it: finished and live hypotheses of each group, without early stop."""
    live, finished = [[((), 0.0)] for _ in range(groups)], [[] for _ in range(groups)]
    for _ in range(maximum):
        written: list[int] = []
        for group in range(groups):
            candidates = [
                ((*ids, next_id), toy.log_prob(row, (*ids, next_id)))
                for ids, _ in live[group]
                for next_id in range(toy.vocabulary_size)
                if next_id not in (PAD, BEGIN)
            ]
            candidates.sort(key=lambda candidate: -candidate[1] + strength * written.count(candidate[0][-1]))
            chosen = candidates[: width - len(finished[group])]
            written += [ids[-1] for ids, _ in chosen]
            finished[group] += [candidate for candidate in chosen if candidate[0][-1] == END]
            live[group] = [candidate for candidate in chosen if candidate[0][-1] != END]
    everything = {ids for group in range(groups) for ids, _ in finished[group] + live[group]}
    return sorted((ids[-1] != END, -normalised(toy)(row, ids), ids) for ids in everything)


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from([(2, 1), (2, 2), (3, 2), (2, 4)]),
    strength=st.sampled_from([0.0, 0.3, 1.0, 100.0]),
)
def test_groups_are_those_of_the_slow_search(seed, shape, strength):
    groups, width = shape
    toy = toy_of(seed, rows=3)
    n_best = width  # so that no group stops before its places are closed for good
    found = planned(toy, 5, Plan(groups * width, n_best, groups=groups), diversity_strength=strength)
    for row in range(toy.rows):
        expected = slow_groups(toy, row, groups, width, strength, 5)[:n_best]
        for rank, (cut, negative, ids) in enumerate(expected):
            assert ids_of(found, row, rank) == list(ids)
            assert found.scores[row, rank] == pytest.approx(-negative, rel=1e-4)
            assert found.finished[row, rank] == (not cut)


def test_groups_without_strength_are_one_search_and_the_first_group_always_is():
    toy = toy_of(12, rows=3)
    alone = planned(toy, 6, Plan(2, 2))
    same = planned(toy, 6, Plan(6, 2, groups=3), diversity_strength=0.0)
    np.testing.assert_array_equal(alone.ids, same.ids)
    np.testing.assert_allclose(alone.scores, same.scores, rtol=1e-6)
    far = planned(toy, 6, Plan(6, 6, groups=3), diversity_strength=50.0)
    for row in range(3):
        everything = [ids_of(far, row, rank) for rank in range(6) if far.lengths[row, rank]]
        assert all(ids_of(alone, row, rank) in everything for rank in range(2))
        assert len({tuple(ids) for ids in everything}) == len(everything) > 2


def test_strong_groups_of_one_begin_with_different_ids():
    toy = toy_of(13, rows=4)
    found = planned(toy, 5, Plan(4, 4, groups=4), diversity_strength=1000.0)
    for row in range(4):
        assert sorted(ids_of(found, row, rank)[0] for rank in range(4)) == [1, END, 4, 5]
        for rank in range(4):
            ids = ids_of(found, row, rank)
            assert found.log_probs[row, rank] == pytest.approx(toy.log_prob(row, ids), rel=1e-4)


# --- sampling ---------------------------------------------------------------------------------------------------------

DRAWS = 6000


def keys_of(draws: int, first: int = 0) -> np.ndarray:
    return np.stack([np.arange(first, first + draws), np.full(draws, 77)], axis=1).astype("int32")


def chi_square_is_small(counts: np.ndarray, probabilities: np.ndarray) -> bool:
    """Whether counts fit: chi-square below its mean and five standard deviations. Impossible ones have no counts.

    Outcomes of which fewer than five are expected are counted together, as the test wants.
    """
    assert counts[probabilities == 0].sum() == 0
    expected = counts.sum() * probabilities
    rare = expected < 5
    counts, expected = (np.append(one[~rare], one[rare].sum()) for one in (counts, expected))
    counts, expected = counts[expected > 0], expected[expected > 0]
    freedom = len(counts) - 1
    return ((counts - expected) ** 2 / expected).sum() < freedom + 5 * np.sqrt(2 * max(freedom, 1))


def share(log_probs: np.ndarray, temperature: float, top_k: int | None, top_p: float | None) -> np.ndarray:
    """The distribution that one id is drawn from, by the words of the papers."""
    shares = np.exp(np.asarray(log_probs, "float64") / temperature)
    shares[[PAD, BEGIN]] = 0
    order = np.argsort(-shares, kind="stable")
    if top_k is not None:
        shares[order[top_k:]] = 0
    shares /= shares.sum()
    if top_p is not None:
        kept = 1 + np.searchsorted(np.cumsum(shares[order]), top_p)
        shares[order[kept:]] = 0
    return shares / shares.sum()


@pytest.mark.parametrize(
    ("temperature", "top_k", "top_p"),
    [(1.0, None, None), (0.5, None, None), (2.0, None, None), (1.0, 3, None), (1.0, None, 0.7), (1.5, 4, 0.8)],
)
def test_draws_of_two_steps_have_the_frequencies_of_their_probabilities(temperature, top_k, top_p):
    table = Toy.random(21, 1, vocabulary_size=7, sharpness=0.8).tables
    toy = ReadingToy(np.repeat(table, DRAWS, axis=0), padding=0)
    inputs = {"sample_keys": keys_of(DRAWS)}
    if temperature != 1:
        inputs["temperature"] = temperature
    if top_p is not None:
        inputs["top_p"] = top_p
    found = planned(toy, 2, Plan(1, samples=1, top_k=top_k), **inputs)
    one = ReadingToy(table)
    first = share([one.log_prob(0, [i]) for i in range(7)], temperature, top_k, top_p)
    pairs, expected = np.zeros((7, 7)), np.zeros((7, 7))
    for i in range(7):
        if i == END:
            expected[i, PAD] = first[i]
            continue
        steps = [one.log_prob(0, [i, j]) - one.log_prob(0, [i]) for j in range(7)]
        expected[i] = first[i] * share(steps, temperature, top_k, top_p)
    ids = np.pad(found.ids[:, 0], ((0, 0), (0, 2 - found.ids.shape[2])))
    np.add.at(pairs, (ids[:, 0], ids[:, 1]), 1)
    assert chi_square_is_small(pairs, expected)
    # The rival: draws that do not heed the option.
    other = share([one.log_prob(0, [i]) for i in range(7)], 1.0 if temperature != 1 else 1.4, None, None)
    assert not np.all(other[pairs.sum(1) == 0] == 0) or not chi_square_is_small(pairs.sum(1), other)
    for row in range(20):
        drawn = ids_of(found, row)
        assert found.log_probs[row, 0] == pytest.approx(one.log_prob(0, drawn), rel=1e-4)


def test_a_draw_is_a_function_of_its_key_and_of_nothing_else():
    table = Toy.random(22, 1, sharpness=0.5).tables
    together = planned(ReadingToy(np.repeat(table, 8, 0)), 5, Plan(1, samples=3), sample_keys=keys_of(24))
    assert together.ids.shape[:2] == (8, 3)
    assert len({tuple(ids_of(together, row, rank)) for row in range(8) for rank in range(3)}) > 8
    part = planned(ReadingToy(np.repeat(table, 2, 0)), 5, Plan(1, samples=3), sample_keys=keys_of(6, first=9))
    for row, rank in itertools.product(range(2), range(3)):
        assert ids_of(part, row, rank) == ids_of(together, row + 3, rank)
        assert part.log_probs[row, rank] == pytest.approx(together.log_probs[row + 3, rank], rel=1e-6)


def test_noise_is_gumbel_and_independent_in_keys_steps_and_ids():
    ids = np.tile(np.arange(40, dtype="int32"), (500, 1))
    noises = np.stack([gumbel(keys_of(500), step, ids) for step in range(3)])
    uniform = np.exp(-np.exp(-noises))
    counts = np.histogram(uniform, bins=20, range=(0, 1))[0]
    assert chi_square_is_small(counts, np.full(20, 1 / 20))
    for axis in range(3):  # neighbours in step, key and id
        one, other = (np.take(uniform, range(k, uniform.shape[axis] - 1 + k), axis=axis).ravel() for k in (0, 1))
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(one.size)
        joint = np.histogram2d(one, other, bins=8, range=((0, 1), (0, 1)))[0]
        assert chi_square_is_small(joint.ravel(), np.full(64, 1 / 64))
    second = np.stack([np.full(500, 77), np.arange(500)], axis=1).astype("int32")
    assert abs(np.corrcoef(gumbel(second, 0, ids).numpy().ravel(), noises[0].ravel())[0, 1]) < 0.04


def test_noise_is_finite_at_its_ends_and_exact_to_the_share():
    """One infinite number among millions draws whatever id it falls on, impossible ones too."""
    ends = np.array([0, 1, 2**23 - 2, 2**23 - 1], "int32")
    uniform = (ends.astype("float64") + 0.5) * 2.0**-23
    np.testing.assert_allclose(gumbel_of(ends), -np.log(-np.log(uniform)), rtol=1e-5)


def test_a_low_temperature_is_greedy():
    toy = toy_of(23, rows=5)
    cold = planned(toy, 6, Plan(1, samples=1), temperature=1e-4, sample_keys=keys_of(5))
    greedy = planned(toy, 6, Plan(1))
    np.testing.assert_array_equal(cold.ids, greedy.ids)
    np.testing.assert_allclose(cold.scores, greedy.scores, rtol=1e-5)


# --- together ---------------------------------------------------------------------------------------------------------


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), beams=st.integers(1, 5), data=st.data())
def test_rows_do_not_depend_on_companions_and_log_probabilities_are_the_models(seed, beams, data):
    toy = toy_of(seed, rows=3)
    inputs = {
        name: value
        for name, value in {
            "coverage_penalty": 0.4,
            "repetition_penalty": 1.4,
            "minimum_length": 3,
            **prefix_inputs([], [4, 1], [5]),
        }.items()
        if name.startswith("prefix") or data.draw(st.booleans())
    }
    plan = Plan(beams, beams, no_repeat_ngram_size=data.draw(st.sampled_from([0, 2])))
    maximum = [6, 4, 5]
    found = planned(toy, maximum, plan, **inputs)
    for row in range(3):
        mine = {name: value[row : row + 1] if name.startswith("prefix") else value for name, value in inputs.items()}
        alone = planned(toy.rows_of([row]), maximum[row], plan, **mine)
        for rank in range(beams):
            ids = ids_of(found, row, rank)
            assert ids_of(alone, 0, rank) == ids
            if ids:
                assert found.scores[row, rank] == pytest.approx(alone.scores[0, rank], rel=1e-5)
                assert found.log_probs[row, rank] == pytest.approx(toy.log_prob(row, ids), rel=1e-4)
                steps = [toy.log_prob(row, ids[: n + 1]) - toy.log_prob(row, ids[:n]) for n in range(len(ids))]
                np.testing.assert_allclose(found.token_log_probs[row, rank, : len(ids)], steps, atol=2e-5)


def operations(toy: ReadingToy, function) -> list[str]:
    """The kinds of operations of a traced function and of all that it calls."""
    graph = tf.function(function, autograph=False).get_concrete_function(tf.constant(toy.source_ids)).graph
    nodes = [node.op for node in graph.as_graph_def().node]
    return sorted(nodes + [node.op for inner in graph.as_graph_def().library.function for node in inner.node_def])


@pytest.mark.parametrize(
    "options",
    [
        {"coverage_penalty": 0.4, "minimum_length": 3, "prefixed": True},
        {"coverage_penalty": "by row", "repetition_penalty": "by row", "minimum_length": "by row"},
        {"length_penalty": "by row", "length_penalty_offset": 2.0},
    ],
    ids=["one for all", "of steps", "of ranking"],
)
def test_many_rows_of_which_some_stop_early_are_searched_as_each_alone(options):
    rows = 19
    toy = ReadingToy(Toy.random(12, rows, sharpness=1.5).tables, source_lengths=[2, 3] * 9 + [4])
    draws = np.random.default_rng(3)
    maximum_steps = draws.integers(2, 9, rows)
    inputs = {
        name: draws.uniform(1.0, 3.0, rows).astype("float32") if value == "by row" else value
        for name, value in options.items()
    }
    if "minimum_length" in inputs:
        inputs["minimum_length"] = np.asarray(inputs["minimum_length"]).astype("int32")
    if inputs.pop("prefixed", False):
        inputs |= {"prefix_ids": draws.choice(INNER, (rows, 2)).astype("int32")}
        inputs |= {"prefix_lengths": draws.integers(0, 3, rows).astype("int32")}
    plan = Plan(3, 2, attention=True, no_repeat_ngram_size=2)
    together = planned_in_graph(toy, maximum_steps, plan, **inputs)
    for row in range(rows):
        mine = {name: value[row : row + 1] if np.ndim(value) else value for name, value in inputs.items()}
        alone = planned(toy.rows_of([row]), maximum_steps[row], plan, **mine)
        length = alone.ids.shape[2]
        np.testing.assert_array_equal(together.ids[row, :, :length], alone.ids[0])
        np.testing.assert_array_equal(together.lengths[row], alone.lengths[0])
        np.testing.assert_allclose(together.scores[row], alone.scores[0], rtol=1e-5)
        np.testing.assert_array_equal(together.extras["attention"][row, :, :length], alone.extras["attention"][0])


def test_an_option_that_is_not_used_is_not_in_the_graph():
    toy = toy_of(1)
    fixed = {"maximum_steps": np.array([5, 5], "int32"), "length_penalty": 0.6, "length_penalty_offset": 5.0}

    def bare(source_ids):
        arguments = {
            "begin_id": BEGIN,
            "end_id": END,
            "pad_id": PAD,
            "beams": 3,
            "n_best": 2,
            "leave_out": True,
            **fixed,
        }
        return beam_search(toy.step, toy.start(), rows=ops.shape(source_ids)[0], **arguments)

    def options(plan, **inputs):
        return operations(toy, lambda source_ids: search(toy, {"source_ids": source_ids, **fixed, **inputs}, plan))

    plain = operations(toy, bare)
    assert options(Plan(3, 2)) == plain
    for plan, inputs in (
        (Plan(3, 2), {"repetition_penalty": 1.1}),
        (Plan(3, 2, no_repeat_ngram_size=2), {}),
    ):
        assert len(options(plan, **inputs)) > len(plain)
