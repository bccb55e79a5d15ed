"""A toolkit of recurrent sequence models on Keras 3: translators first; language models, classifiers and taggers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Classifier",
    "Tagger",
    "TextPredictor",
    "Translator",
    "__version__",
    "load",
    "load_classifier",
    "load_language_model",
    "load_tagger",
    "set_threads",
]

if TYPE_CHECKING:
    from seq2seq.classifier import Classifier
    from seq2seq.language_model import TextPredictor
    from seq2seq.tagger import Tagger
    from seq2seq.threads import set_threads
    from seq2seq.translator import Translator
    from seq2seq.workflows.load import load
    from seq2seq.workflows.load_classifier import load_classifier
    from seq2seq.workflows.load_language_model import load_language_model
    from seq2seq.workflows.load_tagger import load_tagger

_HOMES = {
    "Classifier": "classifier",
    "Tagger": "tagger",
    "TextPredictor": "language_model",
    "Translator": "translator",
    "load": "workflows.load",
    "load_classifier": "workflows.load_classifier",
    "load_language_model": "workflows.load_language_model",
    "load_tagger": "workflows.load_tagger",
    "set_threads": "threads",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first asked for: TensorFlow takes seconds."""
    if name not in _HOMES:
        raise AttributeError(f"module 'seq2seq' has no attribute {name!r}")
    return getattr(import_module(f"seq2seq.{_HOMES[name]}"), name)
