"""How long a training step takes in each precision, and what share of the machine's peak of matrix products it reaches.

    python benchmarks/training_step.py                      512 units, 8,000 pieces, 128 sentences
    python benchmarks/training_step.py --model multi30k     384 units, 5,000 pieces, 64 sentences
    taskset -c 0 python benchmarks/training_step.py --threads 1

Batches are random ids without padding. Steps of all precisions alternate, so that a machine that drifts slows all of
them alike; times are those of the processor, so that other work beside them counts little. The first two steps of each
precision are left out.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peers.job import Shape
from peers.ours import model_section
from tensorflow_threads import import_tensorflow

if TYPE_CHECKING:
    import numpy as np

    from seq2seq.config.schema import Model

PRECISIONS = ("float32", "bfloat16_products", "mixed_bfloat16")
WARM_UP_STEPS = 2
MULTI30K = Path(__file__).parent.parent / "configs" / "multi30k-en-de.yaml"
# Pieces, sentences to a batch, pieces to a sentence.
SIZES = {"large": (8000, 128, 19), "multi30k": (5000, 64, 17)}


def main() -> None:
    arguments = parse_arguments()
    import_tensorflow(arguments.threads)

    peaks = {dtype: product_peak(dtype) for dtype in ("float32", "bfloat16")}
    print("product peak:", ", ".join(f"{dtype} {peak / 1e9:,.0f} GFLOP/s" for dtype, peak in peaks.items()), flush=True)
    vocabulary_size, batch, time_steps = SIZES[arguments.model]
    steps = {}
    for precision in arguments.precisions:
        model, steps[precision] = build_step(arguments.model, precision, SIZES[arguments.model])
    work = operations(model, vocabulary_size, batch, time_steps)
    print(f"{work / 1e9:,.1f} GFLOP a step in matrix products, {model.count_params():,} weights", flush=True)
    seconds = alternate(steps, arguments.repeats)

    first = seconds[arguments.precisions[0]]
    for precision, times in seconds.items():
        median = statistics.median(times)
        ratios = sorted(slow / fast for slow, fast in zip(first, times, strict=True))
        peak = peaks["float32" if precision == "float32" else "bfloat16"]
        print(
            f"{precision:18} {median:7.3f} s a step  {2 * batch * time_steps / median:8,.0f} tokens/s  "
            f"{work / median / peak:4.0%} of the peak  {statistics.median(ratios):.2f} times "
            f"{arguments.precisions[0]} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=SIZES, default="large")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS[:2])
    parser.add_argument("--repeats", type=int, default=10, help="steps of each precision")
    parser.add_argument("--threads", type=int, default=0, help="0: as TensorFlow chooses")
    return parser.parse_args()


def product_peak(dtype: str, size: int = 2048, clock: Callable[[], float] = time.process_time) -> float:
    """Operations in a second of one large matrix product: the best of ten. The clock may be another."""
    import tensorflow as tf

    one, other = (tf.cast(tf.random.normal((size, size)), dtype) for _ in range(2))
    product = tf.function(lambda: tf.matmul(one, other))
    product()
    return 2 * size**3 / min(timed(product, clock) for _ in range(10))


def model_settings(name: str) -> Model:
    """The configuration's section `model`."""
    from seq2seq.config import load_configuration
    from seq2seq.config.schema import Model

    if name == "multi30k":
        # As its figures were measured, and as the references of other libraries are.
        return load_configuration(MULTI30K, ["model.decoder.input_feeding=false", "model.dropout.weights=0"]).model
    return Model.model_validate(model_section(Shape()))


def random_batch(vocabulary_size: int, batch: int, time_steps: int) -> np.ndarray:
    """Source ids, target ids and labels without padding: (3, batch, time) int32."""
    import numpy as np

    return np.random.default_rng(1).integers(4, vocabulary_size, (3, batch, time_steps), "int32")


def build_step(name: str, precision: str, shape: tuple[int, int, int]) -> tuple[Any, Callable[[], Any]]:
    """The model, and one training step of it; `shape` as in `SIZES`."""
    import keras

    from seq2seq.training.loss import TokenCrossEntropy, TokenStatistics
    from seq2seq.training.optimizers import build_optimizer

    model = build(model_settings(name), shape[0], precision)
    optimizer = build_optimizer(
        "adam", 1e-3, arguments={}, weight_decay=None, clip_norm=1.0, clip_value=None, accumulate_steps=1, ema=None
    )
    compiled = keras.config.backend() == "jax"
    model.compile(optimizer, TokenCrossEntropy(0.1), metrics=[TokenStatistics(0.1)], jit_compile=compiled)
    source, target, labels = random_batch(*shape)
    return model, lambda: model.train_on_batch({"source_ids": source, "target_ids": target}, labels)


def build(settings: Any, vocabulary_size: int, precision: str) -> Any:
    """The model of a section `model`, in one of the precisions."""
    from seq2seq.layers.precision import computing_in
    from seq2seq.models import build_model

    with computing_in(precision):
        return build_model(settings, vocabulary_size, vocabulary_size, 1)


def operations(model: Any, vocabulary_size: int, batch: int, time_steps: int) -> int:
    """Multiplications and additions of the matrix products in a step: forward once, backward twice."""
    return sum(operations_of_parts(model, vocabulary_size, batch, time_steps).values())


def operations_of_parts(model: Any, vocabulary_size: int, batch: int, time_steps: int) -> dict[str, int]:
    """As `operations`, of each part of the step that has products."""
    positions = batch * time_steps
    products = {
        part: sum(positions * math.prod(weight.shape) for layer in layers for weight in kernels(layer))
        for part, layers in {
            "encoder": [model.encoder],
            "decoder": [model.decoder],
            "attention": [model.attention, model.attentional],
        }.items()
    }
    products["attention"] += 2 * positions * time_steps * model.encoder.output_units
    products["vocabulary and loss"] = positions * model.attentional_units * vocabulary_size
    return {part: 3 * 2 * count for part, count in products.items()}


def kernels(layer: Any) -> list[Any]:
    """The matrices that a layer multiplies each position with."""
    return [weight for weight in layer.trainable_variables if len(weight.shape) == 2]


def alternate(steps: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Seconds of the processor for each step; the steps of one round follow each other."""
    for _ in range(WARM_UP_STEPS):
        for step in steps.values():
            step()
    rounds = [{name: timed(step) for name, step in steps.items()} for _ in range(repeats)]
    return {name: [one_round[name] for one_round in rounds] for name in steps}


def timed(function: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    started = clock()
    function()
    return clock() - started


if __name__ == "__main__":
    main()
