"""Imports TensorFlow without the lines it writes about itself, so that a newcomer sees only ours.

TensorFlow 2.21 writes about oneDNN and missing CUDA drivers while it is imported, whatever its log level is, and about
a missing GPU at its first operation. For the command line alone: who imports the package gets TensorFlow as it is.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_ERRORS_HIDDEN_TOO = "3"  # "failed call to cuInit" is logged as an error; what fails for good raises in Python


def import_tensorflow_quietly() -> None:
    """Imports TensorFlow; its messages are held back unless the import fails or the user has chosen a log level."""
    if "tensorflow" in sys.modules or _LOG_LEVEL in os.environ:
        return
    os.environ[_LOG_LEVEL] = _ERRORS_HIDDEN_TOO
    with _standard_error_held_back():
        import tensorflow  # noqa: F401
        import tensorflow_text  # noqa: F401 - it brings a copy of the same messages
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def _standard_error_held_back() -> Iterator[None]:
    """Catches what C++ writes to file descriptor 2, and shows it only if the block raises."""
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # standard error is closed
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
