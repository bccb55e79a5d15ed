"""The parts of a training step, each alone: seconds, and the share of the machine's peak of matrix products.

    python benchmarks/step_parts.py                                  the model of peers_training.py, both precisions
    python benchmarks/step_parts.py --encoder all --threads 1

Batches are random ids without padding. Each part runs forward and backward, with the gradients of its weights and of
what it reads; parts and precisions alternate. The share is that of the peak of the same number of threads: by the wall
clock, which counts idle cores as lost, and by the processor's time, which other work beside it disturbs less. The sum
of the parts can differ from the whole step, which shares memory and what is computed twice.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import training_step
from peers.job import ENCODERS, Shape
from peers.ours import model_section
from peers.tables import markdown
from tensorflow_threads import import_tensorflow

PRECISIONS = training_step.PRECISIONS[:2]
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def main() -> None:
    arguments = parse_arguments()
    import_tensorflow(arguments.threads)
    found = measure(arguments)
    print(json.dumps(found) if arguments.json else parts_table(found), flush=True)


def parse_arguments() -> argparse.Namespace:
    shape = Shape()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", choices=ENCODERS, default=shape.encoder)
    parser.add_argument("--units", type=int, default=shape.units)
    parser.add_argument("--vocabulary", type=int, default=shape.vocabulary)
    parser.add_argument("--batch", type=int, default=shape.batch)
    parser.add_argument("--pieces", type=int, default=16, help="of each sentence, with its end; Multi30k has 15.5")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--peak-size", type=int, default=2048, help="rows of the matrices that give the peak")
    parser.add_argument("--json", action="store_true", help="figures in place of the table")
    return parser.parse_args()


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Peaks in operations/s and, of each precision and part, operations and median seconds, by each clock."""
    shape = Shape(arguments.units, arguments.encoder, arguments.vocabulary, arguments.batch)
    peaks = {
        dtype: {name: training_step.product_peak(dtype, arguments.peak_size, clock) for name, clock in CLOCKS.items()}
        for dtype in ("float32", "bfloat16")
    }
    parts = {precision: build_parts(shape, arguments.pieces, precision) for precision in PRECISIONS}
    seconds = {(precision, name): [] for precision, (functions, _) in parts.items() for name in functions}
    for repeat in range(training_step.WARM_UP_STEPS + arguments.repeats):
        for precision, name in seconds:
            taken = timed(parts[precision][0][name])
            if repeat >= training_step.WARM_UP_STEPS:
                seconds[precision, name].append(taken)
    return {
        "peaks": peaks,
        "pieces": arguments.pieces,
        "parts": [
            {
                "precision": precision,
                "part": name,
                "operations": parts[precision][1].get(name, 0),
                **{clock: statistics.median(one[clock] for one in taken) for clock in CLOCKS},
            }
            for (precision, name), taken in seconds.items()
        ],
    }


def timed(function: Callable[[], object]) -> dict[str, float]:
    """Seconds by each clock."""
    before = {name: clock() for name, clock in CLOCKS.items()}
    function()
    return {name: clock() - before[name] for name, clock in CLOCKS.items()}


def build_parts(shape: Shape, pieces: int, precision: str) -> tuple[dict[str, Callable[[], object]], dict[str, int]]:
    """Each part as a function without arguments, the whole step among them, and its operations in products."""
    import keras
    import tensorflow as tf

    from seq2seq.config.schema import Model
    from seq2seq.ops.masks import token_mask
    from seq2seq.training.loss import smoothed_cross_entropy
    from seq2seq.training.objectives import CrossEntropy
    from seq2seq.training.optimizers import build_optimizer

    size = shape.vocabulary, shape.batch, pieces
    model = training_step.build(Model.model_validate(model_section(shape)), shape.vocabulary, precision)
    objective = CrossEntropy(model)
    objective.compile(build_optimizer("adam", 1e-3, clip_norm=1.0), jit_compile=False)
    ids = tf.random.uniform((shape.batch, pieces), 4, shape.vocabulary, "int32", seed=1)
    mask = token_mask(ids)
    embedded = tf.random.normal((shape.batch, pieces, shape.units), seed=2)
    memory, states = model._encode(ids, training=True)
    decoded = tf.random.normal((shape.batch, pieces, model.decoder.output_units), seed=3)
    attentional = tf.random.normal((shape.batch, pieces, model.attentional_units), seed=4)
    gradients = [0.01 * tf.ones_like(weight) for weight in model.trainable_variables]

    def with_gradients(forward: Callable[..., Any], layers: list[Any], *inputs: Any) -> Callable[[], object]:
        weights = [weight.value for layer in layers for weight in layer.trainable_variables]

        @tf.function
        def run(*given: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(given)
                result = forward(*given)
            return tape.gradient(result, [*keras.tree.flatten(given), *weights])

        return lambda: run(*inputs)

    def attend(decoded: Any, values: Any) -> Any:
        keys = model.attention.keys(values)
        return model._attend(decoded, {"keys": keys, "values": values, "mask": mask})[0]

    def lookups() -> Any:
        return model._embed_target(ids, True), model.source_dropout(model.source_embedding(ids), training=True)

    def decode(embedded: Any, states: Any) -> Any:
        return model.decoder(embedded, mask=mask, initial_states=states, training=True)[0]

    apply = tf.function(lambda: objective.optimizer.apply(gradients, model.trainable_variables))
    parts = {
        "embeddings": with_gradients(lookups, [model.source_embedding, model.target_embedding]),
        "encoder": with_gradients(
            lambda embedded: model.encoder(embedded, mask=mask, training=True)[0], [model.encoder], embedded
        ),
        "decoder": with_gradients(decode, [model.decoder], embedded, states),
        "attention": with_gradients(attend, [model.attention, model.attentional], decoded, memory["values"]),
        "vocabulary and loss": with_gradients(
            lambda attentional: smoothed_cross_entropy(ids, model.vocabulary_projection(attentional)),
            [model.vocabulary_projection],
            attentional,
        ),
        "clipping and Adam": apply,
        "whole step": lambda: objective.train_on_batch({"source_ids": ids, "target_ids": ids}, ids),
    }
    operations = training_step.operations_of_parts(model, *size)
    return parts, {**operations, "whole step": sum(operations.values())}


def parts_table(found: dict[str, Any]) -> str:
    """The peaks and the parts as Markdown."""
    peaks = found["peaks"]
    peak_words = ", ".join(
        f"{dtype} {peak['wall'] / 1e9:,.0f} GFLOP/s ({peak['cpu'] / 1e9:,.0f} in a second of one core)"
        for dtype, peak in peaks.items()
    )
    rows = []
    for part in found["parts"]:
        peak = peaks["float32" if part["precision"] == "float32" else "bfloat16"]
        row = [f"{part['part']}, {part['precision']}", f"{part['operations'] / 1e9:,.1f}"]
        for clock in CLOCKS:
            row.append(f"{1000 * part[clock]:,.0f}")
            row.append(f"{part['operations'] / part[clock] / peak[clock]:.0%}" if part["operations"] else "–")
        rows.append(row)
    head = [
        "part of our step",
        "GFLOP in products",
        "ms",
        "share of the peak",
        "CPU ms",
        "share of the peak per CPU second",
    ]
    return (
        f"Peaks of matrix products: {peak_words}. Sentences of {found['pieces']} pieces with the end, no padding.\n\n"
        f"{markdown(head, rows)}"
    )


if __name__ == "__main__":
    main()
