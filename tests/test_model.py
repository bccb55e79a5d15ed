"""The encoder-decoder's laws, for every family of settings, and its life as an ordinary Keras model."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from seq2seq.config.schema import Model
from seq2seq.layers.precision import computing_in
from seq2seq.models import build_model
from seq2seq.ops import products

SOURCE = np.array([[5, 6, 3], [7, 3, 0]])
TARGET = np.array([[2, 5, 6, 7, 8], [2, 9, 0, 0, 0]])
REAL = TARGET != 0

SETTINGS = {
    "lstm": {"encoder": {"kind": "lstm", "units": 7}, "decoder": {"kind": "lstm", "units": 6}},
    "deep_lstm": {
        "encoder": {"kind": "lstm", "units": 7, "depth": 2, "bidirectional": "all", "residual": True},
        "decoder": {"kind": "lstm", "units": 6, "depth": 2, "residual": True},
        "tied_embeddings": "all",
        "layer_normalization": True,
    },
    "gru_feeding": {
        "encoder": {"kind": "gru", "units": 7},
        "decoder": {"kind": "gru", "units": 6, "depth": 2, "input_feeding": True},
        "attention": {"kind": "additive"},
        "tied_embeddings": "target_softmax",
    },
    "rnn_zero": {
        "encoder": {"kind": "simple_rnn", "units": 7, "bidirectional": "none"},
        "decoder": {"kind": "simple_rnn", "units": 7, "input_feeding": True},
        "attention": {"kind": "dot", "scaled": True},
        "bridge": "zero",
        "activation": "relu",
        "recurrent_initializer": "identity",
    },
    "lstm_copy": {
        "encoder": {"kind": "lstm", "units": 4, "bidirectional": "all"},
        "decoder": {"kind": "lstm", "units": 8},
        "attention": {"kind": "dot"},
        "bridge": "copy",
        "tied_embeddings": "source_target",
        "dropout": {"variational": True, "source_words": 0.2, "target_words": 0.2},
    },
}


def model_of(name: str, seed: int = 3) -> keras.Model:
    return build_model(Model.model_validate({"embedding_units": 5, **SETTINGS[name]}), 11, 11, seed=seed)


@pytest.fixture(params=SETTINGS)
def name(request) -> str:
    return request.param


def inputs(source=SOURCE, target=TARGET):
    return {"source_ids": source, "target_ids": target}


def log_probs_of(model, source=SOURCE, target=TARGET):
    return np.asarray(keras.ops.log_softmax(model(inputs(source, target))))


def test_step_by_step_equals_teacher_forcing(name):
    model = model_of(name)
    forced, weights = log_probs_of(model), np.asarray(model.attention_weights(inputs()))
    state = model.start(SOURCE)
    for t in range(5):
        log_probs, state, extras = model.step(TARGET[:, t], state)
        np.testing.assert_allclose(np.asarray(log_probs)[REAL[:, t]], forced[:, t][REAL[:, t]], atol=1e-5)
        np.testing.assert_allclose(np.asarray(extras["attention"])[REAL[:, t]], weights[:, t][REAL[:, t]], atol=1e-5)
    np.testing.assert_allclose(np.exp(forced).sum(-1), 1.0, rtol=1e-5)


def test_padding_and_companions_change_nothing(name):
    model = model_of(name)
    expected = log_probs_of(model)
    padded = log_probs_of(model, np.pad(SOURCE, ((0, 0), (0, 2))), np.pad(TARGET, ((0, 0), (0, 1))))
    np.testing.assert_allclose(padded[:, :5][REAL], expected[REAL], atol=1e-5)
    alone = log_probs_of(model, SOURCE[1:, :2], TARGET[1:, :2])
    np.testing.assert_allclose(alone[0], expected[1, :2], atol=1e-5)
    other = log_probs_of(model, np.array([[5, 6, 3], [8, 3, 0]]))
    assert not np.allclose(other[1, :2], expected[1, :2], atol=1e-4)  # the rival: another source
    np.testing.assert_array_equal(other[0], expected[0])


def test_no_gradient_flows_from_later_targets(name):
    """d logits_t / d embedding(y_s) is zero for s > t and is not for s <= t."""
    model = model_of(name)
    embedded = tf.constant(np.random.default_rng(0).normal(size=(1, 5, 5)).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(embedded)
        memory, states = model._encode(SOURCE[:1], training=False)
        if model.input_feeding:
            attentional, _ = model._decode_with_feeding(embedded, states, memory, training=False)
        else:
            decoded, _ = model.decoder(embedded, initial_states=states)
            attentional, _ = model._attend(decoded, memory)
        third = tf.reduce_sum(model._logits(attentional)[:, 2] * np.arange(11.0))
    gradient = np.abs(tape.gradient(third, embedded)).sum(-1)[0]
    assert np.all(gradient[3:] == 0.0)
    assert np.all(gradient[:3] > 0.0)


@pytest.mark.parametrize("name", ["lstm", "gru_feeding"])
@pytest.mark.parametrize("training", [False, True])
def test_a_graph_for_any_length_computes_what_calls_compute(name, training):
    """As trainings trace it; with input feeding the scan must not need to know its steps."""
    model = model_of(name)
    any_length = tf.TensorSpec((None, None), "int32")

    @tf.function(input_signature=[any_length, any_length])
    def traced(source, target):
        return model(inputs(source, target), training=training)

    first, longer = traced(SOURCE, TARGET), traced(np.pad(SOURCE, ((0, 0), (0, 2))), np.pad(TARGET, ((0, 0), (0, 1))))
    assert first.shape == (2, 5, 11)
    if not training:
        np.testing.assert_allclose(first[REAL], model(inputs())[REAL], atol=1e-5)
        np.testing.assert_allclose(longer[:, :5][REAL], first[REAL], atol=1e-5)
    else:
        assert not np.allclose(first[REAL], model(inputs())[REAL], atol=1e-4), "dropout draws"
        assert longer.shape == (2, 6, 11)


def test_saved_and_loaded_model_is_bit_equal(name, tmp_path):
    model = model_of(name)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs()), model(inputs()))
    assert loaded.count_params() == model.count_params()
    assert not np.array_equal(model_of(name, seed=4)(inputs()), model(inputs()))


def test_compile_and_fit_lower_the_loss(name):
    model = model_of(name)
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    labels = np.array([[5, 6, 7, 8, 3], [9, 3, 0, 0, 0]])
    losses = model.fit(inputs(), labels, epochs=8, verbose=0, sample_weight=REAL.astype("float32")).history["loss"]
    assert losses[-1] < losses[0]
    assert all(np.any(weight.numpy() != 0) for weight in model.trainable_variables if "bias" not in weight.path)


def test_seed_decides_the_weights(name):
    first, second, other = model_of(name), model_of(name), model_of(name, seed=4)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(not np.array_equal(a, b) for a, b in zip(first.get_weights(), other.get_weights(), strict=True))


@pytest.mark.parametrize("input_feeding", [False, True])
def test_recurrent_weights_are_dropped_once_a_batch_in_encoder_and_decoder(input_feeding):
    settings = {
        "encoder": {"kind": "lstm", "units": 7, "depth": 2},
        "decoder": {"kind": "gru", "units": 6, "depth": 2, "input_feeding": input_feeding},
        "dropout": {"embeddings": 0.0, "layers": 0.0, "attentional": 0.0, "weights": 0.5},
    }
    model = build_model(Model.model_validate(settings), 11, 11, seed=1)
    stacks = (model.encoder, model.decoder)

    def draw_again():
        for stack in stacks:
            for dropout in stack.weight_dropouts:
                dropout.seed_generator.state.assign([1, 2])

    draw_again()
    dropped = model(inputs(), training=True)
    plain = model(inputs())
    draw_again()
    pairs = [pair for stack in stacks for pair in zip(stack.recurrences, stack.weight_dropouts, strict=True)]
    assert len(pairs) == 4
    for layer, dropout in pairs:
        two = isinstance(layer, keras.layers.Bidirectional)
        for direction in (layer.forward_layer, layer.backward_layer) if two else (layer,):
            kernel = direction.cell.recurrent_kernel
            kernel.assign(dropout(keras.ops.convert_to_tensor(kernel), training=True))
    np.testing.assert_allclose(dropped, model(inputs()), atol=1e-5)
    assert not np.allclose(dropped, plain, atol=1e-3)


@pytest.mark.parametrize(("tied", "matrices"), [("none", 3), ("source_target", 2), ("target_softmax", 2), ("all", 1)])
def test_tied_embeddings_share_one_matrix(tied, matrices):
    settings = {**SETTINGS["lstm"], "tied_embeddings": tied, "embedding_units": 5}
    model = build_model(Model.model_validate(settings), 11, 11, seed=1)
    assert sum(weight.shape[0] == 11 and len(weight.shape) == 2 for weight in model.trainable_variables) == matrices


def test_dropout_is_off_without_training_and_on_with_it(name):
    model = model_of(name)
    np.testing.assert_array_equal(model(inputs()), model(inputs()))
    assert not np.allclose(model(inputs(), training=True), model(inputs()))


def test_mixed_precision_gives_float32_logits():
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        model = model_of("deep_lstm")
        logits = model(inputs())
        assert model.encoder.compute_dtype == "bfloat16"
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    assert logits.dtype == "float32"
    exact = model_of("deep_lstm")
    np.testing.assert_allclose(logits, exact(inputs()), atol=0.1)


@pytest.mark.parametrize("precision", ["bfloat16_products", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", ["deep_lstm", "gru_feeding", "lstm_copy"])
def test_steps_in_other_precisions_follow_teacher_forcing(name, precision):
    exact = log_probs_of(model_of(name))
    with computing_in(precision):
        model = model_of(name)
    forced = log_probs_of(model)
    assert np.abs(forced - exact).max() > 1e-4  # the rival: the precision is not heard
    state = model.start(SOURCE)
    step = model.stepper()
    for t in range(5):
        log_probs, state, _ = step(TARGET[:, t], state)
        # What is rounded where differs between a sequence and its steps, but no more than rounding itself errs.
        np.testing.assert_allclose(np.asarray(log_probs)[REAL[:, t]], forced[:, t][REAL[:, t]], atol=0.05)
    np.testing.assert_allclose(forced[REAL], exact[REAL], atol=0.1)


def test_a_loop_rounds_each_kernel_once(monkeypatch):
    with computing_in("bfloat16_products"):
        model = model_of("deep_lstm")
    state = model.start(SOURCE)
    step = model.stepper()
    kernels = {id(weight) for weight in model.weights if len(weight.shape) == 2}
    rounded = []
    cast = keras.ops.cast

    def counted(tensor, dtype):
        rounded.extend([id(tensor)] if dtype == "bfloat16" else [])
        return cast(tensor, dtype)

    monkeypatch.setattr(products.ops, "cast", counted)
    step(TARGET[:, 0], state)
    assert rounded  # what the kernels are multiplied with
    assert not kernels & set(rounded)
    model.decoder.step(np.ones((2, 5), "float32"), state["cells"])  # the rival, without the stepper
    assert kernels & set(rounded)


def test_relu_identity_network_starts_as_le_et_al_describe():
    model = model_of("rnn_zero")
    kernels = [w for w in model.encoder.weights if w.path.endswith("recurrent_kernel")]
    np.testing.assert_array_equal(kernels[0], np.eye(7))


def test_contradictions_are_refused():
    for settings, word in [
        ({"attention": {"kind": "dot"}, "encoder": {"units": 4}, "decoder": {"units": 5}}, "dot"),
        ({"bridge": "copy", "encoder": {"units": 4}, "decoder": {"units": 5}}, "copy"),
        ({"tied_embeddings": "all", "attentional_units": 3, "embedding_units": 4}, "attentional_units"),
    ]:
        with pytest.raises(ValueError, match=word):
            Model.model_validate(settings)
