"""Translation with this toolkit and with others, on the same lines: lines/s, greedy and with beams, at batch 1 and 64.

    python benchmarks/peers_translation.py --text data/multi30k
    python benchmarks/peers_translation.py --text data/multi30k --only seq2seq OpenNMT-py --rounds 3
    python benchmarks/peers_translation.py --text data/multi30k --length 0 --training-steps 600
    python benchmarks/peers_translation.py --text data/multi30k --only "seq2seq, b" OpenNMT    as without VNNI

Installs the peers and cuts the text as peers_training.py does, trains each toolkit's model once for a few steps, and
then translates in turns; the models are kept. Loading is not in the time, and neither are two batches beforehand, in
which graphs are traced. Batches are those that are asked for, in one order of lines for all; pieces are counted here.

How long translations are decides how long they take, and models of different toolkits end theirs differently. So by
default every translation is made to have as many pieces, --length; then all do the same number of steps, and what a
toolkit gains by leaving finished sentences alone does not show. With --length 0 each model ends its sentences itself,
which after a few hundred steps of training comes near real lengths, and pieces/s tells how much was written.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from peers import options
from peers.job import Condition, Job
from peers.rounds import Reading, Results, alternate, run_job
from peers.systems import TRANSLATION, System
from peers.tables import fastest, markdown, speed_cells
from peers_training import training_job

TRAINED = "trained.json"
WARM_UP = 1


def main() -> None:
    arguments, systems = parse_arguments()
    results = Results(
        arguments.results or arguments.folder / f"translation-{arguments.length}.json",
        options.settings_of(
            arguments, "length", "longest", "training_steps", "beams", "batches", "lines", "single_lines"
        ),
    )
    text = options.text_of(arguments)
    conditions = conditions_of(arguments)

    def run(system: System, job: Job) -> Reading:
        return run_job(system, job, arguments.folder / "environments", arguments.torch, arguments.folder / "logs")

    def measure(system: System, number: int) -> Reading:
        model = trained(system, arguments, text)
        job = Job(
            "translate",
            system.adapter,
            system.options,
            str(model.resolve()),
            str(text.resolve()),
            options.shape_of(arguments),
            threads=arguments.threads,
            conditions=conditions,
            length=arguments.length,
            longest=arguments.longest,
        )
        if system.adapter == "ours" and not system.module.ready(job):
            print(f"preparing {system.name}", flush=True)
            run(system, replace(job, kind="prepare"))
        return run(system, job)

    def report() -> None:
        options.write_report(results, table(results))

    alternate(systems, arguments.rounds, results, measure, report)
    report()
    print(table(results), end="")


def parse_arguments() -> tuple[argparse.Namespace, list[System]]:
    parser = options.parser(__doc__.splitlines()[0], TRANSLATION)
    add = parser.add_argument
    add("--length", type=int, default=16, help="pieces of every translation; 0: as the model ends; default %(default)s")
    add("--longest", type=options.positive, default=50, help="where it is cut if it does not end; default %(default)s")
    add("--training-steps", type=options.positive, default=20, help="of each model, beforehand; default %(default)s")
    add("--beams", type=options.positive, nargs="+", default=[1, 5])
    add("--batches", type=options.positive, nargs="+", default=[1, 64], help="lines that are translated together")
    add("--lines", type=options.positive, default=512, help="translated in each measurement; default %(default)s")
    add("--single-lines", type=options.positive, default=64, help="likewise at batch 1; default %(default)s")
    arguments = parser.parse_args()
    if arguments.length < 0:
        parser.error(f"a translation has no negative length — given --length {arguments.length} — give 0 or more")
    return arguments, options.select(arguments, parser, TRANSLATION)


def conditions_of(arguments: argparse.Namespace) -> list[Condition]:
    return [
        Condition(beams, batch, arguments.single_lines if batch == 1 else arguments.lines)
        for beams in arguments.beams
        for batch in arguments.batches
    ]


def trained(system: System, arguments: argparse.Namespace, text: Path) -> Path:
    """The folder of the model that a system translates with; trains it if there is none of these settings."""
    folder = arguments.folder / "models" / f"{arguments.encoder}-{arguments.training_steps}"
    # Of those that share it the first one says how: what others translate in, nothing may be able to train in.
    first = next(one for one in TRANSLATION if one.model == system.model)
    job = training_job(first, arguments, text, folder, WARM_UP, max(1, arguments.training_steps - WARM_UP))
    mark = Path(job.folder) / TRAINED
    facts = {**options.settings_of(arguments), "steps": job.steps}
    if not mark.exists() or json.loads(mark.read_text(encoding="utf-8")) != facts:
        print(f"training {system.model} for {arguments.training_steps} steps", flush=True)
        run_job(system, job, arguments.folder / "environments", arguments.torch, arguments.folder / "logs")
        mark.write_text(json.dumps(facts), encoding="utf-8")
    return Path(job.folder)


# --- table ------------------------------------------------------------------------------------------------------------


def table(results: Results) -> str:
    """What is there so far, as Markdown: one table for each condition."""
    settings, machine = results.content["settings"], results.content["machine"]
    length = settings["length"]
    ends = (
        f"every translation has {length} pieces"
        if length
        else f"models end translations, at {settings['longest']} pieces at most"
    )
    parts = [
        f"{machine['processor']}, {settings['threads']} threads, {len(results.rounds)} rounds; {ends}; models "
        f"trained for {settings['training_steps']} steps.\n",
        "Median over the rounds (least to greatest); ratio of medians (least to greatest ratio of one round).\n",
    ]
    names = dict.fromkeys(name for one in results.rounds for reading in one.values() for name in reading["conditions"])
    return "\n".join([*parts, *(condition_table(results, name) for name in names)])


def condition_table(results: Results, condition: str) -> str:
    wall, cpu = (speeds(results, condition, seconds) for seconds in ("seconds", "cpu_seconds"))
    peers = [system.name for system in TRANSLATION if system.peer]
    best, best_cpu = fastest(wall, peers), fastest(cpu, peers)
    shape = options.shape_of(argparse.Namespace(**results.content["settings"]))
    rows = []
    for system in TRANSLATION:
        readings = [one[system.name] for one in results.rounds if system.name in one]
        if not readings:
            continue
        found = readings[0]["conditions"][condition]
        rows.append(
            [
                system.name,
                *speed_cells(wall, system.name, best, 1),
                *speed_cells(cpu, system.name, best_cpu, 1),
                f"{found['pieces'] / found['lines']:.1f}",
                f"{max(reading['peak_memory'] for reading in readings):,.0f}",
                f"{max(reading['load_seconds'] for reading in readings):.1f}",
                system.module.differences(shape),
            ]
        )
    head = [
        condition,
        "lines/s",
        f"times {best}" if best else "ratio",
        "lines per CPU second",
        f"times {best_cpu}" if best_cpu else "ratio",
        "pieces a line",
        "peak MiB",
        "seconds to load",
        "what differs",
    ]
    return markdown(head, rows)


def speeds(results: Results, condition: str, seconds: str, counted: str = "lines") -> dict[str, list[float | None]]:
    """Lines or pieces in a second of one of the clocks: of each system, one for each round."""

    def speed(reading: Reading | None) -> float | None:
        return (
            reading["conditions"][condition][counted] / reading["conditions"][condition][seconds] if reading else None
        )

    return {system.name: [speed(one.get(system.name)) for one in results.rounds] for system in TRANSLATION}


if __name__ == "__main__":
    options.guarded(main)
