"""Adam in one pass over memory, against Keras' own update and against the paper's formula in float64."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from seq2seq.ops import adam
from seq2seq.ops.adam import adam_step
from seq2seq.training.optimizers import build_optimizer

ARGUMENTS = {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}  # far from the defaults, so that a mix-up shows


def after_steps(optimizer: keras.optimizers.Optimizer, steps: int = 7) -> list[np.ndarray]:
    """Two weights after some steps with gradients of very different sizes."""
    generator = np.random.default_rng(4)
    weights = [keras.Variable(generator.normal(size=shape).astype("float32")) for shape in ((5, 3), (4,))]
    for _ in range(steps):
        gradients = [10.0 ** generator.integers(-4, 3) * generator.normal(size=one.shape) for one in weights]
        optimizer.apply([keras.ops.convert_to_tensor(one, "float32") for one in gradients], weights)
    return [keras.ops.convert_to_numpy(one) for one in weights]


@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
def test_steps_are_those_of_keras(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(adam, "adam_step", lambda *args, **options: calls.append(adam_step(*args, **options)))
    ours = build_optimizer(kind, 0.01, arguments=ARGUMENTS, clip_norm=2.0, weight_decay=0.1)
    keras_own = getattr(keras.optimizers, kind)(0.01, **ARGUMENTS, global_clipnorm=2.0, weight_decay=0.1)
    rival = getattr(keras.optimizers, kind)(
        0.01, **{**ARGUMENTS, "epsilon": 1e-7}, global_clipnorm=2.0, weight_decay=0.1
    )
    expected, other = after_steps(keras_own), after_steps(rival)
    for weight, wanted, wrong in zip(after_steps(ours), expected, other, strict=True):
        np.testing.assert_allclose(weight, wanted, rtol=2e-6, atol=1e-7)
        assert not np.allclose(weight, wrong, rtol=2e-5)
    assert len(calls) == 2 * 7  # ours, and not Keras' own again


def test_amsgrad_stays_that_of_keras() -> None:
    ours = after_steps(build_optimizer("adam", 0.01, arguments={**ARGUMENTS, "amsgrad": True}))
    expected = after_steps(keras.optimizers.Adam(0.01, **ARGUMENTS, amsgrad=True))
    without = after_steps(keras.optimizers.Adam(0.01, **ARGUMENTS))
    for weight, wanted, wrong in zip(ours, expected, without, strict=True):
        np.testing.assert_array_equal(weight, wanted)
        assert not np.allclose(weight, wrong, rtol=2e-5)


def test_one_step_is_the_formula() -> None:
    import tensorflow as tf

    generator = np.random.default_rng(5)
    weight, momentum, gradient = generator.normal(size=(3, 6))
    velocity = generator.uniform(0.1, 2.0, size=6)
    variables = [tf.Variable(value, dtype="float64") for value in (weight, momentum, velocity)]
    rate = tf.constant(0.1, tf.float64)
    adam_step(*variables, gradient, step=3, learning_rate=rate, beta_1=0.8, beta_2=0.95, epsilon=1e-3)
    momentum = 0.8 * momentum + 0.2 * gradient
    velocity = 0.95 * velocity + 0.05 * gradient**2
    rate = 0.1 * np.sqrt(1 - 0.95**3) / (1 - 0.8**3)
    moved = weight - rate * momentum / (np.sqrt(velocity) + 1e-3)
    for variable, wanted in zip(variables, (moved, momentum, velocity), strict=True):
        np.testing.assert_allclose(variable.numpy(), wanted, rtol=1e-12)
    inside = weight - rate * momentum / np.sqrt(velocity + 1e-3)
    assert not np.allclose(variables[0].numpy(), inside, rtol=1e-6)
