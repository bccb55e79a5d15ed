"""A server under load and faults: is any answer wrong, lost or another's, and does memory stay flat?

    python benchmarks/serving_load.py exports/en-de                       64 clients for two minutes, then the faults
    python benchmarks/serving_load.py exports/en-de --seconds 10 --short  a minute in all, as the tests do

Starts `seq2seq serve` in a process of its own. The right answers are computed beforehand, each text alone, by the
SavedModel in this process. Then every client sends one request after the other, of one to eight texts of mixed lengths
and for one of two signatures, and compares what comes with what is right. What is compared, and all faults, are in the
files beside this one. Prints tables for docs/serving.md; leaves with 1 if anything was not as it must be.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expected_answers import SETTINGS, Answer, Expected, compute, lines_of, make_texts, plain_answer, rich_answer
from served_process import ServerProcess
from serving_faults import Fault, run_faults, translate_through_kills

MOST_TEXTS = 8  # of one request
RICH_SHARE = 0.3  # of the requests, for the signature `translate`
ANSWER_SECONDS = 120
# Memory is flat if its mean in the last quarter is at most this much above that of the second.
MEMORY_GROWTH = 0.05
MEMORY_SECONDS = 60  # shorter loads tell nothing of it


@dataclass
class Load:
    """What clients met: counts of texts, and why requests had no answer."""

    counts: Counter[str] = field(default_factory=Counter)  # right, wrong, crossed, lost, refused
    endings: Counter[str] = field(default_factory=Counter)  # of requests without an answer: statuses, errors
    examples: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of each answered request
    memory: list[float] = field(default_factory=list)  # MiB, once a second
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, texts: list[str], rich: bool, answers: list[Answer], expected: Expected, seconds: float) -> None:
        """One answered request. An answer that belongs to another text is crossed, one that belongs to none is wrong,
        one that is missing is lost."""
        with self.lock:
            self.seconds.append(seconds)
            self.counts["lost"] += max(0, len(texts) - len(answers))
            self.counts["wrong"] += max(0, len(answers) - len(texts))
            for text, answer in zip(texts, answers, strict=False):
                kind = judge(text, rich, answer, expected)
                self.counts[kind] += 1
                if kind != "right" and len(self.examples) < 5:
                    self.examples.append(f"{kind}: {text[:60]!r} gave {answer}, not {expected.of(text, rich)}")

    def miss(self, texts: list[str], kind: str, why: str) -> None:
        """A request without an answer: `refused`, with a status and a reason, or `lost`."""
        with self.lock:
            self.counts[kind] += len(texts)
            self.endings[why] += 1


def judge(text: str, rich: bool, answer: Answer, expected: Expected) -> str:
    """`right`, `crossed` or `wrong`."""
    if answer.equals(expected.of(text, rich)):
        return "right"
    others = (expected.rich if rich else expected.plain).values()
    return "crossed" if any(answer.equals(other) for other in others) else "wrong"


def run_load(
    port: int, model: str, expected: Expected, *, clients: int, seconds: float, server: ServerProcess | None = None
) -> Load:
    """Keeps a server busy; every client has a connection of its own, and none asks twice for what it did not get."""
    load, ends = Load(), time.monotonic() + seconds
    workers = [
        threading.Thread(target=_client, args=(port, model, expected, load, ends, number)) for number in range(clients)
    ]
    for worker in workers:
        worker.start()
    while time.monotonic() < ends:
        if server is not None:
            load.memory.append(server.memory())
        time.sleep(min(1.0, max(0.0, ends - time.monotonic())))
    for worker in workers:
        worker.join()
    return load


def _client(port: int, model: str, expected: Expected, load: Load, ends: float, seed: int) -> None:
    generator, texts_known = random.Random(seed), list(expected.plain)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    while time.monotonic() < ends:
        texts = [generator.choice(texts_known) for _ in range(generator.randint(1, MOST_TEXTS))]
        rich = generator.random() < RICH_SHARE
        began = time.monotonic()
        try:
            connection.request("POST", f"/v1/models/{model}:predict", json.dumps(request(texts, rich)).encode())
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            load.miss(texts, "lost", type(error).__name__)
            connection.close()
            continue
        if response.status == 200:
            load.add(texts, rich, answers(json.loads(raw), rich), expected, time.monotonic() - began)
        else:
            load.miss(texts, "refused", f"status {response.status}")
    connection.close()


def request(texts: list[str], rich: bool) -> dict[str, Any]:
    """The row format for texts alone, the column format for a search with its settings."""
    if not rich:
        return {"instances": texts}
    settings = {name: [value] * len(texts) for name, value in SETTINGS.items()}
    return {"signature_name": "translate", "inputs": {"text": texts, **settings}}


def answers(document: dict[str, Any], rich: bool) -> list[Answer]:
    if not rich:
        return [plain_answer(row) for row in document["predictions"]]
    outputs = document["outputs"]
    count = len(outputs["translations"])
    return [rich_answer({name: values[row] for name, values in outputs.items()}) for row in range(count)]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def growth(memory: list[float]) -> float:
    """Of the mean of the last quarter over that of the second, which is past all first times."""
    quarter = len(memory) // 4
    if not quarter:
        return 0.0
    return statistics.mean(memory[-quarter:]) / statistics.mean(memory[quarter : 2 * quarter]) - 1


def load_table(load: Load, clients: int, seconds: float) -> str:
    counts, memory = load.counts, load.memory
    missed = counts["lost"] + counts["refused"]
    rows = [
        ("clients, seconds", f"{clients}, {seconds:g}"),
        ("texts answered, requests", f"{sum(counts.values()) - missed:,}, {len(load.seconds):,}"),
        ("texts refused", f"{counts['refused']}"),
        ("**wrong, lost, crossed**", f"**{counts['wrong']}, {counts['lost']}, {counts['crossed']}**"),
        ("texts/s", f"{counts['right'] / seconds:.1f}"),
        (
            "seconds a request, 50 %, 95 %, 99 %, most",
            ", ".join(f"{percentile(load.seconds, share):.2f}" for share in (0.5, 0.95, 0.99, 1.0)),
        ),
        (
            "server's memory: first, last, greatest MiB",
            f"{memory[0]:.0f}, {memory[-1]:.0f}, {max(memory):.0f} ({100 * growth(memory):+.1f} % from the second "
            "quarter to the last)",
        ),
    ]
    return "\n".join(["| load | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def fault_table(faults: list[Fault]) -> str:
    rows = [f"| {fault.name} | {fault.told}{'' if fault.right else ' — **NOT AS IT MUST BE**'} |" for fault in faults]
    return "\n".join(["| fault | what came of it |", "|---|---|", *rows])


def main() -> None:
    arguments = parse_arguments()
    from seq2seq.export.versions import find_version
    from seq2seq.quiet import import_tensorflow_quietly

    version = find_version(arguments.export)
    if version is None:
        raise SystemExit(f"no export is there — given {arguments.export} — give a folder that `seq2seq export` made")
    import_tensorflow_quietly()
    texts = make_texts(arguments.lines.read_text("utf-8").splitlines() if arguments.lines else lines_of(version))
    tell(f"the answers to {len(texts)} texts, each alone")
    expected = compute(version, texts)
    tell("the server starts")
    server = ServerProcess(arguments.export)
    tell(f"{arguments.clients} clients for {arguments.seconds:g} seconds at {server.address}")
    load = run_load(
        server.port,
        server.model,
        expected,
        clients=arguments.clients,
        seconds=arguments.seconds,
        server=server,
    )
    left_with = server.stop()
    print(load_table(load, arguments.clients, arguments.seconds), end="\n\n", flush=True)
    tell("faults")
    faults = run_faults(arguments.export, expected, tell)
    tell("a file is translated through kills of the server")
    faults += translate_through_kills(arguments.export, expected, tell, short=arguments.short)

    print(fault_table(faults))
    problems = [f"{count} texts {kind}" for kind, count in load.counts.items() if kind != "right" and count]
    problems += [f"{count} requests ended with {why}" for why, count in load.endings.items()] + load.examples
    problems += [f"{fault.name}: {fault.told}" for fault in faults if not fault.right]
    if not load.counts["right"]:
        problems.append("nothing was answered")
    if left_with:
        problems.append(f"the server left with {left_with} after SIGTERM")
    if arguments.seconds >= MEMORY_SECONDS and growth(load.memory) > MEMORY_GROWTH:
        problems.append(f"the server's memory grew by {100 * growth(load.memory):.1f} %")
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    raise SystemExit(1 if problems else 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("export", type=Path, help="what `seq2seq export` wrote")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--lines", type=Path, help="source text; without it, that of the export's warm-up requests")
    parser.add_argument("--short", action="store_true", help="without the minute until a client gives a server up")
    return parser.parse_args()


def tell(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
