"""Products of 8-bit integers, against float64 and against the integers that they stand for."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from test_products import layers_with
from tiny_run import make_run, sentences

import seq2seq
from seq2seq.errors import ConfigurationError
from seq2seq.layers import Dense, ProductPolicy
from seq2seq.layers.lstm import LSTM
from seq2seq.ops import integers
from seq2seq.ops.integers import has_integer_products, integer_product, rounded_kernel
from seq2seq.ops.products import product

needs_integers = pytest.mark.skipif(not has_integer_products(), reason="there are no 8-bit products here")
# Of the greatest number of a row or a column: half of one of 127 steps.
ROUNDING = 0.5 / 127


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs"))


def matrices(random, rows=5, inner=70, columns=33):
    """Factors whose rows and columns differ in size a thousandfold."""
    sizes = np.geomspace(0.03, 30, rows)[:, np.newaxis], np.geomspace(30, 0.03, columns)
    return (random.normal(size=(rows, inner)) * sizes[0]).astype("float32"), (
        random.normal(size=(inner, columns)) * sizes[1]
    ).astype("float32")


def steps_of(matrix, axis):
    """A matrix in the steps of its rows or columns, and the steps."""
    size = np.abs(matrix).max(axis=axis, keepdims=True) / np.float32(127)
    return np.round(matrix / size).astype("int64"), size


@needs_integers
def test_a_product_of_integers_errs_within_the_bound(random):
    one, other = matrices(random)
    exact = one.astype("float64") @ other
    found = np.asarray(product(one, other, "int8"))
    assert found.dtype == "float32"
    of_row, of_column = (ROUNDING * np.abs(factor).max(axis=1, keepdims=True) for factor in (one, other.T))
    bound = of_row * (np.abs(other) + of_column.T).sum(axis=0) + np.abs(one).sum(axis=1, keepdims=True) * of_column.T
    assert np.all(np.abs(found - exact) <= 1.001 * bound)
    assert np.abs(found / exact - 1).max() > 1e-3  # the rival: nothing is rounded

    whole = product(one, other / np.abs(other).max(), "int8") * np.abs(other).max()
    np.testing.assert_allclose(whole, found, rtol=1e-5)  # columns have scales of their own


@needs_integers
def test_sums_of_integers_are_exact(random):
    one, other = matrices(random, inner=1024)
    (rows, row_steps), (columns, column_steps) = steps_of(one, 1), steps_of(other, 0)
    wanted = (rows @ columns) * row_steps.astype("float64") * column_steps
    np.testing.assert_allclose(product(one, other, "int8"), wanted, rtol=1e-6)
    # The rival: sums that bfloat16 rounds are other ones.
    assert np.abs(np.asarray(product(one, other, "bfloat16")) / wanted - 1).max() > 1e-3

    greatest = np.ones((2, 1536), "float32"), np.ones((1536, 3), "float32")  # the moved sums have more than 24 bits
    np.testing.assert_allclose(product(*greatest, "int8"), 1536, atol=1e-3)


@needs_integers
def test_a_gradient_is_refused(random):
    one, other = map(tf.constant, matrices(random))
    with tf.GradientTape() as tape:
        tape.watch(one)
        loss = tf.reduce_sum(product(one, other, "int8"))
    with pytest.raises(NotImplementedError, match="no gradient — given a model of precision int8_products"):
        tape.gradient(loss, one)


@needs_integers
def test_every_layer_of_a_loaded_model_has_the_precision(run):
    """Keras makes the forward half of a bidirectional layer anew from what it is saved as."""
    model = seq2seq.load(run, precision="int8_products").model
    policies = {layer.dtype_policy for layer in model._flatten_layers() if isinstance(layer, (LSTM, Dense))}
    assert policies == {ProductPolicy(rounding="int8")}
    assert ProductPolicy(rounding="int8") != ProductPolicy()
    assert len({ProductPolicy(rounding="int8"), ProductPolicy()}) == 2


@needs_integers
def test_a_row_does_not_depend_on_its_companions(random):
    one, other = matrices(random, rows=9)
    kernel = rounded_kernel(tf.constant(other))
    together = np.asarray(integer_product(tf.constant(one), kernel))
    for row in range(len(one)):
        np.testing.assert_array_equal(integer_product(tf.constant(one[row : row + 1]), kernel)[0], together[row])


@needs_integers
def test_rows_and_columns_of_zeros_give_zeros(random):
    one, other = matrices(random)
    one[2], other[:, 3] = 0, 0
    found = np.asarray(product(one, other, "int8"))
    assert not found[2].any()
    assert not found[:, 3].any()
    assert np.all(found[np.ix_([0, 1, 3], [0, 1, 2])] != 0)


@needs_integers
@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("as_variable", [False, True])
def test_kernels_may_be_turned_and_inputs_have_any_rank(random, as_variable, in_graph):
    one, other = matrices(random, rows=6)
    turned = keras.Variable(other.T) if as_variable else tf.constant(other.T)

    def multiply():
        return product(tf.reshape(one, (2, 3, -1)), turned, "int8", transposed=True)

    found = (tf.function(multiply) if in_graph else multiply)()
    np.testing.assert_allclose(np.reshape(found, (6, -1)), product(one, other, "int8"), rtol=1e-6)


@needs_integers
@pytest.mark.parametrize("name", list(layers_with("float32")))
def test_layers_have_the_values_of_float32_but_for_rounding(name, random):
    x = random.normal(size=(3, 5, 40)).astype("float32")
    mask = np.arange(5) < np.array([[5], [3], [4]])
    plain, rounded = (layers_with(policy)[name] for policy in ("float32", ProductPolicy(rounding="int8")))
    plain.build(x.shape)
    rounded.build(x.shape)
    weights = [random.normal(scale=0.1, size=weight.shape) for weight in plain.get_weights()]
    plain.set_weights(weights)
    rounded.set_weights(weights)
    masked = {"mask": mask} if "lstm" in name or name == "gru" else {}
    wanted, found = (np.asarray(layer(x, **masked)) for layer in (plain, rounded))
    error = np.linalg.norm(found - wanted) / np.linalg.norm(wanted)
    assert 1e-4 < error < 0.02  # the rival: the policy is not heard
    if masked and name != "backward_lstm":
        np.testing.assert_array_equal(found[1, 3:], np.repeat(found[1, 2:3], 2, axis=0))

    if hasattr(rounded, "step"):
        state = [found[:, -1] * 0] * (2 if "lstm" in name else 1)
        first, _ = rounded.step(x[:, -1 if name == "backward_lstm" else 0], state)
        everywhere = np.asarray(rounded(x))
        np.testing.assert_allclose(first, everywhere[:, 0], atol=1e-6)


@needs_integers
def test_a_graph_keeps_the_numbers_that_it_was_made_with(random):
    one, other = matrices(random)
    kernel = keras.Variable(other)
    graph = tf.function(lambda: product(one, kernel, "int8"))
    before = np.asarray(graph())
    kernel.assign(2 * other)
    np.testing.assert_array_equal(graph(), before)
    np.testing.assert_allclose(product(one, kernel, "int8"), 2 * before, rtol=1e-6)


@pytest.mark.parametrize(
    "wrong", [lambda right: tf.zeros((2, 0)), lambda right: tf.minimum(right, 32.0)], ids=["no oneDNN", "16 bits"]
)
def test_products_that_are_not_right_are_none(monkeypatch, wrong):
    """As TensorFlow without oneDNN gives them, and processors that add up in 16 bits."""
    right = integer_product
    monkeypatch.setattr(integers, "integer_product", lambda *factors: wrong(right(*factors)))
    assert not has_integer_products.__wrapped__()
    monkeypatch.undo()
    assert has_integer_products.__wrapped__() == has_integer_products()


def test_a_machine_without_such_products_says_so(run, monkeypatch):
    monkeypatch.setattr(integers, "has_integer_products", lambda: False)
    with pytest.raises(ConfigurationError, match=r"no 8-bit products here — given precision int8_products — it takes"):
        seq2seq.load(run, precision="int8_products")
    assert seq2seq.load(run, precision="float32")


@needs_integers
def test_translations_do_not_depend_on_the_batch(run):
    translator = seq2seq.load(run, precision="int8_products")
    texts = sentences(4, 11)
    together = translator.translate(texts, beams=3)
    for text, found in zip(texts, together, strict=True):
        (alone,) = translator.translate([text], beams=3)
        assert (alone.text, alone.log_prob) == (found.text, pytest.approx(found.log_prob, rel=1e-5))
    in_float32 = seq2seq.load(run).translate(texts, beams=3)
    assert [found.log_prob for found in together] != [found.log_prob for found in in_float32]
