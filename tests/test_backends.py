"""What JAX and PyTorch find, each in a process of its own, is what TensorFlow finds here."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seq2seq.config.backend import check_backend
from seq2seq.errors import ConfigurationError
from seq2seq.training.run_folder import versions

JOURNEY = Path(__file__).parent / "backend_journey.py"
WITHIN = 1e-4


def travel(backend: str, run: Path, folder: Path) -> dict:
    """What `backend_journey` finds on a backend."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    shutil.copytree(run, folder / "tiny")
    process = subprocess.run(
        [sys.executable, str(JOURNEY), str(folder)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    found = json.loads((folder / "found.json").read_text())
    assert found["backend"] == backend
    return found


def assert_alike(found, expected, within=WITHIN):
    """Numbers within a tolerance, all else equal."""
    if isinstance(expected, float):
        assert found == pytest.approx(expected, abs=within)
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            assert_alike(found[name], value, within)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_alike(one, other, within)
    else:
        assert found == expected


@pytest.fixture(scope="module")
def expected(run) -> dict:
    """What TensorFlow finds."""
    from backend_journey import compared

    return compared(run)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_equal_weights_give_equal_log_probabilities_translations_and_steps(backend, expected, run, tmp_path):
    found = travel(backend, run, tmp_path)
    for name, of_tensorflow in expected.items():
        assert_alike(found["compared"][name], of_tensorflow)
    losses = found["compared"]["lstm"]["losses"]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.1

    assert set(found["objectives"]) == {"consistent", "minimum_risk", "distilled"}
    assert np.isfinite(list(found["objectives"].values())).all()
    training = found["training"]
    assert training["losses"][-1] < training["losses"][0] - 0.1
    assert all(0 <= bleu <= 100 for bleu in training["bleu"])
    assert training["resumed_from"] != training["last"]
    assert training["resumed_equals"]
    assert found["versions"]["backend"] == backend
    assert found["versions"][backend] != "absent"
    assert f"given the backend '{backend}'" in found["export"]


def test_numbers_that_differ_are_told_apart():
    assert_alike({"a": [1.0, "x"]}, {"a": [1.0 + WITHIN / 2, "x"]})
    for other in ({"a": [1.0 + 2 * WITHIN, "x"]}, {"a": [1.0, "y"]}, {"a": [1.0]}, {"b": [1.0, "x"]}):
        with pytest.raises(AssertionError):
            assert_alike({"a": [1.0, "x"]}, other)


def test_a_run_says_its_backend():
    found = versions()
    assert found["backend"] == "tensorflow"
    assert found["tensorflow"] != "absent"
    assert "jax" not in found


@pytest.mark.parametrize(
    ("name", "said"),
    [("tensorflwo", "did you mean 'tensorflow'"), ("torch", r"not installed .* 'torch' .* 'seq2seq\[torch\]'")],
)
def test_a_wrong_backend_is_found_before_keras_is_imported(name, said, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", name)
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    with pytest.raises(ConfigurationError, match=said):
        check_backend()


@pytest.mark.parametrize("name", ["", "tensorflow"])
def test_a_backend_that_is_there_is_none_to_complain_of(name, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", name)
    check_backend()
