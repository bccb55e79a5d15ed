"""Training steps on an accelerator: Keras' JAX and PyTorch backends, and `torch.nn.LSTM` by hand.

    python benchmarks/accelerator.py                       the 512-unit model, 8,000 pieces, 128 sentences
    python benchmarks/accelerator.py --model multi30k      384 units, 5,000 pieces, 64 sentences
    python benchmarks/accelerator.py --text ../text        an epoch of configs/multi30k-en-de.yaml by `seq2seq train`

Each system runs in a process of its own, on the accelerator that its framework finds, else on the CPU; the processes of
one round follow each other. Reported are source + target tokens a second of steady steps, by the wall clock, and what
share of the peak of a large matrix product, measured in the same process, their matrix products reach. Batches are
random ids without padding; with --text they are real ones, and the figure is that of the run's log. In float32 each
framework chooses for itself whether its products are of TF32, in the steps and in the peak alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training_step import MULTI30K, SIZES, build_step, model_settings, operations, random_batch

REFERENCE = "torch.nn.LSTM"
SYSTEMS = ("jax", "torch", REFERENCE)
WARM_UP_STEPS = 3


def main() -> None:
    arguments = parse_arguments()
    if arguments.alone:
        print(json.dumps(measure(arguments)))
        return
    systems = [system for system in arguments.systems if not (arguments.text and system == REFERENCE)]
    results: dict[str, list[dict[str, Any]]] = {system: [] for system in systems}
    for _ in range(arguments.rounds):
        for system in systems:
            results[system].append(run_alone(system))
    print("\n".join(table(results)))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=SIZES, default="large")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--precision", choices=("float32", "mixed_bfloat16"), default="float32")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each system")
    parser.add_argument("--steps", type=int, default=50, help="that are timed in a process")
    parser.add_argument("--batch", type=int, help="sentences; by default as the model is trained")
    parser.add_argument("--peak-size", type=int, default=8192, help="rows and columns of the product that is the peak")
    parser.add_argument("--text", type=Path, help="folder of Multi30k: train its configuration for an epoch instead")
    parser.add_argument("--alone", choices=SYSTEMS, help=argparse.SUPPRESS)
    return parser.parse_args()


def run_alone(system: str) -> dict[str, Any]:
    """What `measure` finds in a process with the system's backend."""
    environment = {**os.environ, "KERAS_BACKEND": "torch" if system == REFERENCE else system}
    process = subprocess.run(
        [sys.executable, __file__, *sys.argv[1:], "--alone", system],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(process.stdout.splitlines()[-1])


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Tokens a second, the peak and its share, and the device, in this process."""
    if arguments.text:
        return train_on_text(arguments)
    vocabulary_size, batch, time_steps = SIZES[arguments.model]
    shape = (vocabulary_size, arguments.batch or batch, time_steps)
    build = build_reference if arguments.alone == REFERENCE else build_keras
    weights, work, step = build(arguments.model, arguments.precision, shape)
    for _ in range(WARM_UP_STEPS):
        step()
    seconds = statistics.median(timed(step) for _ in range(arguments.steps))
    peak = product_peak("float32" if arguments.precision == "float32" else "bfloat16", arguments.peak_size)
    return {
        "device": device(),
        "weights": weights,
        "tokens_per_second": 2 * shape[1] * shape[2] / seconds,
        "peak": peak,
        "share": work / seconds / peak,
    }


def train_on_text(arguments: argparse.Namespace) -> dict[str, Any]:
    """One epoch by `seq2seq train`, its first log lines left out, in which JAX compiles."""
    from seq2seq.config import load_configuration
    from seq2seq.workflows.train import train

    overrides = [f"data.folder={arguments.text.absolute()}", "training.maximum_epochs=1"]
    with tempfile.TemporaryDirectory() as folder:
        run = train(load_configuration(MULTI30K, [*overrides, f"training.precision={arguments.precision}"]), folder)
        events = [json.loads(line) for line in run.metrics_path.read_text().splitlines()]
    speeds = [event["tokens_per_second"] for event in events if event["event"] == "train"]
    return {"device": device(), "tokens_per_second": statistics.median(speeds[len(speeds) // 2 :])}


def build_keras(name: str, precision: str, shape: tuple[int, int, int]) -> tuple[int, int, Callable[[], Any]]:
    """The number of weights, the operations of a step, and the step."""
    model, step = build_step(name, precision, shape)
    return model.count_params(), operations(model, *shape), lambda: float(step()[0])  # a number: waits for the device


def build_reference(name: str, precision: str, shape: tuple[int, int, int]) -> tuple[int, int, Callable[[], Any]]:
    """As `build_keras`."""
    import keras
    import torch
    from torch_reference import Reference

    from seq2seq.models import build_model

    settings = model_settings(name)
    place = "cuda" if torch.cuda.is_available() else "cpu"
    model = Reference(settings, shape[0]).to(place)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    source, target, labels = (torch.as_tensor(ids, dtype=torch.long, device=place) for ids in random_batch(*shape))

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(place, torch.bfloat16, enabled=precision != "float32"):
            logits = model(source, target)
        loss = loss_of(logits.float().flatten(0, 1), labels.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    with keras.device("cpu"):
        work = operations(build_model(settings, shape[0], shape[0], 1), *shape)
    return sum(weights.numel() for weights in model.parameters()), work, step


def product_peak(dtype: str, size: int) -> float:
    """Operations in a second of one large matrix product by the backend's own framework: the best of ten."""
    import keras

    if keras.config.backend() == "jax":
        import jax

        one = jax.random.normal(jax.random.key(1), (size, size), dtype)
        matmul = jax.jit(jax.numpy.matmul)

        def product() -> None:
            matmul(one, one).block_until_ready()
    else:
        import torch

        one = torch.randn(size, size, device="cuda" if torch.cuda.is_available() else "cpu").to(getattr(torch, dtype))

        def product() -> None:
            torch.matmul(one, one)
            if one.is_cuda:
                torch.cuda.synchronize()

    product()
    return 2 * size**3 / min(timed(product) for _ in range(10))


def device() -> str:
    """What the backend computes on."""
    import keras

    if keras.config.backend() == "jax":
        import jax

        return jax.devices()[0].device_kind
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def timed(function: Callable[[], Any]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def table(results: dict[str, list[dict[str, Any]]]) -> list[str]:
    """A line for each system, in Markdown: medians and ranges over the rounds."""
    first = next(iter(results.values()))
    lines = [
        "| system | device | tokens/s, median and range | times the first | peak, TFLOP/s | share of the peak |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for system, rounds in results.items():
        speeds = sorted(found["tokens_per_second"] for found in rounds)
        ratios = [
            found["tokens_per_second"] / other["tokens_per_second"] for found, other in zip(rounds, first, strict=True)
        ]
        cells = [
            system,
            rounds[0]["device"],
            f"{statistics.median(speeds):,.0f} ({speeds[0]:,.0f} to {speeds[-1]:,.0f})",
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            *(("–", "–") if "peak" not in rounds[0] else (_median(rounds, "peak", 1e12), _median(rounds, "share"))),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _median(rounds: list[dict[str, Any]], name: str, unit: float = 1.0) -> str:
    median = statistics.median(found[name] for found in rounds)
    return f"{median / unit:.3g}" if unit != 1.0 else f"{median:.0%}"


if __name__ == "__main__":
    main()
