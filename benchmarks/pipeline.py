"""The data pipeline on a corpus of WMT size: resident memory and speed of the batches.

    python benchmarks/pipeline.py                  4.5 million pairs, as in benchmarks/README.md
    python benchmarks/pipeline.py --pairs 100000   a minute

Writes generated pairs to a temporary folder (1.3 GB at full size), then takes the steps of a training up to the model:
reads the files, trains a tokenizer on a sample of the lines, encodes all pairs, plans an epoch and makes batches, with
and without subword regularisation. The generator runs in a process of its own, so that its memory is not counted.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from pathlib import Path

import numpy as np

LIMIT_GIB = 3e9 / 2**30
TRAINING_TOKENS_PER_SECOND = 17_000  # of 384 units and 5,000 pieces on two cores, by `growth.py`
WORDS = 50_000
AVERAGE_WORDS = 24  # to a sentence, as in WMT's English-German news
CHUNK_PAIRS = 20_000
BATCHES_TIMED = 3000


def main() -> None:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        clock = Clock()
        generator = multiprocessing.get_context("spawn").Process(target=write_pairs, args=(folder, arguments.pairs))
        generator.start()
        generator.join()
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        clock.report(f"{arguments.pairs:,} pairs written, {size / 2**30:.2f} GiB")
        run_pipeline(Path(folder), clock)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=4_500_000)
    parser.add_argument("--folder", help="where the temporary folder is made")
    return parser.parse_args()


def write_pairs(folder: str, pairs: int) -> None:
    """Sentences of invented words, their frequencies after Zipf, their lengths log-normal, the two sides alike long."""
    generator = np.random.default_rng(1)
    for language in ("source", "target"):
        words = invented_words(generator)
        cumulative = np.cumsum(1.0 / np.arange(1, WORDS + 1))
        cumulative /= cumulative[-1]
        lengths = np.random.default_rng(2)  # the same for both sides
        with open(Path(folder) / f"train.{language}", "w", encoding="utf-8") as file:
            for start in range(0, pairs, CHUNK_PAIRS):
                counts = lengths.lognormal(np.log(AVERAGE_WORDS) - 0.125, 0.5, min(CHUNK_PAIRS, pairs - start))
                counts = np.clip(counts.astype(int), 1, 90)
                chosen = words[np.searchsorted(cumulative, generator.random(counts.sum()))]
                ends = np.cumsum(counts)
                file.writelines(
                    " ".join(chosen[end - count : end]) + "\n" for count, end in zip(counts, ends, strict=True)
                )


def invented_words(generator: np.random.Generator) -> np.ndarray:
    """Words of one to five syllables; frequent ones are short."""
    syllables = [consonant + vowel for consonant in "bdfghklmnprstvwz" for vowel in "aeiouäö"]
    words: dict[str, None] = dict.fromkeys(syllables[:50])
    while len(words) < WORDS:
        longest = 3 if len(words) < 2000 else 6
        chosen = generator.integers(len(syllables), size=generator.integers(2, longest))
        words["".join(syllables[index] for index in chosen)] = None
    return np.array(list(words), dtype=object)


def run_pipeline(folder: Path, clock: Clock) -> None:
    from seq2seq.config.schema import Filters, TextFiles, TrainedTokenizer
    from seq2seq.data import TrainingBatches, build_corpus, read_pairs
    from seq2seq.text import BEGIN_ID, END_ID, PAD_ID, Tokenizer

    source = TextFiles(source=["train.{source}"], target=["train.{target}"])

    def pairs():
        return read_pairs(source, source_language="source", target_language="target", folder=folder)

    settings = TrainedTokenizer(vocabulary_size=16_000)
    tokenizer = Tokenizer.train(
        (line for pair in pairs() for line in pair), **settings.model_dump(exclude={"shared", "sampling"})
    )
    clock.report(f"tokenizer trained on {settings.maximum_lines:,} sampled lines")
    corpus = build_corpus(pairs(), tokenizer.encode, tokenizer.encode, filters=Filters(), keep_texts=True)
    pieces = int(corpus.source_lengths.sum() + corpus.target_lengths.sum())
    clock.report(f"{len(corpus):,} pairs encoded, {pieces:,} pieces, dropped {corpus.drops}")

    sampler = (tokenizer.encode_sampled, 0.1)
    for kind, size in (("sentences", 64), ("tokens", 4000)):
        for sampled in (False, True):
            batches = TrainingBatches(
                corpus,
                kind=kind,
                size=size,
                shuffle=True,
                bucket_batches=50,
                seed=1,
                pad_id=PAD_ID,
                begin_id=BEGIN_ID,
                end_id=END_ID,
                sample_source=sampler if sampled else None,
                sample_target=sampler if sampled else None,
            )
            count, waste = batches.count(0), batches.padding(0).waste
            clock.report(f"epoch planned: {count:,} batches of {size} {kind}, {100 * waste:.1f} % padding")
            tokens = 0
            start, cpu_start = time.perf_counter(), time.process_time()
            for inputs, labels in batches.dataset(0).take(BATCHES_TIMED):
                tokens += np.count_nonzero(inputs["source_ids"]) + np.count_nonzero(labels)
            speed = tokens / (time.perf_counter() - start)
            cpu_speed = tokens / (time.process_time() - cpu_start)
            clock.report(
                f"batches {'with' if sampled else 'without'} sampling: {speed:,.0f} tokens/s "
                f"({cpu_speed:,.0f} for each second of one core), "
                f"{speed / TRAINING_TOKENS_PER_SECOND:.0f} times training's {TRAINING_TOKENS_PER_SECOND:,}"
            )
    peak = memory("VmHWM")
    print(f"peak {peak:.2f} GiB: {'under' if peak < LIMIT_GIB else 'OVER'} the limit of 3 GB ({LIMIT_GIB:.2f} GiB)")


class Clock:
    """Prints each step with its seconds and the resident memory after it."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def report(self, step: str) -> None:
        now = time.perf_counter()
        memories = f"now {memory('VmRSS'):.2f} GiB, peak {memory('VmHWM'):.2f} GiB"
        print(f"{now - self._last:8.1f} s  {memories}  {step}", flush=True)
        self._last = now


def memory(field: str) -> float:
    """Resident memory of this process in GiB: VmRSS now, VmHWM at its highest."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 2**20
    raise OSError(f"/proc/self/status has no {field}: this benchmark needs Linux")


if __name__ == "__main__":
    main()
