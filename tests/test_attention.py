"""Attention against explicit loops, and the laws of its weights."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf

from seq2seq.layers import Attention
from seq2seq.ops.attention import masked_softmax

MASK = np.array([[True, True, True], [True, False, False]])


@pytest.fixture
def tensors():
    random = np.random.default_rng(5)
    return random.normal(size=(2, 5, 4)).astype("float32"), random.normal(size=(2, 3, 4)).astype("float32")


def build(kind, scaled, queries, memory, units=7):
    layer = Attention(kind, units, scaled=scaled)
    layer.build(queries.shape, memory.shape)
    random = np.random.default_rng(6)
    layer.set_weights([random.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


def reference_score(layer, query, memory):
    if layer.kind == "dot":
        return query @ memory, len(query)
    weights = {
        weight.path.split("/")[-2 if weight.path.endswith("kernel") else -1]: weight.numpy() for weight in layer.weights
    }
    q, k = query @ weights["query_projection"], memory @ weights["key_projection"]
    if layer.kind == "general":
        return q @ k, len(q)
    return np.tanh(q + k) @ weights["score_vector"], len(q)


@pytest.mark.parametrize(("kind", "scaled"), list(itertools.product(["dot", "general", "additive"], [False, True])))
def test_attention_equals_explicit_loops(kind, scaled, tensors):
    queries, memory = tensors
    layer = build(kind, scaled, queries, memory)
    context, weights = layer(queries, layer.keys(memory), memory, MASK)
    for row, target in itertools.product(range(2), range(5)):
        real = [s for s in range(3) if MASK[row, s]]
        scores = []
        for s in real:
            score, size = reference_score(layer, queries[row, target], memory[row, s])
            scores.append(score / np.sqrt(size) if scaled else score)
        expected = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(np.asarray(weights)[row, target, real], expected, rtol=1e-4)
        np.testing.assert_allclose(np.asarray(context)[row, target], expected @ memory[row, real], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", ["dot", "general", "additive"])
def test_weights_sum_to_one_and_are_exactly_zero_on_padding(kind, tensors):
    queries, memory = tensors
    layer = build(kind, False, queries, memory)
    _, weights = layer(queries, layer.keys(memory), memory, MASK)
    np.testing.assert_allclose(np.asarray(weights).sum(-1), 1.0, rtol=1e-6)
    assert np.all(np.asarray(weights)[1, :, 1:] == 0.0)
    assert np.all(np.asarray(weights)[0] > 0.0)


def test_a_source_without_tokens_gives_zeros_in_value_and_finite_gradients():
    scores = tf.constant([[[1.0, 2.0, 3.0]]])
    with tf.GradientTape() as tape:
        tape.watch(scores)
        weights = masked_softmax(scores, np.array([[False, False, False]]))
        total = tf.reduce_sum(weights * weights)
    np.testing.assert_array_equal(weights, np.zeros((1, 1, 3)))
    assert np.all(np.isfinite(tape.gradient(total, scores)))


def test_large_scores_do_not_overflow():
    weights = masked_softmax(np.array([[[1e4, -1e4, 5e4]]], "float32"), np.array([[True, True, False]]))
    np.testing.assert_allclose(weights, [[[1.0, 0.0, 0.0]]])
