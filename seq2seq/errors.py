"""The exceptions that a user can cause: each message says what is wrong, what was given and what would be right.

The command line prints the message alone and leaves with exit code 2; every other exception is a defect of ours and
keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Seq2SeqError(Exception):
    """The base of all errors that are the input's fault."""


class ConfigurationError(Seq2SeqError):
    """A configuration with an unknown key, a wrong type, a value out of range or contradictory settings."""


class DataError(Seq2SeqError):
    """Text that cannot be read, decoded, paired or used."""


class TokenizerError(Seq2SeqError):
    """A tokenizer that cannot be trained, loaded, or that does not belong to the model."""


class RunError(Seq2SeqError):
    """A run folder that exists already, is incomplete, or was made with another configuration."""


class CheckpointError(RunError):
    """A checkpoint that is missing, torn or belongs to another model."""


class ExportError(Seq2SeqError):
    """An export that exists already, is none, or does not answer as its run does."""


class DivergenceError(Seq2SeqError):
    """A loss that is not a finite number, or that has grown past all sense."""


class ServingError(Seq2SeqError):
    """An export that cannot be served, or a server that cannot be started."""


class ClientError(Seq2SeqError):
    """A server that cannot be reached or has refused a request; `status` is its HTTP status, None without an answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Interrupted(Seq2SeqError):
    """A Ctrl-C or SIGTERM that was obeyed, after saving; the process leaves with `exit_code`, 130 or 143."""

    def __init__(self, signal_number: int, message: str = "interrupted") -> None:
        super().__init__(message)
        self.signal_number = signal_number

    @property
    def exit_code(self) -> int:
        return 128 + self.signal_number


def nearest_name(given: str, valid: Iterable[str]) -> str:
    """The end of an error message for a name that is not among `valid`: the nearest one, or all of them.

    >>> nearest_name("encodr", ["encoder", "decoder"])
    "did you mean 'encoder'?"
    >>> nearest_name("x", ["lstm", "gru"])
    "valid: 'lstm', 'gru'"
    """
    names = [str(name) for name in valid]
    close = difflib.get_close_matches(str(given), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "valid: " + ", ".join(repr(name) for name in names)
