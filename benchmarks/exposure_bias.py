"""Scheduled sampling and minimum-risk training beside plain teacher forcing, on Multi30k with three seeds each.

    python benchmarks/exposure_bias.py TEXT             TEXT holds train.en.gz, train.de.gz, val.*, test_2016_flickr.*
    python benchmarks/exposure_bias.py TEXT --quick     the same steps with models too small to learn anything

Four trainings a seed, each a run in --runs: `plain`; `scheduled`, as long; `risk`, which goes on from the best
checkpoint of `plain`; and `longer`, which goes on from it for as many updates on as many sentences with cross-entropy,
because `risk` has seen more text than `plain`. Each is evaluated on the validation and the test text. After every
evaluation the table is written anew, as RUNS/results.md, and all figures as RUNS/results.json.

Started again after a stop, it takes up the training that was stopped at its last checkpoint and repeats nothing that is
done. It runs the commands that it prints.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = Path(__file__).parents[1] / "configs" / "multi30k-en-de.yaml"
VALIDATION, TEST = "val", "test_2016_flickr"
SEEDS = (1, 2, 3)
QUICK_SEEDS = (1,)

# A third of the units of the configuration, less dropout and 6 epochs of 454 batches; pieces, no input feeding and the
# choice of checkpoints as the figures were measured.
SMALLER = [
    "tokenizer.vocabulary_size=5000",
    "model.decoder.input_feeding=false",
    "training.checkpoints.metric=bleu",
    "model.dropout.weights=0.0",
    "training.ema=0.999",
    "model.embedding_units=128",
    "model.encoder.units=64",
    "model.decoder.units=128",
    "model.dropout.embeddings=0.3",
    "model.dropout.layers=0.3",
    "model.dropout.attentional=0.4",
    "training.optimizer.learning_rate=0.002",
    "training.maximum_epochs=6",
    "training.schedule.decay_steps=2724",
    "training.precision=bfloat16_products",
    "training.checkpoints.every_steps=200",
    "search.length_penalty=2.0",
]
# From 1 to 0.75 within the first 1,250 of 2,724 updates.
SCHEDULED = ["training.objective.scheduled_sampling={kind: linear, slope: 2.0e-4, minimum: 0.75}"]
# 500 updates on 16 sentences each, at a twentieth of the highest rate before.
FURTHER = [
    "data.batches.size=16",
    "training.maximum_epochs=null",
    "training.maximum_steps=500",
    "training.optimizer.learning_rate=0.0001",
    "training.schedule={kind: constant}",
    "training.ema=null",
    "training.validation.every_steps=100",
    "training.validation.bleu_start_epoch=0",
    "training.checkpoints.every_steps=20",
]
RISK = ["training.objective={kind: minimum_risk, samples: 10}", "training.log_every_steps=10"]

# Small pieces and a small model, for minutes where there are hours.
QUICK = [
    "tokenizer.vocabulary_size=300",
    "model.embedding_units=7",
    "model.encoder.units=4",
    "model.decoder.units=5",
    "training.maximum_epochs=1",
    "training.schedule.warmup_steps=1",
    "training.validation.bleu_lines=3",
    "training.validation.bleu_start_epoch=0",
]
QUICK_FURTHER = ["training.maximum_epochs=null", "training.maximum_steps=2", "training.validation.every_steps=2"]


@dataclass(frozen=True)
class Training:
    """One row of the table.

    Attributes:
        name: of its runs, but for the seed.
        settings: beside those that all have.
        start: the name of the training that it goes on from.
    """

    name: str
    settings: tuple[str, ...] = ()
    start: str | None = None


TRAININGS = (
    Training("plain"),
    Training("scheduled", tuple(SCHEDULED)),
    Training("longer", tuple(FURTHER), start="plain"),
    Training("risk", (*FURTHER, *RISK), start="plain"),
)


def main() -> None:
    arguments = parse_arguments()
    arguments.runs.mkdir(parents=True, exist_ok=True)
    for seed in QUICK_SEEDS if arguments.quick else arguments.seeds:
        for training in TRAININGS:
            run = arguments.runs / f"{training.name}-{seed}"
            if not all(scores_path(run, text).exists() for text in (VALIDATION, TEST)):
                train(training, seed, run, arguments)
                evaluate(run, arguments.text)
            report(arguments.runs)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path, help="the folder of Multi30k")
    parser.add_argument("--runs", type=Path, default=Path("runs/exposure-bias"), help="where the runs are made")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="other programs may train others meanwhile")
    parser.add_argument("--quick", action="store_true", help="one seed of tiny models, a few updates each")
    return parser.parse_args()


# --- commands ---------------------------------------------------------------------------------------------------------


def train(training: Training, seed: int, run: Path, arguments: argparse.Namespace) -> None:
    settings = [f"name={run.name}", f"seed={seed}", f"data.folder={arguments.text}", *SMALLER, *training.settings]
    if arguments.quick:
        settings += [*QUICK, *(QUICK_FURTHER if training.start else ())]
    if training.start:
        settings.append(f"training.start_from.run={run.parent / f'{training.start}-{seed}'}")
    command("train", CONFIG, "--resume", "--folder", run.parent, *settings)


def evaluate(run: Path, text: Path) -> None:
    for name in (VALIDATION, TEST):
        source, reference = (text / f"{name}.{language}.gz" for language in ("en", "de"))
        command("evaluate", run, "--source", source, "--reference", reference, "--exposure-bias")


def command(*words: Any) -> None:
    """Runs `seq2seq WORDS`; ends this program with the code of a command that fails."""
    print("\nseq2seq", *words, flush=True)
    code = subprocess.run([sys.executable, "-m", "seq2seq", *map(str, words)]).returncode
    if code:
        raise SystemExit(code)


# --- results ----------------------------------------------------------------------------------------------------------


def scores_path(run: Path, text: str) -> Path:
    """Where `seq2seq evaluate` writes."""
    return run / "evaluation" / f"{text}.en" / "scores.json"


def report(runs: Path) -> None:
    """Writes what is there so far."""
    found = {
        training.name: {
            name: [
                json.loads(path.read_text(encoding="utf-8"))
                for path in sorted(scores_path(run, name) for run in runs.glob(f"{training.name}-*"))
                if path.exists()
            ]
            for name in (VALIDATION, TEST)
        }
        for training in TRAININGS
    }
    table = to_table(found)
    (runs / "results.md").write_text(table, encoding="utf-8")
    (runs / "results.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print("\n" + table, flush=True)


def to_table(found: dict[str, dict[str, list[dict[str, Any]]]]) -> str:
    """A row each training: BLEU of both texts, perplexity and exposure bias of the validation text."""
    lines = [
        "| training | seeds | BLEU, validation | BLEU, test | perplexity | loss after reference | after own words |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, of_text in found.items():
        scores = of_text[VALIDATION]
        columns = [
            [score["bleu"] for score in scores],
            [score["bleu"] for score in of_text[TEST]],
            [score["perplexity"] for score in scores],
            [mean_of_curve(score["exposure_bias"], "reference_prefix") for score in scores],
            [mean_of_curve(score["exposure_bias"], "own_prefix") for score in scores],
        ]
        lines.append(f"| {name} | {len(scores)} | " + " | ".join(map(spread, columns)) + " |")
    return "\n".join(lines) + "\n"


def mean_of_curve(curves: dict[str, list[float]], name: str) -> float:
    """Over all tokens."""
    tokens = curves["tokens"]
    return sum(value * count for value, count in zip(curves[name], tokens, strict=True)) / sum(tokens)


def spread(values: list[float]) -> str:
    """Mean ± sample standard deviation: [30, 31, 32] -> 31.00 ± 1.00"""
    if not values:
        return "–"
    mean = statistics.fmean(values)
    return f"{mean:.2f} ± {statistics.stdev(values):.2f}" if len(values) > 1 else f"{mean:.2f}"


if __name__ == "__main__":
    main()
