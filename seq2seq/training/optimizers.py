"""Keras optimisers by name, with every argument checked before any work."""

from __future__ import annotations

import inspect
from typing import Any

import keras

from seq2seq.errors import ConfigurationError, nearest_name

# Settings that have a key of their own; given twice they could contradict each other.
OWN_KEYS = {
    "learning_rate": "training.optimizer.learning_rate",
    "weight_decay": "training.optimizer.weight_decay",
    "global_clipnorm": "training.optimizer.clip_norm",
    "clipvalue": "training.optimizer.clip_value",
    "use_ema": "training.ema",
    "ema_momentum": "training.ema",
    "ema_overwrite_frequency": "training.ema",
    "gradient_accumulation_steps": "training.accumulate_steps",
    "loss_scale_factor": "training.precision",
}


def build_optimizer(
    kind: str,
    learning_rate: float,
    *,
    arguments: dict[str, Any] | None = None,
    weight_decay: float | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    accumulate_steps: int = 1,
    ema: float | None = None,
) -> keras.optimizers.Optimizer:
    """The Keras optimiser called `kind`, in any capitalisation.

    Gradients are averaged over `accumulate_steps` batches before they are clipped and applied. Keras moves its weight
    average once a batch, so the momentum is the n-th root of `ema`: over one update of n batches it comes to `ema`.
    The momentum grows to that from 0, see `_WarmAverage`.

    Raises:
        ConfigurationError: for an unknown name or argument, or a value that the class refuses.
    """
    arguments = dict(arguments or {})
    maker = _optimizer_class(kind)
    for name in arguments:
        if name in OWN_KEYS:
            raise ConfigurationError(
                f"training.optimizer.arguments: {name!r} has a key of its own — given {arguments[name]!r} — "
                f"set {OWN_KEYS[name]}"
            )
        valid = [key for key in _argument_names(maker) if key not in OWN_KEYS]
        if name not in valid:
            raise ConfigurationError(
                f"training.optimizer.arguments: {maker.__name__} takes no such argument — given {name!r} — "
                f"{nearest_name(name, valid)}"
            )
    if clip_norm is not None:
        arguments["global_clipnorm"] = clip_norm
    if clip_value is not None:
        arguments["clipvalue"] = clip_value
    if weight_decay is not None:
        arguments["weight_decay"] = weight_decay
    if accumulate_steps > 1:
        arguments["gradient_accumulation_steps"] = accumulate_steps
    if ema is not None:
        arguments.update(use_ema=True, ema_momentum=ema ** (1.0 / accumulate_steps))
    try:
        return _amended(maker)(learning_rate=learning_rate, **arguments)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"training.optimizer: {maker.__name__} refuses its arguments — given {arguments} — {error}"
        ) from None


class _SummedRows:
    """Sums an embedding's gradient over the repetitions of a row before anything is squared.

    TensorFlow gives that gradient as one slice for each occurrence of an id, and Keras 3 squares the slices as they
    are: the norm to clip by and Adam's second moment would come out too small for frequent ids, and other than on JAX
    and PyTorch, where the gradient is dense.
    """

    def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
        summed = [_dense(gradient) for gradient in grads]
        super().apply(summed, trainable_variables)  # type: ignore[misc]


def _dense(gradient: Any) -> Any:
    if keras.config.backend() != "tensorflow":
        return gradient
    import tensorflow as tf

    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    return tf.math.unsorted_segment_sum(gradient.values, gradient.indices, gradient.dense_shape[0])


class _WarmAverage:
    """Moves the average of the weights by a momentum of t / (9 + t) until that exceeds the one asked for.

    Keras keeps its momentum from the second step on, so that an average of 0.999 is made of nearly untrained weights
    for thousands of steps, and what is validated then tells nothing. This is the rule of TensorFlow 1's
    ExponentialMovingAverage with `num_updates`, (1 + n) / (10 + n), with n = t - 1 updates before this one.
    """

    def _update_model_variables_moving_average(self, trainable_variables: list[Any]) -> None:
        if not self.use_ema:  # type: ignore[attr-defined]
            return
        batches = keras.ops.cast(self._iterations, "float32")  # type: ignore[attr-defined]
        momentum = keras.ops.minimum(self.ema_momentum, batches / (9.0 + batches))  # type: ignore[attr-defined]
        averages = self._model_variables_moving_average  # type: ignore[attr-defined]
        for variable, average in zip(trainable_variables, averages, strict=True):
            rest = keras.ops.cast(1.0 - momentum, average.dtype)
            average.assign(average + rest * (keras.ops.cast(variable, average.dtype) - average))


class _OnePass:
    """Adam's update by the one operation that TensorFlow has for it; AMSGrad, which that lacks, stays Keras'."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        if keras.config.backend() != "tensorflow" or self.amsgrad:  # type: ignore[attr-defined]
            super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]
            return
        # Imported here, because it is TensorFlow's alone.
        from seq2seq.ops.adam import adam_step

        index = self._get_variable_index(variable)  # type: ignore[attr-defined]
        adam_step(
            variable.value if isinstance(variable, keras.Variable) else variable,
            self._momentums[index].value,  # type: ignore[attr-defined]
            self._velocities[index].value,  # type: ignore[attr-defined]
            gradient,
            step=self.iterations + 1,  # type: ignore[attr-defined]
            learning_rate=learning_rate,
            beta_1=self.beta_1,  # type: ignore[attr-defined]
            beta_2=self.beta_2,  # type: ignore[attr-defined]
            epsilon=self.epsilon,  # type: ignore[attr-defined]
        )


def _amended(maker: type[keras.optimizers.Optimizer]) -> type[keras.optimizers.Optimizer]:
    """`maker` with our amendments, under the name of `maker`, so that a saved model names the Keras class."""
    amendments = (_SummedRows, _WarmAverage, *((_OnePass,) if issubclass(maker, keras.optimizers.Adam) else ()))
    return type(maker.__name__, (*amendments, maker), {"__module__": maker.__module__})


def _optimizer_class(kind: str) -> type[keras.optimizers.Optimizer]:
    base = keras.optimizers.Optimizer
    # The base class and the wrapper of mixed precision are no optimisers by themselves.
    classes = {
        name.lower(): value
        for name, value in vars(keras.optimizers).items()
        if inspect.isclass(value) and issubclass(value, base) and name not in ("Optimizer", "LossScaleOptimizer")
    }
    if kind.lower() not in classes:
        raise ConfigurationError(
            f"training.optimizer.kind: unknown optimizer — given {kind!r} — "
            + nearest_name(kind.lower(), sorted(classes))
        )
    return classes[kind.lower()]


def _argument_names(maker: type[keras.optimizers.Optimizer]) -> list[str]:
    """All that the constructor takes, its base's included where it passes `**kwargs` on."""
    names = list(inspect.signature(maker.__init__).parameters)
    names += list(inspect.signature(keras.optimizers.Optimizer.__init__).parameters)
    return [name for name in dict.fromkeys(names) if name not in ("self", "kwargs")]
