"""The shipped demonstration reaches what the README says of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_phrasebook_is_learnt(tmp_path):
    """BLEU of at least 95 and 90 % exact matches on 500 test sentences that no training sentence repeats."""

    def seq2seq(*arguments: str) -> None:
        command = [sys.executable, "-m", "seq2seq", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr

    seq2seq("train", "configs/phrasebook.yaml", "--folder", str(tmp_path))
    seq2seq("evaluate", str(tmp_path / "phrasebook"))
    (scores,) = (tmp_path / "phrasebook" / "evaluation").glob("*/scores.json")
    found = json.loads(scores.read_text(encoding="utf-8"))
    assert found["lines"] == 500
    assert found["bleu"] >= 95.0
    assert found["exact_match"] >= 90.0
