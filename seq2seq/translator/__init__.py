"""Strings to strings, with scores and alignments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seq2seq.translator.constraint import Constraint
from seq2seq.translator.text_translator import TextTranslator
from seq2seq.translator.translation import TargetAttention, TargetScore, Translation

if TYPE_CHECKING:
    from seq2seq.translator.translator import Translator

__all__ = ["Constraint", "TargetAttention", "TargetScore", "TextTranslator", "Translation", "Translator"]


def __getattr__(name: str) -> Any:
    # Lazy, since translators that ask a server need no Keras.
    if name == "Translator":
        from seq2seq.translator.translator import Translator

        return Translator
    raise AttributeError(f"module 'seq2seq.translator' has no attribute {name!r}")
