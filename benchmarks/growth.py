"""How cost grows: tokens/s of training and translation, memory and time to start, as one size after the other grows.

    python benchmarks/growth.py                              all of it, three rounds
    python benchmarks/growth.py --only length beams          some of the sizes
    python benchmarks/growth.py --export exports/en-de       and how long a first translation takes

The model is that of `configs/multi30k-en-de.yaml`, but 5,000 pieces and neither input feeding nor dropped weights,
with random weights: 384 units, batches of 64 sentences of 16 pieces on both sides without padding, 5 beams; in each
series one of these is changed. Every point is a process of its own, so that its peak of memory is its own, and the
points of a round follow each other in one order, so that a machine that drifts slows all alike. A point is the median
of several steps or searches after two for warming up. Translations are made to have as many pieces as their sources.
What is asked again of a `--results` file that holds it is not measured again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import training_step
from peers import options
from peers.measured import peak_memory
from peers.rounds import Results
from peers.tables import markdown
from tensorflow_threads import import_tensorflow

WARM_UP = 2
PRECISION = "bfloat16_products"


@dataclass(frozen=True)
class Point:
    """What is measured: one training step, or the translation of one batch.

    Attributes:
        kind: `train` or `translate`.
        batch: sentences.
        pieces: of each, on both sides.
        units: of the decoder and the embeddings, half of them in each direction of the encoder.
        vocabulary: pieces, one set for both sides.
        beams: of a translation.
    """

    kind: str
    batch: int = 64
    pieces: int = 16
    units: int = 384
    vocabulary: int = 5000
    beams: int = 5

    @property
    def name(self) -> str:
        sizes = asdict(self)
        return ", ".join([sizes.pop("kind"), *(f"{name} {size}" for name, size in sizes.items())])


@dataclass(frozen=True)
class Series:
    """One size that grows.

    Attributes:
        kind, size: of `Point`.
        values: of that size.
        unit: what the size counts, for axes.
    """

    kind: str
    size: str
    values: tuple[int, ...]
    unit: str

    @property
    def points(self) -> list[Point]:
        return [replace(Point(self.kind), **{self.size: value}) for value in self.values]


SERIES = (
    Series("train", "batch", (8, 16, 32, 64, 128, 256), "sentences to a batch"),
    Series("train", "pieces", (8, 16, 32, 64, 128), "pieces to a sentence"),
    Series("train", "units", (128, 256, 384, 512, 768), "units"),
    Series("train", "vocabulary", (1000, 5000, 16000, 32000), "pieces of the vocabulary"),
    Series("translate", "batch", (1, 4, 16, 64, 256), "sentences to a batch"),
    Series("translate", "pieces", (8, 16, 32, 64, 128), "pieces to a translation"),
    Series("translate", "beams", (1, 2, 5, 10, 20), "beams"),
    Series("translate", "vocabulary", (1000, 5000, 16000, 32000), "pieces of the vocabulary"),
)


def main() -> None:
    arguments = parse_arguments()
    if arguments.point:
        print(json.dumps(measured(Point(**json.loads(arguments.point)), arguments.repeats, arguments.threads)))
        return
    series = [one for one in SERIES if not arguments.only or {one.kind, one.size} & set(arguments.only)]
    points = list(dict.fromkeys(point for one in series for point in one.points))
    settings = {"threads": arguments.threads, "precision": PRECISION, "repeats": arguments.repeats}
    results = Results(arguments.results, settings)
    for number in range(arguments.rounds):
        for point in points:
            if not results.has(number, point.name):
                print(f"round {number + 1} of {arguments.rounds}: {point.name}", flush=True)
                results.put(number, point.name, in_a_process(point, arguments))
    if arguments.export:
        results.facts["start"] = started(arguments.export, arguments.rounds)
        results.write()
    print(report(results.content, series), end="")
    if arguments.picture:
        draw(results.content, series, arguments.picture)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    known = sorted({word for one in SERIES for word in (one.kind, one.size)})
    add("--only", nargs="+", choices=known, metavar="WORD", help=f"series: {', '.join(known)}")
    add("--rounds", type=options.positive, default=3, help="measurements of each point; default %(default)s")
    add("--repeats", type=options.positive, default=5, help="steps or searches of a measurement; default %(default)s")
    add("--threads", type=options.positive, default=2)
    add("--export", type=Path, help="of a translator; measures how long its first translation takes")
    add("--results", type=Path, default=Path("growth.json"), help="all readings; default %(default)s")
    add("--picture", type=Path, help="a .png, .svg or .pdf")
    add("--point", help=argparse.SUPPRESS)
    return parser.parse_args()


def in_a_process(point: Point, arguments: argparse.Namespace) -> dict[str, float]:
    """What `measured` finds in a process of its own."""
    call = [sys.executable, __file__, "--point", json.dumps(asdict(point))]
    call += ["--repeats", str(arguments.repeats), "--threads", str(arguments.threads)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stderr[-2000:]}\n{point.name} failed with code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def measured(point: Point, repeats: int, threads: int) -> dict[str, float]:
    """Seconds and the processor's of the median step or search, and MiB: the peak, and what was there before."""
    import_tensorflow(threads)
    settings = training_step.model_settings("multi30k")
    encoder = settings.encoder.model_copy(update={"units": point.units // 2})
    decoder = settings.decoder.model_copy(update={"units": point.units})
    sizes = {"embedding_units": point.units, "encoder": encoder, "decoder": decoder}
    model = training_step.build(settings.model_copy(update=sizes), point.vocabulary, PRECISION)
    before = peak_memory()
    run = (training if point.kind == "train" else translation)(model, point)
    for _ in range(WARM_UP):
        run()
    taken = []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        run()
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    wall, processor = (statistics.median(clock) for clock in zip(*taken, strict=True))
    return {"seconds": wall, "cpu_seconds": processor, "peak_memory": peak_memory(), "memory_before": before}


def training(model: Any, point: Point) -> Callable[[], object]:
    """One update, as the trainer makes it."""
    from seq2seq.training.objectives import CrossEntropy
    from seq2seq.training.optimizers import build_optimizer

    objective = CrossEntropy(model, label_smoothing=0.1)
    objective.compile(build_optimizer("adam", 1e-3, clip_norm=1.0), jit_compile=False)
    source, target, labels = training_step.random_batch(point.vocabulary, point.batch, point.pieces)
    return lambda: objective.train_on_batch({"source_ids": source, "target_ids": target}, labels)


def translation(model: Any, point: Point) -> Callable[[], object]:
    """The search for one batch, with an end after exactly so many pieces."""
    import numpy as np

    from seq2seq.config import Search
    from seq2seq.translator.graphs import Graphs
    from seq2seq.translator.plan import numbers_of, plan_of

    search = Search(beams=point.beams, length_penalty=0.0, minimum_length=point.pieces, maximum_length=point.pieces)
    inputs = {
        "source_ids": training_step.random_batch(point.vocabulary, point.batch, point.pieces)[0],
        "maximum_steps": np.full(point.batch, point.pieces, "int32"),
        **numbers_of(search),
    }
    graphs, plan = Graphs(model), plan_of(search)
    return lambda: graphs.search(inputs, plan)


def started(export: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of new processes: the help, and one line translated by an export."""
    calls = {
        "seq2seq --help": (["--help"], ""),
        "the first translation of an export": (["translate", str(export)], "A man rides a bike.\n"),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (words, text) in calls.items():
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "seq2seq", *words], input=text, capture_output=True, text=True, check=True
            )
            taken[name].append(time.perf_counter() - began)
    return taken


# --- report -----------------------------------------------------------------------------------------------------------


def medians(content: dict[str, Any], point: Point, field: str = "seconds") -> float:
    return statistics.median(one[point.name][field] for one in content["rounds"] if point.name in one)


def figures(content: dict[str, Any], point: Point) -> dict[str, float]:
    """What is told of a point: tokens/s of source and target in training, of the target in translation, and MiB."""
    seconds = medians(content, point)
    tokens = point.batch * point.pieces * (2 if point.kind == "train" else 1)
    memory = medians(content, point, "peak_memory") - medians(content, point, "memory_before")
    return {
        "tokens_per_second": tokens / seconds,
        "milliseconds": 1000 * seconds,
        "milliseconds_per_piece": 1000 * seconds / point.pieces,
        "memory": memory,
    }


def report(content: dict[str, Any], series: Sequence[Series]) -> str:
    """Markdown: a table for each series."""
    found, settings = content["machine"], content["settings"]
    parts = [
        f"{found['processor']}, {settings['threads']} threads, {settings['precision']}, medians of "
        f"{len(content['rounds'])} rounds. MiB are those beyond what the process had with the model alone.\n"
    ]
    for one in series:
        rows = []
        for value, point in zip(one.values, one.points, strict=True):
            told = figures(content, point)
            rows.append(
                [
                    f"{value:,}",
                    f"{told['tokens_per_second']:,.0f}",
                    f"{told['milliseconds']:,.0f}",
                    f"{told['milliseconds_per_piece']:,.2f}",
                    f"{told['memory']:,.0f}",
                ]
            )
        what = "training step" if one.kind == "train" else "translation"
        head = [f"{one.unit}, {what}", "tokens/s", "ms", "ms for each piece of a sentence", "MiB"]
        parts.append(markdown(head, rows))
    starts = content["facts"].get("start", {})
    if starts:
        rows = [[name, f"{statistics.median(taken):.2f}", f"{max(taken):.2f}"] for name, taken in starts.items()]
        parts.append(markdown(["a new process", "seconds", "at most"], rows))
    return "\n".join(parts)


def draw(content: dict[str, Any], series: Sequence[Series], path: Path) -> None:
    """A panel for each series: tokens/s; of translations by length the time for each piece; and memory by batch."""
    from seq2seq.visualize.figure import TRAINING_COLOUR, VALIDATION_COLOUR, new_figure, write_figure

    panels = []
    for one in series:
        what = "training" if one.kind == "train" else "translation"
        flat = one.kind == "translate" and one.size == "pieces"
        panels.append((one, "milliseconds_per_piece" if flat else "tokens_per_second", what))
        if one.size == "batch":
            panels.append((one, "memory", what))
    labels = {"milliseconds_per_piece": "ms for each piece", "tokens_per_second": "tokens/s", "memory": "MiB"}
    columns = min(5, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(3.1 * columns, 2.7 * rows)
    for place, (one, field, what) in enumerate(panels, start=1):
        axes = figure.add_subplot(rows, columns, place)
        values = [figures(content, point)[field] for point in one.points]
        colour = TRAINING_COLOUR if one.kind == "train" else VALIDATION_COLOUR
        axes.plot(one.values, values, color=colour, marker="o", markersize=4, linewidth=1.6)
        axes.set_xscale("log", base=2)
        axes.set_xticks(one.values, [f"{value:,}" for value in one.values], fontsize=8)
        axes.minorticks_off()
        axes.set_ylim(bottom=0.0, top=1.12 * max(values))
        axes.yaxis.set_major_formatter("{x:,g}")
        dress(axes, f"{what}: {labels[field]}", one.unit)
    write_figure(figure, path)


def dress(axes: Any, title: str, unit: str) -> None:
    from seq2seq.visualize.figure import GRID_COLOUR, TEXT_COLOUR

    axes.set_title(title, loc="left", fontsize=10, color=TEXT_COLOUR, fontweight="bold")
    axes.set_xlabel(unit, fontsize=9, color=TEXT_COLOUR)
    axes.grid(color=GRID_COLOUR, linewidth=0.7)
    axes.tick_params(colors=TEXT_COLOUR, labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    options.guarded(main)
