"""`seq2seq attention`: a sentence → what its translation looked at, as a picture or as text."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seq2seq.client.translator import is_address
from seq2seq.errors import DataError
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.visualize.attention import draw_attention
from seq2seq.visualize.attention_text import attention_text
from seq2seq.visualize.figure import check_picture
from seq2seq.workflows.run_or_export import exported_version, pinned

if TYPE_CHECKING:
    from seq2seq.translator import TargetAttention, Translation

_MISSING_SHOWN = 5


def attention(
    run: str | Path,
    text: str,
    output: str | Path | None = None,
    *,
    target: str | None = None,
    checkpoint: str = "best",
    beams: int | None = None,
) -> Translation | TargetAttention:
    """Translates a sentence, prints the translation, and prints or draws which source pieces its pieces looked at.

    Args:
        run: the run folder, an export, or the address of a model that is served.
        text: a sentence in the source language.
        output: .png, .svg or .pdf; a picture of that name is replaced. None prints lines of text.
        target: a translation to be looked at in place of the model's own.
        checkpoint: "best", "last" or a checkpoint's name.
        beams: None takes the run's.

    Raises:
        DataError: the text is empty, a target is given for anything but a run, or the picture cannot be written there.
        RunError, CheckpointError: the run cannot be loaded.
        ClientError: the server cannot be reached, or refuses.
    """
    if output is not None:
        check_picture(output)
    if not text.strip():
        raise DataError(f"no text to translate — given {text!r} — give a sentence in the source language")
    if target is not None:
        _check_target(run, target, beams)
    run, checkpoint = pinned(run, checkpoint)  # whatever is wrong with it is told before TensorFlow is imported
    if not is_address(run):
        import_tensorflow_quietly()
    from seq2seq.workflows.load import load, load_run

    found: Translation | TargetAttention
    if target is None:
        translator = load(run, checkpoint)
        (found,) = translator.translate([text], beams=beams, attention=True)
        print(found.text)
        if found.target_truncated:
            print("warning: the translation was stopped at its greatest length", file=sys.stderr)
    else:
        (found,) = load_run(run, checkpoint).attend([text], [target])
    if not found.target_pieces:
        raise DataError(f"the model reads nothing in this text — given {text!r} — give a sentence with words")
    if found.source_truncated:
        print("warning: the text is longer than the model's limit, and was read up to there", file=sys.stderr)
    pieces = found.source_pieces, found.target_pieces
    if output is None:
        print(attention_text(np.asarray(found.attention), *pieces, width=shutil.get_terminal_size().columns))
        return found
    missing = draw_attention(np.asarray(found.attention), *pieces, output)
    print(f"attention: {output}")
    if missing:
        print(_warning(missing), file=sys.stderr)
    return found


def _check_target(run: str | Path, target: str, beams: int | None) -> None:
    if not target.strip():
        raise DataError(f"no target to look at — given {target!r} — give a translation, or leave --target out")
    if beams is not None:
        raise DataError(f"a given target is not searched for — given --beams {beams} with --target — leave one out")
    if is_address(run) or exported_version(run) is not None:
        raise DataError(
            f"exports and servers tell the attention of their own translations alone — given --target for {run} — use "
            "the run that it was made from"
        )


def _warning(missing: str) -> str:
    named = [f"{sign} (U+{ord(sign):04X}, {unicodedata.name(sign, 'unnamed').lower()})" for sign in missing]
    more = len(named) - _MISSING_SHOWN
    shown = ", ".join(named[:_MISSING_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
    return (
        f"warning: no installed font has {shown}; the picture shows their numbers — install a font that has them, such "
        "as one of Noto's, or end the name in .svg, whose text the viewer draws"
    )
