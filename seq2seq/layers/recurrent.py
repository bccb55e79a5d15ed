"""Stacks of recurrent layers: the body of encoders and decoders alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import keras
from keras import ops

from seq2seq.layers.dropout import dropped_recurrence, seeded_dropout, sequence_dropout
from seq2seq.layers.gru import GRU
from seq2seq.layers.initializers import ForgetBias, build_initializer
from seq2seq.layers.lstm import LSTM

RECURRENT_LAYERS = {"lstm": LSTM, "gru": GRU, "simple_rnn": keras.layers.SimpleRNN}
STATES_OF = {"lstm": 2, "gru": 1, "simple_rnn": 1}


@keras.saving.register_keras_serializable("seq2seq")
class RecurrentStack(keras.layers.Layer):
    """`depth` recurrent layers, each reading the outputs of the one below.

    Between layers: dropout. With `residual`, a layer's input is added to its output where both have one size; on a
    first layer as wide as the embedding that puts each word's embedding beside its context. With `layer_normalization`,
    each output vector is then normalised (Ba et al. 2016, but on the outputs rather than inside the cell, so that a
    layer stays one recurrence that cuDNN can run).

    Masking: right-padded masks only. States stand still on padding, so the final states are those after each row's last
    real token, in both directions; outputs on padding are zeros.

    Args:
        kind: `lstm`, `gru` or `simple_rnn`.
        depth: the number of layers.
        units: of each layer and direction.
        bidirectional: `none`, `first` (layer 1 alone) or `all`; two directions are concatenated.
        residual: see above.
        layer_normalization: see above.
        dropout: rate between layers (none before the first or after the last).
        variational: one dropout mask for all time steps.
        weight_dropout: rate on the recurrent kernels, one mask for all time steps and rows of a batch (DropConnect as
            in Merity et al. 2018, section 2).
        activation: of the cells. Other than tanh means that cuDNN cannot run them.
        kernel_initializer, recurrent_initializer, uniform_range: see `build_initializer`.
        forget_bias: initial bias of LSTM forget gates.
        use_cudnn: handed to Keras; False where the traced graph must run on a machine without a GPU.
    """

    def __init__(
        self,
        kind: str,
        depth: int,
        units: int,
        bidirectional: str = "none",
        residual: bool = False,
        layer_normalization: bool = False,
        dropout: float = 0.0,
        variational: bool = False,
        weight_dropout: float = 0.0,
        activation: str = "tanh",
        kernel_initializer: str = "glorot_uniform",
        recurrent_initializer: str = "orthogonal",
        uniform_range: float = 0.1,
        forget_bias: float = 1.0,
        use_cudnn: bool | str = "auto",
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.settings = {
            "kind": kind,
            "depth": depth,
            "units": units,
            "bidirectional": bidirectional,
            "residual": residual,
            "layer_normalization": layer_normalization,
            "dropout": dropout,
            "variational": variational,
            "weight_dropout": weight_dropout,
            "activation": activation,
            "kernel_initializer": kernel_initializer,
            "recurrent_initializer": recurrent_initializer,
            "uniform_range": uniform_range,
            "forget_bias": forget_bias,
            "use_cudnn": use_cudnn,
        }
        self.supports_masking = True
        self.residual = residual
        self.states_per_layer = STATES_OF[kind]
        self.directions = [
            2 if bidirectional == "all" or (bidirectional == "first" and layer == 0) else 1 for layer in range(depth)
        ]
        self.output_units = units * self.directions[-1]
        self.recurrences = [self._recurrence(layer) for layer in range(depth)]
        self.dropouts = [
            sequence_dropout(dropout, variational, dtype=self.dtype_policy, name=f"dropout_{layer}")
            for layer in range(1, depth)
        ]
        self.weight_dropouts = [
            seeded_dropout(weight_dropout, dtype="float32", name=f"weight_dropout_{layer}")
            for layer in range(depth if weight_dropout else 0)
        ]
        self.normalizations = [
            keras.layers.LayerNormalization(dtype=self.dtype_policy, name=f"normalization_{layer}")
            for layer in range(depth if layer_normalization else 0)
        ]

    def _recurrence(self, layer: int) -> keras.layers.Layer:
        name = f"layer_{layer}"
        if self.directions[layer] == 1:
            return self._one_direction(name)
        return keras.layers.Bidirectional(
            self._one_direction(f"{name}_forward"),
            backward_layer=self._one_direction(f"{name}_backward", go_backwards=True),
            merge_mode="concat",
            dtype=self.dtype_policy,
            name=name,
        )

    def _one_direction(self, name: str, **arguments: Any) -> keras.layers.RNN:
        settings = self.settings
        if settings["kind"] == "lstm":
            arguments |= {"unit_forget_bias": False, "bias_initializer": ForgetBias(settings["forget_bias"])}
        if settings["kind"] != "simple_rnn":
            arguments["use_cudnn"] = settings["use_cudnn"]
        return RECURRENT_LAYERS[settings["kind"]](
            settings["units"],
            activation=settings["activation"],
            kernel_initializer=build_initializer(settings["kernel_initializer"], settings["uniform_range"]),
            recurrent_initializer=build_initializer(settings["recurrent_initializer"], settings["uniform_range"]),
            return_sequences=True,
            return_state=True,
            dtype=self.dtype_policy,
            name=name,
            **arguments,
        )

    @property
    def state_sizes(self) -> list[int]:
        """For each layer, the size of all its final states (directions, h and c) laid side by side."""
        return [self.settings["units"] * self.states_per_layer * directions for directions in self.directions]

    def build(self, input_shape: Any) -> None:
        shape = (*tuple(input_shape)[:-1], input_shape[-1])
        for layer, recurrence in enumerate(self.recurrences):
            recurrence.build(shape)
            shape = (*shape[:-1], self.settings["units"] * self.directions[layer])
            if self.normalizations:
                self.normalizations[layer].build(shape)
        self.built = True

    def call(
        self, sequences: Any, mask: Any = None, initial_states: Any = None, training: bool = False
    ) -> tuple[Any, list[list[list[Any]]]]:
        """Runs all layers over whole sequences.

        Args:
            sequences: (batch, time, features).
            mask: (batch, time), True on real tokens, right-padded; None if all are.
            initial_states: states[layer][state] (batch, units), for stacks of one direction; None for zeros.
            training: whether dropout is on.

        Returns:
            outputs (batch, time, output_units), and final states [layer][direction][state] (batch, units).
        """
        outputs, final_states = sequences, []
        for layer, recurrence in enumerate(self.recurrences):
            inputs = outputs
            if layer > 0:
                inputs = self.dropouts[layer - 1](inputs, training=training)
            initial = None if initial_states is None else initial_states[layer]
            with self._layer_weights_dropped(layer, training):
                outputs, *states = recurrence(inputs, initial_state=initial, mask=mask, training=training)
            final_states.append(
                [
                    states[start : start + self.states_per_layer]
                    for start in range(0, len(states), self.states_per_layer)
                ]
            )
            outputs = self._finish(layer, inputs, outputs)
        if mask is not None:
            outputs = outputs * ops.expand_dims(ops.cast(mask, outputs.dtype), -1)
        return outputs, final_states

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """No implicit mask leaves the stack: who reads it is handed the mask by name."""
        return None

    def step(self, inputs: Any, states: list[list[Any]], dropout_masks: Any = None) -> tuple[Any, list[list[Any]]]:
        """One time step of a stack of one direction: the same weights, one token.

        Args:
            inputs: (rows, features).
            states: states[layer][state] (rows, units).
            dropout_masks: for each layer above the first, what its input (rows, units) is multiplied with; or None.

        Returns:
            outputs (rows, units), and the new states.
        """
        outputs, new_states = inputs, []
        for layer, recurrence in enumerate(self.recurrences):
            inputs = outputs
            if layer > 0 and dropout_masks is not None:
                inputs = inputs * dropout_masks[layer - 1]
            outputs, states_of_layer = _one_step(recurrence)(inputs, list(states[layer]))
            new_states.append(list(states_of_layer))
            outputs = self._finish(layer, inputs, outputs)
        return outputs, new_states

    def dropout_masks(self, batch: Any, time: Any) -> list[Any]:
        """What `step` multiplies the inputs of layers above the first with, for all steps: (batch, time, units) each.

        Drawn at once, so that a loop over steps holds no random state.
        """
        return [
            dropout(ops.ones((batch, time, self.settings["units"] * self.directions[layer])), training=True)
            for layer, dropout in enumerate(self.dropouts)
        ]

    @contextmanager
    def weights_dropped(self, training: bool) -> Iterator[None]:
        """Within it `step` runs by the recurrent kernels as weight dropout leaves them, one draw for all steps."""
        with ExitStack() as layers:
            for layer in range(len(self.recurrences)):
                layers.enter_context(self._layer_weights_dropped(layer, training))
            yield

    def _layer_weights_dropped(self, layer: int, training: bool) -> AbstractContextManager[None]:
        dropout = self.weight_dropouts[layer] if training and self.weight_dropouts else None
        return dropped_recurrence(self.recurrences[layer], dropout)

    def _finish(self, layer: int, inputs: Any, outputs: Any) -> Any:
        if self.residual and inputs.shape[-1] == outputs.shape[-1]:
            outputs = outputs + inputs
        if self.normalizations:
            outputs = self.normalizations[layer](outputs)
        return outputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.settings}


def _one_step(recurrence: keras.layers.RNN) -> Callable[[Any, list[Any]], tuple[Any, list[Any]]]:
    """A layer's step with the precision of its products, or Keras' cell where there is none of ours.

    Under a policy of mixed precision weights are cast as Keras' cell is called.
    """
    ours = isinstance(recurrence, LSTM | GRU) and recurrence.compute_dtype == recurrence.variable_dtype
    return recurrence.step if ours else recurrence.cell
