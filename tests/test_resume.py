"""A training that was stopped in any way and resumed arrives at the bits of the one that never stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from mirror_text import SMALLEST, write_mirror_run
from weights_file import weights_in

DRIVER = Path(__file__).with_name("killed_trainings.py")

QUICK = f"""\
{SMALLEST}\
training:
  maximum_epochs: 3
  log_every_steps: 7
  validation: {{bleu: false}}
  checkpoints: {{metric: perplexity, every_steps: 3, keep_best: 1}}
"""

# Everything with a state: accumulated gradients, a moving average, a plateau, sampled pieces and inputs, real decoding.
FULL = """\
  batches: {kind: tokens, size: 120}
  selection: {blocks: 3, from_epoch: 7}
tokenizer: {vocabulary_size: 24, sampling: {source: 0.1, target: 0.1}}
model:
  embedding_units: 7
  tied_embeddings: all
  encoder: {units: 5, depth: 2}
  decoder: {units: 6, depth: 2, input_feeding: true}
  dropout: {variational: true, source_words: 0.1, weights: 0.1}
training:
  maximum_epochs: 8
  accumulate_steps: 3
  objective: {consistency: 1.0, scheduled_sampling: {kind: exponential, base: 0.99}}
  ema: 0.9
  schedule: {kind: plateau, patience: 1, metric: perplexity, warmup_steps: 5}
  log_every_steps: 2
  validation: {every_steps: 11, bleu_lines: 5}
  checkpoints: {every_steps: 2}
  early_stopping: {patience: 50}
"""


def _train_both(config: Path, folder: Path, seed: int, kills: int) -> tuple[list[str], str]:
    """Trains undisturbed and by way of that many kills; returns when they came, and what the killed run said."""
    command = [sys.executable, str(DRIVER), str(config), str(folder), str(seed), str(kills)]
    done = subprocess.run(command, capture_output=True, text=True)
    said = {log.stem: log.read_text() for log in folder.glob("*.log")}
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{said}"
    return done.stdout.splitlines(), said["killed"]


def _content(run: Path) -> dict[str, object]:
    """What two equal runs share: every tensor and counter of the newest checkpoint, and the log but for the clock."""
    newest = run / "checkpoints" / (run / "last").read_text().strip()
    content: dict[str, object] = {"name": newest.name}
    with np.load(newest / "training.npz") as arrays:
        content.update({name: arrays[name].tobytes() for name in arrays.files})
    content.update(weights_in(newest))
    clock = {"seconds", "interval_seconds", "log_position", "tokens_per_second", "validation_seconds"}
    state = json.loads((newest / "state.json").read_text())
    content["state"] = {
        **state,
        "training": {key: value for key, value in state["training"].items() if key not in clock},
    }
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    content["log"] = [{key: value for key, value in line.items() if key not in clock} for line in lines]
    return content


def _differences(one: Path, other: Path) -> list[str]:
    first, second = _content(one), _content(other)
    return [key for key in {**first, **second} if first.get(key) != second.get(key)]


def test_killed_and_resumed_is_bit_for_bit_the_run_that_was_never_stopped(tmp_path):
    config = write_mirror_run(tmp_path, QUICK, pairs=100)
    kills, said = _train_both(config, tmp_path, seed=1, kills=2)
    assert len(kills) == 2
    assert "while writing" in kills[0]
    assert said.count("continuing from step-") == 2
    assert _differences(tmp_path / "whole" / "tiny", tmp_path / "killed" / "tiny") == []
    assert not list((tmp_path / "killed" / "tiny" / "checkpoints").glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_many_kills_with_everything_that_has_a_state(tmp_path, seed):
    config = write_mirror_run(tmp_path, FULL, pairs=120)
    kills, said = _train_both(config, tmp_path, seed, kills=10)
    assert len(kills) == 10
    assert said.count("continuing from step-") == 10
    assert _differences(tmp_path / "whole" / "tiny", tmp_path / "killed" / "tiny") == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_and_leaves_and_the_command_goes_on(tmp_path, number, code):
    config = write_mirror_run(tmp_path, QUICK, pairs=3000)
    command = [sys.executable, "-m", "seq2seq", "train", str(config), "--folder", str(tmp_path / "runs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as training:
        while not list(tmp_path.glob("runs/tiny/checkpoints/step-*")):
            assert training.poll() is None, training.communicate()
            time.sleep(0.05)
        training.send_signal(number)
        _, errors = training.communicate()
    assert training.returncode == code
    assert "continue with --resume" in errors
    last = (tmp_path / "runs" / "tiny" / "last").read_text().strip()
    assert last in errors
    again = subprocess.run([*command, "--resume", "training.maximum_steps=1"], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert f"continuing from {last}" in again.stdout
    assert "changed: training.maximum_steps: None -> 1" in again.stdout
