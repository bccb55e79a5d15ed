"""Documents of translators: their segments out, translated, and back, all else as it was."""

from seq2seq.documents.document import Document, Kept, Options
from seq2seq.documents.formats import SUFFIXES, find_reader, is_document
from seq2seq.documents.translation import translate_segments

__all__ = ["SUFFIXES", "Document", "Kept", "Options", "find_reader", "is_document", "translate_segments"]
