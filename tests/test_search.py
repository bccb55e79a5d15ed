"""Laws of search, on toy graphs that are small enough to look at every sequence."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from toy_models import BEGIN, END, IDS, PAD, Toy, ids_of, search, search_in_graph

from seq2seq.decoding import beam_search, greedy_search
from seq2seq.decoding.state import join_memory, split_memory
from seq2seq.ops.beam import best_continuations, follow_back, length_penalty_of, top_of_blocks


def penalty(length: int, alpha: float) -> float:
    return ((5 + length) / 6) ** alpha


def every_sequence(toy: Toy, row: int, maximum: int, alpha: float):
    """(finished first, -score, ids) of every possible sequence, best first."""
    inner = [i for i in range(toy.vocabulary_size) if i not in (PAD, BEGIN, END)]
    finished = [(*body, END) for n in range(maximum) for body in itertools.product(inner, repeat=n)]
    cut = list(itertools.product(inner, repeat=maximum))
    ranked = [
        (i, -toy.log_prob(row, ids) / penalty(len(ids), alpha), ids) for i, g in enumerate((finished, cut)) for ids in g
    ]
    return sorted(ranked)


def slow_beam(toy: Toy, row: int, beams: int, maximum: int, alpha: float):
    """The search as its docstring tells it, one hypothesis after the other, without early stopping."""
    live, finished = [((), 0.0)], []
    for _ in range(maximum):
        candidates = [
            ((*ids, next_id), toy.log_prob(row, (*ids, next_id)))
            for ids, _ in live
            for next_id in range(toy.vocabulary_size)
            if next_id not in (PAD, BEGIN)
        ]
        chosen = sorted(candidates, key=lambda candidate: -candidate[1])[: beams - len(finished)]
        finished += [candidate for candidate in chosen if candidate[0][-1] == END]
        live = [candidate for candidate in chosen if candidate[0][-1] != END]
    ranked = [(0, -total / penalty(len(ids), alpha), ids) for ids, total in finished]
    return sorted(ranked + [(1, -total / penalty(len(ids), alpha), ids) for ids, total in live])


# --- laws -------------------------------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), alpha=st.sampled_from([0.0, 0.6, 1.5]), maximum=st.integers(1, 6))
def test_one_beam_is_greedy(seed, alpha, maximum):
    toy = Toy.random(seed, rows=3)
    greedy = search_in_graph(toy, maximum, alpha, collect=("attention",))
    beam = search_in_graph(toy, maximum, alpha, beams=1, collect=("attention",))
    np.testing.assert_array_equal(greedy.ids, beam.ids)
    np.testing.assert_array_equal(greedy.lengths, beam.lengths)
    np.testing.assert_array_equal(greedy.finished, beam.finished)
    np.testing.assert_array_equal(greedy.log_probs, beam.log_probs)
    np.testing.assert_allclose(greedy.scores, beam.scores, rtol=1e-6)
    np.testing.assert_array_equal(greedy.extras["attention"], beam.extras["attention"])


def test_greedy_takes_the_likeliest_id_each_time():
    toy = Toy.random(4, rows=5)
    found = search(toy, 7, alpha=0.6)
    for row in range(toy.rows):
        (_, _, ids), *_ = slow_beam(toy, row, beams=1, maximum=7, alpha=0.6)
        assert ids_of(found, row) == list(ids)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("maximum", [1, 3, 4])
def test_a_beam_as_wide_as_the_space_is_exhaustive(alpha, maximum):
    toy = Toy.random(maximum, rows=2)  # 3 inner ids: 1 + 3 + 9 + 27 finished and 81 cut sequences of at most 4 ids
    found = search(toy, maximum, alpha, beams=121, n_best=121)
    for row in range(toy.rows):
        expected = every_sequence(toy, row, maximum, alpha)
        for rank, (cut, negative_score, ids) in enumerate(expected):
            assert ids_of(found, row, rank) == list(ids)
            assert found.finished[row, rank] == (not cut)
            assert found.scores[row, rank] == pytest.approx(-negative_score, rel=1e-5)
        assert np.all(np.isneginf(found.scores[row, len(expected) :]))
        assert np.all(found.lengths[row, len(expected) :] == 0)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    alpha=st.sampled_from([0.0, 0.6, 1.0, 2.0]),
    beams=st.integers(1, 7),
    maximum=st.integers(1, 8),
    data=st.data(),
)
def test_same_as_the_slow_search(seed, alpha, beams, maximum, data):
    n_best = data.draw(st.integers(1, beams))
    toy = Toy.random(seed, rows=2, vocabulary_size=5, sharpness=1.0)
    found = search_in_graph(toy, maximum, alpha, beams=beams, n_best=n_best)
    for row in range(toy.rows):
        expected = slow_beam(toy, row, beams, maximum, alpha)[:n_best]
        for rank, (cut, negative_score, ids) in enumerate(expected):
            assert ids_of(found, row, rank) == list(ids)
            assert found.finished[row, rank] == (not cut)
            assert found.scores[row, rank] == pytest.approx(-negative_score, rel=1e-5)


def garden_path() -> Toy:
    """Five states; the likelier first id leads to unlikely ends: P(4 x) = 0.6 x 0.1, P(5 end) = 0.4 x 0.9."""
    nothing = 1e-9
    probabilities = np.full((1, 7, 7), nothing)
    toy = Toy(np.log(probabilities))
    first = toy.next_history(0, BEGIN)
    after = {next_id: toy.next_history(first, next_id) for next_id in (4, 5)}
    probabilities[0, first, [4, 5]] = 0.6, 0.4
    probabilities[0, after[4]] = 0.1
    probabilities[0, after[5], [END, 6]] = 0.9, 0.1
    assert len({first, *after.values()}) == 3
    return Toy(np.log(probabilities))


def test_beam_finds_the_way_that_greedy_misses():
    toy = garden_path()
    greedy, beam = search(toy, 2, alpha=0.0), search(toy, 2, alpha=0.0, beams=2)
    assert ids_of(greedy, 0)[0] == 4
    assert ids_of(beam, 0) == [5, END]
    assert beam.log_probs[0, 0] == pytest.approx(np.log(0.36), rel=1e-5)
    assert beam.log_probs[0, 0] > greedy.log_probs[0, 0]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), alpha=st.sampled_from([0.0, 0.6, 1.5]), beams=st.integers(1, 6))
def test_a_score_is_the_rescored_log_probability_of_its_ids(seed, alpha, beams):
    toy = Toy.random(seed, rows=3, sharpness=1.0)
    found = search_in_graph(toy, [3, 6, 9], alpha, beams=beams, n_best=beams)
    for row, rank in itertools.product(range(toy.rows), range(beams)):
        ids = ids_of(found, row, rank)
        if not ids:
            assert np.isneginf(found.scores[row, rank])
            continue
        assert found.finished[row, rank] == (ids[-1] == END)
        assert END not in ids[:-1]
        assert not {PAD, BEGIN} & set(ids)
        assert np.all(found.ids[row, rank, len(ids) :] == PAD)
        assert found.log_probs[row, rank] == pytest.approx(toy.log_prob(row, ids), rel=1e-5)
        expected = toy.log_prob(row, ids) / penalty(len(ids), alpha)
        assert found.scores[row, rank] == pytest.approx(expected, rel=1e-5)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), alpha=st.sampled_from([0.0, 0.6]), beams=st.integers(1, 6))
def test_sorted_distinct_and_within_the_maximum(seed, alpha, beams):
    toy = Toy.random(seed, rows=3)
    maximum = np.asarray([1, 4, 7])
    found = search_in_graph(toy, maximum, alpha, beams=beams, n_best=beams)
    assert np.all(found.lengths <= maximum[:, None])
    assert found.ids.shape[2] == found.lengths.max()
    for row in range(toy.rows):
        finished = found.finished[row]
        assert np.all(finished[:-1] >= finished[1:])  # those that are cut come last
        for group in (finished, ~finished):
            assert np.all(found.scores[row, group][:-1] >= found.scores[row, group][1:])
        real = [tuple(ids_of(found, row, rank)) for rank in range(beams) if found.lengths[row, rank]]
        assert len(real) == len(set(real)) >= 1


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), alpha=st.sampled_from([0.0, 0.6, 1.5]), beams=st.integers(1, 5))
def test_neither_companions_nor_more_results_change_a_row(seed, alpha, beams):
    together = Toy.random(seed, rows=4)
    maximum = [2, 9, 5, 1]
    found = search_in_graph(together, maximum, alpha, beams=beams, n_best=beams)
    greedy = search_in_graph(together, maximum, alpha)
    for row in range(together.rows):
        toy = Toy(together.tables[row : row + 1])
        alone = search_in_graph(toy, maximum[row], alpha, beams=beams, n_best=beams)
        best = search_in_graph(toy, maximum[row], alpha, beams=beams)  # stops as soon as the first is certain
        np.testing.assert_array_equal(alone.scores[0], found.scores[row])
        assert best.scores[0, 0] == found.scores[row, 0]
        assert ids_of(best, 0) == ids_of(found, row)
        for rank in range(beams):
            assert ids_of(alone, 0, rank) == ids_of(found, row, rank)
        assert ids_of(search_in_graph(toy, maximum[row], alpha), 0) == ids_of(greedy, row)


def test_a_longer_limit_for_others_leaves_a_cut_row_alone():
    toy = Toy.random(0, rows=1)
    tables = np.repeat(toy.tables, 2, axis=0)
    tables[:, :, END] = -50.0  # nobody wants to end
    found = search(Toy(tables), [3, 8], 0.6, beams=3, n_best=3)
    short = search(Toy(tables[:1]), [3], 0.6, beams=3, n_best=3)
    np.testing.assert_array_equal(found.lengths, [[3, 3, 3], [8, 8, 8]])
    np.testing.assert_array_equal(found.ids[:1, :, :3], short.ids)
    np.testing.assert_array_equal(found.log_probs[:1], short.log_probs)
    assert not found.finished.any()


def test_finished_ones_come_before_cut_ones_that_score_higher():
    tables = np.full((1, 1, 5), np.log(0.04))
    tables[0, 0, [END, 4]] = np.log(0.1), np.log(0.8)
    found = search(Toy(tables), 3, 0.0, beams=2, n_best=2)
    assert ids_of(found, 0, 0) == [END]
    assert ids_of(found, 0, 1) == [4, 4, 4]
    np.testing.assert_array_equal(found.finished, [[True, False]])
    assert found.scores[0, 1] > found.scores[0, 0]


def test_impossible_hypotheses_are_empty_and_last():
    tables = np.full((2, 1, 5), -np.inf)
    tables[0, 0, END] = 0.0  # one hypothesis in all; the other row has none
    for found in (search(Toy(tables), 4, 0.6, beams=3, n_best=3), search(Toy(tables), 4, 0.6)):
        assert ids_of(found, 0) == [END]
        assert found.scores[0, 0] == 0.0
        assert np.all(np.isneginf(found.scores[0, 1:]))
        assert np.all(np.isneginf(found.scores[1]))
        assert np.all(found.lengths[1] == 0)
        assert np.all(found.ids[1] == PAD)
        assert not found.finished[1].any()


def test_equal_hypotheses_go_to_the_lower_id():
    tables = np.full((1, 1, 7), np.log(1 / 7))
    found = search(Toy(tables), 2, 0.0, beams=4, n_best=4)
    assert ids_of(found, 0, 0) == [END]
    assert [ids_of(found, 0, rank) for rank in (1, 2, 3)] == [[1, END], [1, 1], [1, 4]]
    assert ids_of(search(Toy(tables), 3, 0.0), 0) == [1, 1, 1]


def test_extras_follow_their_hypothesis():
    toy = Toy.random(11, rows=3, sharpness=0.7)
    found = search(toy, [4, 6, 9], 0.6, beams=4, n_best=4, collect=("attention", "history"))
    assert found.extras["attention"].shape == (*found.ids.shape, 2)
    assert found.extras["history"].shape == found.ids.shape
    moved = False
    for row, rank in itertools.product(range(3), range(4)):
        history, last_id = 0, BEGIN
        for time, next_id in enumerate(ids_of(found, row, rank)):
            history = toy.next_history(history, last_id)
            assert found.extras["attention"][row, rank, time].tolist() == [last_id, history]
            assert found.extras["history"][row, rank, time] == history
            last_id = next_id
        assert np.all(found.extras["attention"][row, rank, found.lengths[row, rank] :] == 0)
        moved |= ids_of(found, row, rank)[:1] != ids_of(found, row, 0)[:1]
    assert moved  # else beams never parted and the test would tell nothing
    assert search(toy, 4, 0.6, beams=2).extras == {}


def test_an_unknown_extra_is_named():
    with pytest.raises(KeyError, match="coverage"):
        search(Toy.random(0, rows=1), 3, 0.6, beams=2, collect=("coverage",))


@pytest.mark.parametrize("n_best", [0, 4])
def test_more_results_than_beams_are_refused(n_best):
    with pytest.raises(ValueError, match="n_best"):
        search(Toy.random(0, rows=1), 3, 0.6, beams=3, n_best=n_best)


@pytest.mark.parametrize("beams", [None, 1, 3])
def test_one_graph_serves_every_shape(beams):
    toy = Toy.random(5, rows=3)
    traces = []

    @tf.function(input_signature=[tf.TensorSpec([None, None, 6]), tf.TensorSpec([None], tf.int32), tf.TensorSpec([])])
    def graph(tables, maximum_steps, alpha):
        traces.append(1)
        rows = ops.shape(tables)[0]
        state = {"cells": {"history": ops.zeros((rows,), dtype="int32")}, "memory": {"table": tables}}
        arguments = {**IDS, "rows": rows, "maximum_steps": maximum_steps, "length_penalty": alpha}
        if beams is None:
            return greedy_search(toy.step, state, collect=("history",), **arguments)
        return beam_search(toy.step, state, beams=beams, n_best=beams, collect=("history",), **arguments)

    for rows, maximum, alpha in ((3, 5, 0.6), (1, 7, 0.0), (2, 1, 1.0)):
        part = Toy(toy.tables[:rows])
        found = graph(part.tables, np.full((rows,), maximum, "int32"), alpha)
        options = {} if beams is None else {"n_best": beams}
        expected = search(part, maximum, alpha, beams=beams, collect=("history",), **options)
        np.testing.assert_array_equal(found.ids, expected.ids)
        np.testing.assert_array_equal(found.finished, expected.finished)
        np.testing.assert_array_equal(found.extras["history"], expected.extras["history"])
        np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-6)
    assert len(traces) == 1


def test_one_graph_serves_every_width():
    """The numbers of beams and results as tensors, and of each row its own beams and length penalty."""
    toy = Toy.random(5, rows=3, sharpness=1.0)
    traces = []

    @tf.function(
        input_signature=[tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.int32)] + [tf.TensorSpec([None])] * 2
    )
    def graph(beams, n_best, row_beams, alphas):
        traces.append(1)
        arguments = {**IDS, "rows": 3, "maximum_steps": [5, 1, 8], "collect": ("history",)}
        return beam_search(
            toy.step, toy.start(), beams=beams, n_best=n_best, row_beams=row_beams, length_penalty=alphas, **arguments
        )

    for beams, n_best, row_beams, alphas in (
        (3, 2, [3, 3, 3], [0.6, 0.6, 0.6]),
        (1, 1, [1, 1, 1], [0.6, 0.0, 2.0]),
        (9, 4, [9, 4, 5], [0.0, 1.0, 2.0]),
        (3, 1, [1, 3, 2], [1.0, 0.6, 0.0]),
    ):
        found = graph(beams, n_best, np.asarray(row_beams, "float32"), np.asarray(alphas, "float32"))
        found = tf.nest.map_structure(ops.convert_to_numpy, found)
        for row in range(3):
            alone = Toy(toy.tables[row : row + 1])
            expected = search(
                alone, [5, 1, 8][row], alphas[row], beams=row_beams[row], n_best=min(n_best, row_beams[row])
            )
            for rank in range(expected.ids.shape[1]):
                assert ids_of(found, row, rank) == ids_of(expected, 0, rank)
                assert found.scores[row, rank] == pytest.approx(expected.scores[0, rank], rel=1e-6)
    assert len(traces) == 1


@pytest.mark.parametrize("beams", [None, 1, 4])
def test_log_probabilities_of_ids_are_what_the_step_gave(beams):
    toy = Toy.random(2, rows=3, sharpness=1.0)
    found = search(toy, [3, 6, 9], 0.6, beams=beams, **({"n_best": beams} if beams else {}))
    assert found.token_log_probs.shape == found.ids.shape
    for row, rank in itertools.product(range(3), range(beams or 1)):
        ids = ids_of(found, row, rank)
        steps = [toy.log_prob(row, ids[: time + 1]) - toy.log_prob(row, ids[:time]) for time in range(len(ids))]
        np.testing.assert_allclose(found.token_log_probs[row, rank, : len(ids)], steps, atol=1e-5)
        assert np.all(found.token_log_probs[row, rank, len(ids) :] == 0)
        assert found.token_log_probs[row, rank].sum() == pytest.approx(found.log_probs[row, rank], rel=1e-5)


@pytest.mark.parametrize(("n_best", "steps"), [(1, 1), (4, 2)])
def test_stops_when_nothing_can_improve(n_best, steps):
    """The end has 0.97 at each step, so nothing comes near the first; the next three are of two ids each."""
    tables = np.full((1, 1, 6), np.log(0.01))
    tables[0, 0, END] = np.log(0.97)
    toy, calls = Toy(tables), []

    def counting_step(ids, state):
        calls.append(1)
        return toy.step(ids, state)

    arguments = {**IDS, "rows": 1, "maximum_steps": [50], "length_penalty": 0.6}
    beam_search(counting_step, toy.start(), beams=4, n_best=n_best, **arguments)
    assert len(calls) == steps


# --- pieces -----------------------------------------------------------------------------------------------------------


def test_length_penalty_by_hand():
    np.testing.assert_allclose(length_penalty_of([1, 7, 13], 1.0), [1.0, 2.0, 3.0], rtol=1e-6)
    np.testing.assert_allclose(length_penalty_of([1, 7, 13], 0.0), [1.0, 1.0, 1.0])
    np.testing.assert_allclose(length_penalty_of([13], 0.6), [3**0.6], rtol=1e-6)


@pytest.mark.parametrize("size", [399, 400, 1003, 2900])
@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("dynamic", [False, True])
def test_the_greatest_by_blocks_are_those_of_sorting(size, count, dynamic):
    """Against a stable sort, with many equal values, rows where nearly nothing is possible, one where nothing is."""
    generator = np.random.default_rng(size + count)
    values = generator.integers(0, 40, (3, 5, size)).astype("float32")
    values[1][generator.random((5, size)) < 0.997] = -np.inf
    values[2, 0] = -np.inf
    places = np.argsort(-values, axis=-1, kind="stable")[..., :count]
    if dynamic:
        signature = [tf.TensorSpec([None, None, size]), tf.TensorSpec([], tf.int32)]
        best, found = tf.function(top_of_blocks, input_signature=signature)(values, count)
    else:
        best, found = top_of_blocks(values, count)
    np.testing.assert_array_equal(found, places)
    np.testing.assert_array_equal(best, np.take_along_axis(values, places, axis=-1))
    assert found.dtype == "int32"


def test_best_continuations_by_hand():
    totals = ops.convert_to_tensor([[-1.0, -2.0]])
    log_probs = ops.convert_to_tensor([[[-0.1, -3.0, -0.5], [-0.2, -0.3, -9.0]]])
    values, origins, ids = best_continuations(totals, log_probs, 3, forbidden_ids=(0,))
    np.testing.assert_allclose(values, [[-1.5, -2.3, -4.0]], rtol=1e-6)
    np.testing.assert_array_equal(origins, [[0, 1, 0]])
    np.testing.assert_array_equal(ids, [[2, 1, 1]])


def test_follow_back_by_hand():
    origins = ops.convert_to_tensor([[[0, 0]], [[1, 0]], [[0, 1]]], dtype="int32")
    lengths, places = ops.convert_to_tensor([[3, 2]], dtype="int32"), ops.convert_to_tensor([[0, 1]], dtype="int32")
    paths = follow_back(origins, lengths, places, 3)
    np.testing.assert_array_equal(ops.convert_to_numpy(paths)[:, 0].T, [[1, 0, 0], [0, 1, 1]])


@pytest.mark.parametrize(("beams", "n_best"), [(None, 1), (3, 1), (4, 4)])
def test_rows_that_have_stopped_are_left_out_and_nothing_else_changes(beams, n_best):
    toy = Toy.random(8, rows=45, vocabulary_size=7, sharpness=1.5)
    maximum_steps = np.random.default_rng(9).integers(1, 12, 45).astype("int32")
    asked = []

    def step(ids, state):
        """As the toy's, with its table once a row and not once a hypothesis."""
        tf.py_function(lambda ids: asked.append(len(ids)), [ids], [])
        table = state["source"]["table"]
        by_row = ops.reshape(toy.next_history(state["cells"]["history"], ids), (ops.shape(table)[0], -1))
        log_probs = ops.take_along_axis(table, by_row[:, :, None], axis=1)
        log_probs = ops.reshape(log_probs, (-1, toy.vocabulary_size)) + state["memory"]["shift"][:, None]
        history = ops.reshape(by_row, (-1,))
        return log_probs, {"cells": {"history": history}}, {"history": history}

    def found(leave_out, rows=None):
        @tf.function(input_signature=[tf.TensorSpec([rows, 13, 7]), tf.TensorSpec([rows], tf.int32)], autograph=False)
        def graph(tables, maximum_steps):
            start = {"cells": {"history": ops.zeros_like(maximum_steps)}, "source": {"table": tables}}
            start["memory"] = {"shift": -0.01 * ops.cast(maximum_steps, "float32")}
            arguments = {**IDS, "rows": ops.shape(tables)[0], "maximum_steps": maximum_steps, "length_penalty": 1.2}
            arguments |= {"collect": ("history",), "leave_out": leave_out}
            if beams is None:
                return greedy_search(step, start, **arguments)
            return beam_search(step, start, beams=beams, n_best=n_best, **arguments)

        asked.clear()
        hypotheses = tf.nest.map_structure(ops.convert_to_numpy, graph(toy.tables, maximum_steps))
        return hypotheses, sum(asked[1:]), len(asked[1:])

    expected, rows_asked, steps = found(leave_out=False)
    assert rows_asked == 45 * (beams or 1) * steps
    fewer, rows_asked, fewer_steps = found(leave_out=True)
    assert fewer_steps == steps
    assert rows_asked < 0.8 * 45 * (beams or 1) * steps
    # Where a graph is made for one number of rows, all of them stay.
    fixed, rows_asked, _ = found(leave_out=True, rows=45)
    assert rows_asked == 45 * (beams or 1) * steps
    for ours in (fewer, fixed):
        tf.nest.map_structure(np.testing.assert_array_equal, ours, expected)


def test_memory_parts_from_state_and_returns():
    state = {
        "cells": [1, 2],
        "memory": {"keys": 3},
        "language_model": {"memory": 4, "cells": 5},
        "feed": 6,
        "source": 7,
    }
    carried, memory = split_memory(state)
    assert carried == {"cells": [1, 2], "language_model": {"cells": 5}, "feed": 6}
    assert memory == {"memory": {"keys": 3}, "language_model": {"memory": 4}, "source": 7}
    assert join_memory(carried, memory) == state
    assert split_memory([1, 2]) == ([1, 2], {})
