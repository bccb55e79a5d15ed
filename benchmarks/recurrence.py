"""Forward and backward through recurrent layers: Keras' own loop and ours, in turns.

    python benchmarks/recurrence.py
    python benchmarks/recurrence.py --units 256 512 --batch 64 --time 15 --threads 1

Keras' layer gets `use_cudnn=False`, else what differs is cuDNN. Each reading is one call with the gradients of the
inputs and of all weights; the layers of a round follow each other. Ratios are of medians over the rounds, in brackets
the range of the ratios within a round.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from peers.tables import markdown, ratio
from tensorflow_threads import import_tensorflow

WARM_UP = 2
KERAS = "Keras' loop"


def main() -> None:
    arguments = parse_arguments()
    import_tensorflow(arguments.threads)
    rows = []
    for kind in arguments.kinds:
        for units in arguments.units:
            for masked in (False, True):
                calls = calls_of(kind, units, arguments, masked)
                rounds = [
                    {name: timed(call) for name, call in calls.items()} for _ in range(WARM_UP + arguments.rounds)
                ]
                rows += rows_of(f"{kind}, {units} units{', masked' if masked else ''}", rounds[WARM_UP:])
    print(f"{arguments.batch} x {arguments.time} steps, {arguments.threads} threads, {arguments.rounds} rounds\n")
    print(markdown(["layer", "how", "ms", "times as fast"], rows), end="")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", nargs="+", choices=("lstm", "gru"), default=["lstm", "gru"])
    parser.add_argument("--units", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--time", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def calls_of(kind: str, units: int, arguments: argparse.Namespace, masked: bool) -> dict[str, Callable[[], object]]:
    """One call of each layer, on the same inputs and weights."""
    import keras
    import tensorflow as tf

    from seq2seq.layers import ProductPolicy
    from seq2seq.layers.recurrent import RECURRENT_LAYERS

    keras_layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[kind]
    made = {"return_sequences": True, "use_cudnn": False}
    layers = {
        KERAS: keras_layer(units, **made),
        "float32": RECURRENT_LAYERS[kind](units, **made),
        "bfloat16_products": RECURRENT_LAYERS[kind](units, **made, dtype=ProductPolicy()),
    }
    inputs = tf.random.normal((arguments.batch, arguments.time, units), seed=1)
    upstream = tf.random.normal((arguments.batch, arguments.time, units), seed=2)
    lengths = tf.random.uniform((arguments.batch, 1), arguments.time // 2, arguments.time + 1, tf.int32, seed=3)
    mask = tf.range(arguments.time)[tf.newaxis] < lengths if masked else None
    for layer in layers.values():
        layer.build(inputs.shape)
        layer.set_weights(layers[KERAS].get_weights())

    def call_of(layer: Any) -> Callable[[], object]:
        @tf.function(autograph=False)
        def run(inputs: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                outputs = layer(inputs, mask=mask)
            return tape.gradient(outputs, [inputs, *layer.trainable_variables], output_gradients=upstream)

        return lambda: run(inputs)

    return {name: call_of(layer) for name, layer in layers.items()}


def timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def rows_of(name: str, rounds: list[dict[str, float]]) -> list[list[str]]:
    speeds = {how: [1.0 / one[how] for one in rounds] for how in rounds[0]}
    return [
        [
            name,
            how,
            f"{1000 * statistics.median(one[how] for one in rounds):,.1f}",
            "1" if how == KERAS else str(ratio(speeds[how], speeds[KERAS])),
        ]
        for how in speeds
    ]


if __name__ == "__main__":
    main()
