"""The benchmark of the training objectives, with models too small to learn anything."""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "exposure_bias.py"


@pytest.fixture(scope="module")
def benchmark():
    specification = importlib.util.spec_from_file_location("exposure_bias_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # where dataclasses look for it
    specification.loader.exec_module(module)
    yield module
    del sys.modules[specification.name]


def write_text(folder: Path) -> None:
    letters = random.Random(3)
    for part, count in (("train", 130), ("val", 7), ("test_2016_flickr", 5)):
        lines = [" ".join(word(letters) for _ in range(letters.randint(2, 7))) for _ in range(count)]
        for language, texts in (("en", lines), ("de", [line[::-1] for line in lines])):
            with gzip.open(folder / f"{part}.{language}.gz", "wt", encoding="utf-8") as file:
                file.writelines(f"{text}\n" for text in texts)


def test_the_table_holds_means_and_spreads_of_what_is_there(benchmark, tmp_path):
    curves = {"positions": [1, 2], "reference_prefix": [1.0, 4.0], "own_prefix": [1.0, 7.0], "tokens": [3, 1]}
    for run, bleu in (("plain-1", 30.0), ("plain-2", 32.0), ("risk-1", 31.5)):
        for text in (benchmark.VALIDATION, benchmark.TEST):
            path = benchmark.scores_path(tmp_path / run, text)
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps({"bleu": bleu, "perplexity": 7.0, "exposure_bias": curves}))
    benchmark.report(tmp_path)
    lines = (tmp_path / "results.md").read_text().splitlines()
    assert lines[2] == "| plain | 2 | 31.00 ± 1.41 | 31.00 ± 1.41 | 7.00 ± 0.00 | 1.75 ± 0.00 | 2.50 ± 0.00 |"
    assert lines[3].startswith("| scheduled | 0 | – |")
    assert lines[5] == "| risk | 1 | 31.50 | 31.50 | 7.00 | 1.75 | 2.50 |"


def word(letters: random.Random) -> str:
    """Many different ones, so that there are pieces enough."""
    return "".join(letters.choices("abcdefghijkl", k=letters.randint(2, 6)))


@pytest.mark.slow
def test_it_trains_evaluates_and_repeats_nothing(tmp_path):
    write_text(tmp_path)
    runs = tmp_path / "runs"
    call = [sys.executable, str(SCRIPT), str(tmp_path), "--quick", "--runs", str(runs)]
    first = subprocess.run(call, capture_output=True, text=True)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.count("\nseq2seq train") == 4
    assert first.stdout.count("\nseq2seq evaluate") == 8
    lines = (runs / "results.md").read_text().splitlines()
    assert [line.split(" | ")[:2] for line in lines[2:]] == [
        [f"| {name}", "1"] for name in ("plain", "scheduled", "longer", "risk")
    ]
    assert "–" not in "".join(lines[2:])
    (runs / "risk-1" / "evaluation" / "val.en" / "scores.json").unlink()
    again = subprocess.run(call, capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.count("\nseq2seq train") == 1
    assert (runs / "results.md").read_text().splitlines() == lines
