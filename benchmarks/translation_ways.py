"""Ways to translate with one run, in turns: lines/s and BLEU of precisions, shortlists and exports.

    python benchmarks/translation_ways.py RUN --source test.en --reference test.de
    python benchmarks/translation_ways.py RUN --source test.en --reference test.de --shortlist RUN/shortlist.npz
    python benchmarks/translation_ways.py RUN --source test.en --reference test.de --export exports/whole exports/int8
    python benchmarks/translation_ways.py RUN --source test.en --reference test.de --at-once 2

Every condition is a beam width and a batch. In a round each is measured once in every way, one after the other, on the
same lines in the same order (by length, as `seq2seq translate` sorts them): the run in each precision, over the whole
vocabulary and over each shortlist, and each export. Loading is not in the time, nor is one batch of each beforehand, in
which graphs are traced. Ratios are to the first way. BLEU is that of what was translated, so of fewer lines at batch 1;
pieces are those of a batch's output vocabulary, padding included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from peers.options import positive
from peers.rounds import machine
from peers.tables import markdown, ratio
from tensorflow_threads import import_tensorflow

from seq2seq.threads import map_batches, set_threads
from seq2seq.workflows.members import PRECISIONS

# Of `seq2seq.workflows.members.PRECISIONS`, those that any processor has: int8_products take one with VNNI.
EVERYWHERE = ("float32", "bfloat16_products")


@dataclass(frozen=True)
class Way:
    """A translator, and the shortlist that it translates with, if there is one."""

    translator: Any
    shortlist: Any = None


@dataclass(frozen=True)
class Condition:
    """How lines are translated: so many beams, so many lines at a time, the first `lines` of the text."""

    beams: int
    batch: int
    lines: int

    @property
    def name(self) -> str:
        return f"{'greedy' if self.beams == 1 else f'{self.beams} beams'}, batch {self.batch}"


@dataclass(frozen=True)
class Reading:
    """One measurement, its seconds by the wall and by the processor's clock."""

    wall: float
    processor: float
    bleu: float
    pieces: float | None  # of the output vocabulary of a batch, on average; None where it is not known


def main() -> None:
    arguments = parse_arguments()
    import_tensorflow(arguments.threads)
    if arguments.at_once:
        set_threads(arguments.at_once)
    ways = ways_of(arguments)
    pairs = text_of(arguments.source, arguments.reference)
    readings: dict[tuple[Condition, str], list[Reading]] = {}
    for condition in conditions_of(arguments, len(pairs)):
        chosen = spread(pairs, condition.lines)
        for way in ways.values():
            measure(way, chosen[-condition.batch :], condition)
        for number in range(arguments.rounds):
            for name, way in ways.items():
                print(f"round {number + 1} of {arguments.rounds}: {condition.name}, {name}", flush=True)
                made = measure(way, chosen, condition)
                readings.setdefault((condition, name), []).append(made)
    if arguments.results:
        arguments.results.write_text(json.dumps(as_json(readings), indent=1) + "\n", encoding="utf-8")
    print(table(readings), end="")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="a run folder")
    parser.add_argument("--source", type=Path, required=True, help="text to translate, a line each, plain or .gz")
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(EVERYWHERE))
    parser.add_argument("--shortlist", type=Path, nargs="+", default=[], help="files of `seq2seq shortlist`")
    parser.add_argument("--export", type=Path, nargs="+", default=[], help="exports of the run")
    parser.add_argument("--beams", type=int, nargs="+", default=[5, 1])
    parser.add_argument("--batches", type=int, nargs="+", default=[64, 1])
    parser.add_argument("--lines", type=int, default=1000, help="spread over the text; default %(default)s")
    parser.add_argument("--single-lines", type=int, default=100, help="of them at batch 1; default %(default)s")
    parser.add_argument("--rounds", type=int, default=5)
    threads = parser.add_mutually_exclusive_group()
    threads.add_argument("--threads", type=int, default=0, help="of each batch in its turn; 0: TensorFlow's choice")
    threads.add_argument("--at-once", type=positive, help="so many threads, each with a batch of its own")
    parser.add_argument("--results", type=Path, help="a JSON file for all readings")
    return parser.parse_args()


def ways_of(arguments: argparse.Namespace) -> dict[str, Way]:
    """The ways that are asked for, by name."""
    from seq2seq.text.shortlist import Shortlist
    from seq2seq.workflows.load import load, load_run

    ways = {}
    for precision in arguments.precisions:
        translator = load_run(arguments.run, precision=precision)
        ways[precision] = Way(translator)
        for path in arguments.shortlist:
            ways[f"{precision}, {path}"] = Way(translator, Shortlist.load(path))
    for path in arguments.export:
        ways[f"export {path}"] = Way(load(path))
    return ways


def text_of(source: Path, reference: Path) -> list[tuple[str, str]]:
    """Pairs of lines that are not empty."""
    from seq2seq.data.lines import read_lines

    pairs = zip(read_lines(source), read_lines(reference), strict=True)
    return [pair for pair in pairs if pair[0].strip()]


def conditions_of(arguments: argparse.Namespace, lines: int) -> list[Condition]:
    return [
        Condition(beams, batch, min(lines, arguments.single_lines if batch == 1 else arguments.lines))
        for beams in arguments.beams
        for batch in arguments.batches
    ]


def spread(pairs: Sequence[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """So many pairs from all over the text, the shortest source first."""
    chosen = [pairs[place * len(pairs) // count] for place in range(count)]
    return sorted(chosen, key=lambda pair: len(pair[0]))


def measure(way: Way, pairs: Sequence[tuple[str, str]], condition: Condition) -> Reading:
    """Translates batch by batch, several at once if there are threads for them; single lines one after the other."""
    from seq2seq.evaluation import score_corpus

    sources, references = zip(*pairs, strict=True)
    batches = [sources[start : start + condition.batch] for start in range(0, len(sources), condition.batch)]
    options = {"beams": condition.beams} | ({} if way.shortlist is None else {"shortlist": way.shortlist})

    def translated(texts: Sequence[str]) -> list[str]:
        return [one.text for one in way.translator.translate(texts, **options)]

    in_turn = map if condition.batch == 1 else map_batches
    wall, processor = time.perf_counter(), time.process_time()
    found = [text for some in in_turn(translated, batches) for text in some]
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    bleu = score_corpus(found, list(references)).bleu
    sizes = [size_of(way, texts) for texts in batches]
    return Reading(wall, processor, bleu, None if None in sizes else statistics.mean(sizes))


def size_of(way: Way, texts: Sequence[str]) -> int | None:
    """The pieces of the output vocabulary that these texts are searched with; None where an export does not tell."""
    from seq2seq.translator import Translator
    from seq2seq.translator.output_vocabulary import OutputVocabulary

    translator, shortlist = way.translator, way.shortlist
    if not isinstance(translator, Translator):
        return None
    if shortlist is None:
        return translator.target_tokenizer.vocabulary_size
    candidates = [shortlist.candidates([*ids, 3]) for ids in translator.source_tokenizer.encode_sources(texts)]
    return len(OutputVocabulary(candidates, shortlist.target_size).ids)


def as_json(readings: dict[tuple[Condition, str], list[Reading]]) -> dict[str, Any]:
    found = [
        {**asdict(condition), "way": name, "readings": [asdict(one) for one in made]}
        for (condition, name), made in readings.items()
    ]
    return {"machine": machine(), "measured": found}


def table(readings: dict[tuple[Condition, str], list[Reading]]) -> str:
    """Medians over the rounds, and ratios to the first way with their range over the rounds."""
    rows = []
    first = next(iter(readings))[1]
    for (condition, name), made in readings.items():
        speeds = {clock: [condition.lines / getattr(one, clock) for one in made] for clock in ("wall", "processor")}
        whole = {
            clock: [condition.lines / getattr(one, clock) for one in readings[condition, first]] for clock in speeds
        }
        rows.append(
            [
                condition.name,
                name,
                "–" if made[0].pieces is None else f"{statistics.mean(one.pieces for one in made):,.0f}",
                f"{statistics.median(speeds['wall']):,.1f}",
                "1" if name == first else str(ratio(speeds["wall"], whole["wall"])),
                f"{statistics.median(speeds['processor']):,.1f}",
                "1" if name == first else str(ratio(speeds["processor"], whole["processor"])),
                f"{made[0].bleu:.2f}",
            ]
        )
    header = [
        "search",
        "way",
        "pieces of a batch",
        "lines/s",
        f"times {first}",
        "lines/s of processor",
        "times",
        "BLEU",
    ]
    return markdown(header, rows)


if __name__ == "__main__":
    main()
