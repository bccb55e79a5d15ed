"""The run and the export that several files of tests ask, made once; no test may change them.

Imports stand within the fixtures: tests of what is instant need no TensorFlow.
"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    from tiny_run import make_run

    return make_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def exported(run, tmp_path_factory) -> Path:
    """The folder of an export with one version."""
    from seq2seq.workflows.export import export

    folder = tmp_path_factory.mktemp("exports") / "en-de"
    assert export(run, folder) == folder / "1"
    return folder


@pytest.fixture(scope="session")
def translator(run):
    from seq2seq.workflows.load import load_run

    return load_run(run)
