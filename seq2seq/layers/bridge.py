"""From the encoder's last states to the decoder's first ones."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seq2seq.layers.dense import Dense


@keras.saving.register_keras_serializable("seq2seq")
class Bridge(keras.layers.Layer):
    """The decoder's initial states, layer by layer, from the encoder's final states.

    - `copy`: decoder layer n starts with the final states of encoder layer n; forward and backward are concatenated.
    - `dense`: a learned map of all final states of that encoder layer (the last one, where the decoder is deeper):
      tanh for hidden states as the cell itself would bound them, linear for LSTM cell states.
    - `zero`: zeros; all that the decoder learns of the source comes through attention.

    Masking: none needed, the encoder's final states are those after each row's last real token.

    Args:
        kind: `copy`, `dense` or `zero`.
        units: of each decoder layer.
        depth: the number of decoder layers.
        states: tensors in the state of one decoder layer (2 for an LSTM: h and c; else 1).
    """

    def __init__(self, kind: str, units: int, depth: int, states: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.kind = kind
        self.units = units
        self.depth = depth
        self.states = states
        self.projections: list[Dense] = []
        if kind == "dense":
            self.projections = [
                Dense(
                    units,
                    activation="tanh" if state == 0 else None,
                    dtype=self.dtype_policy,
                    name=f"layer_{layer}_state_{state}",
                )
                for layer in range(depth)
                for state in range(states)
            ]

    def build(self, sizes: list[int]) -> None:
        """`sizes`: for each encoder layer, the size of all its final states laid side by side."""
        for index, projection in enumerate(self.projections):
            projection.build((None, sizes[min(index // self.states, len(sizes) - 1)]))
        self.built = True

    def call(self, final_states: list[list[list[Any]]]) -> list[list[Any]]:
        """final_states[layer][direction][state] (batch, encoder units) -> states[layer][state] (batch, units)."""
        if self.kind == "zero":
            batch = ops.shape(final_states[0][0][0])[0]
            return [
                [ops.zeros((batch, self.units), dtype=self.compute_dtype) for _ in range(self.states)]
                for _ in range(self.depth)
            ]
        if self.kind == "copy":
            return [
                [
                    ops.concatenate([direction[state] for direction in layer], axis=-1)
                    if len(layer) > 1
                    else layer[0][state]
                    for state in range(self.states)
                ]
                for layer in final_states
            ]
        initial = []
        for layer in range(self.depth):
            directions = final_states[min(layer, len(final_states) - 1)]
            tensors = [state for direction in directions for state in direction]
            joined = ops.concatenate(tensors, axis=-1) if len(tensors) > 1 else tensors[0]
            initial.append([self.projections[layer * self.states + state](joined) for state in range(self.states)])
        return initial

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "kind": self.kind,
            "units": self.units,
            "depth": self.depth,
            "states": self.states,
        }
