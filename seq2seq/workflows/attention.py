"""`seq2seq attention`: a sentence → the picture of what its translation looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seq2seq.errors import DataError
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.training.run_folder import RunFolder
from seq2seq.visualize.attention import draw_attention
from seq2seq.visualize.figure import check_picture

if TYPE_CHECKING:
    from seq2seq.translator import Translation


def attention(
    run: str | Path, text: str, output: str | Path, *, checkpoint: str = "best", beams: int | None = None
) -> Translation:
    """Translates a sentence, draws its attention, and prints the translation and the picture's name.

    Args:
        run: the run folder.
        text: a sentence in the source language.
        output: .png, .svg or .pdf; a picture of that name is replaced.
        checkpoint: "best", "last" or a checkpoint's name.
        beams: None takes the run's.

    Raises:
        DataError: the text is empty, or the picture cannot be written there.
        RunError, CheckpointError: the run cannot be loaded.
    """
    check_picture(output)
    if not text.strip():
        raise DataError(f"no text to translate — given {text!r} — give a sentence in the source language")
    RunFolder.open(run)
    import_tensorflow_quietly()
    from seq2seq.workflows.load import load

    (translation,) = load(run, checkpoint).translate([text], beams=beams, attention=True)
    draw_attention(np.asarray(translation.attention), translation.source_pieces, translation.target_pieces, output)
    print(translation.text)
    print(f"attention: {output}")
    return translation
