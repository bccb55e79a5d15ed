"""What is asked of one translation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.errors import DataError


@dataclass(frozen=True)
class Constraint:
    """What one translation must begin with, hold and not hold.

    Attributes:
        prefix: its beginning, which the model continues.
        required: words and phrases that it holds, each at least once, in any order.
        forbidden: words and phrases that it does not hold.
    """

    prefix: str = ""
    required: Sequence[str] = ()
    forbidden: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.prefix, str):
            raise DataError(f"a prefix must be text — given {self.prefix!r} — give a string")
        for name in ("required", "forbidden"):
            phrases = getattr(self, name)
            if isinstance(phrases, str) or not all(isinstance(phrase, str) for phrase in phrases):
                raise DataError(f"{name} must be a list of texts — given {phrases!r} — give a list of strings")
            object.__setattr__(self, name, tuple(phrases))
