"""A made-up language of letters and its mirror, as text for tiny trainings, and the head of their configurations."""

from __future__ import annotations

import random
from pathlib import Path

# Ends within the section `data`, which the settings of a test go on with.
HEAD = """\
data:
  train: {source: [train.source], target: [train.target]}
  validation: {source: [validation.source], target: [validation.target]}
  folder: FOLDER
"""

# Goes on after it: the smallest pieces and model, the last line within the section `model`.
SMALLEST = """\
  batches: {size: 8}
tokenizer: {vocabulary_size: 24}
model:
  embedding_units: 7
  encoder: {kind: simple_rnn, units: 6, bidirectional: none}
  decoder: {kind: simple_rnn, units: 6}
"""


def write_mirror_run(folder: Path, settings: str, *, pairs: int) -> Path:
    """Writes so many training pairs and 9 for validation into a folder, and the configuration; returns its file."""
    letters = random.Random(5)
    for part, count in (("train", pairs), ("validation", 9)):
        lines = [" ".join(letters.choices("abcdefghijkl", k=letters.randint(2, 7))) for _ in range(count)]
        (folder / f"{part}.source").write_text("".join(line + "\n" for line in lines))
        (folder / f"{part}.target").write_text("".join(line[::-1] + "\n" for line in lines))
    path = folder / "tiny.yaml"
    path.write_text(HEAD.replace("FOLDER", str(folder)) + settings)
    return path
