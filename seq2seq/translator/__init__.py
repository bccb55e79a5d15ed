"""Strings to strings, with scores and alignments."""

from seq2seq.translator.text_translator import TextTranslator
from seq2seq.translator.translation import TargetAttention, TargetScore, Translation
from seq2seq.translator.translator import Translator

__all__ = ["TargetAttention", "TargetScore", "TextTranslator", "Translation", "Translator"]
