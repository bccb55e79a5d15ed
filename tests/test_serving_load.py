"""benchmarks/serving_load.py: its short form passes, and a server that mixes answers up does not get past it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")

from serving_doubles import UppercaseModel, running_server, translated

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
TEXTS = ["one two three", "two three", "", "four five six seven", "ä 🙂"]


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def expected_of_the_double():
    """As the double answers: the settings are those of the measurement, two results a text."""
    from expected_answers import Answer, Expected

    plain = {text: Answer((translated(text),), (-len(text) / 8,)) for text in TEXTS}

    def rich(text: str) -> Answer:
        pieces = (*text.split(), "</s>")
        texts, scores = zip(*((translated(text) + "!" * rank, -len(text) / 8 - rank) for rank in range(2)), strict=True)
        return Answer(texts, scores, pieces, (len(pieces),) * 2 * len(pieces))

    return Expected(plain, {text: rich(text) for text in TEXTS})


class Shifted(UppercaseModel):
    """Gives each text of a shared run its neighbour's answer."""

    def run(self, signature_name, inputs):
        outputs = super().run(signature_name, inputs)
        return {name: np.roll(array, 1, axis=0) for name, array in outputs.items()}


class Careless(UppercaseModel):
    """Now and then a letter is another one."""

    def run(self, signature_name, inputs):
        outputs = super().run(signature_name, inputs)
        name = "translation" if signature_name == "serving_default" else "translations"
        outputs[name][outputs[name] == b"SEVEN SIX FIVE FOUR"] = b"SEVEN SIX FIVE FOR"
        return outputs


@pytest.mark.parametrize(
    ("model", "kinds"), [(UppercaseModel, {"right"}), (Shifted, {"right", "crossed"}), (Careless, {"right", "wrong"})]
)
def test_what_clients_are_answered_is_judged(tmp_path, model, kinds):
    from serving_load import run_load

    with running_server(tmp_path, model(seconds=0.02)) as server:  # so slow that requests gather
        load = run_load(server.port, "en-de", expected_of_the_double(), clients=8, seconds=1.5)
    assert {kind for kind, count in load.counts.items() if count} == kinds, load.examples
    assert len(load.seconds) >= 8
    assert max(server.model.batches) > 8  # requests did share runs


def test_what_is_not_answered_is_refused_or_lost(tmp_path):
    from serving_load import run_load

    with running_server(tmp_path) as server:
        server.server.closing = True
        load = run_load(server.port, "en-de", expected_of_the_double(), clients=2, seconds=0.2)
    assert set(load.counts) == {"refused"}
    assert set(load.endings) == {"status 503"}
    load = run_load(server.port, "en-de", expected_of_the_double(), clients=2, seconds=0.1)
    assert set(load.counts) == {"lost"}
    assert set(load.endings) == {"ConnectionRefusedError"}


def test_memory_that_grows_is_seen():
    from serving_load import growth, percentile

    assert growth([10, 20, *[40.0] * 6]) == pytest.approx(40 / 40 - 1)
    assert growth([1.0, 1, 1, 1, 1, 1, 1.1, 1.3]) == pytest.approx(0.2)
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 3.0
    assert percentile([3.0, 1.0], 1.0) == 3.0


@pytest.mark.slow
def test_the_short_form_passes(exported):
    """A server process of an export: load, all faults of clients, and a kill within the translation of a file."""
    command = [sys.executable, str(BENCHMARKS / "serving_load.py"), str(exported), "--short"]
    done = subprocess.run([*command, "--seconds", "5", "--clients", "16"], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| **wrong, lost, crossed** | **0, 0, 0** |" in done.stdout
    assert "640 of 640 lines as they must be" in done.stdout
