"""The Tokenizer: a SentencePiece model with this package's ids, its training and its files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import sentencepiece

from seq2seq.errors import TokenizerError
from seq2seq.text.special_ids import BEGIN_ID, END_ID, PAD_ID, UNKNOWN_ID
from seq2seq.text.training import train_model


class Tokenizer:
    """Text to ids and back by one SentencePiece model (Kudo & Richardson 2018).

    Ids come without begin and end marks; who builds a batch adds them. A tokenizer never changes: equal `model_bytes`
    give equal ids, and `fingerprint` tells two apart.
    """

    def __init__(self, model_bytes: bytes, name: str = "the tokenizer") -> None:
        """Takes a serialised SentencePiece model; `name` stands for it in error messages.

        Raises TokenizerError for bytes that are no model and for a model whose special ids are not ours.
        """
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model_bytes)
        except (RuntimeError, ValueError) as error:
            raise TokenizerError(
                f"{name} cannot be loaded — given {len(model_bytes)} bytes that are no SentencePiece model — give a "
                "file that `spm_train` or this package wrote"
            ) from error
        processor = self._processor
        given = (processor.pad_id(), processor.unk_id(), processor.bos_id(), processor.eos_id())
        wanted = (PAD_ID, UNKNOWN_ID, BEGIN_ID, END_ID)
        if given != wanted:
            raise TokenizerError(
                f"{name} has other special ids than this package — given pad, unknown, begin, end = {given} — train it "
                f"with {wanted}"
            )
        self.model_bytes = model_bytes
        self.vocabulary_size: int = processor.get_piece_size()

    @classmethod
    def train(
        cls,
        lines: Iterable[str],
        *,
        kind: Literal["bpe", "unigram"],
        vocabulary_size: int,
        character_coverage: float,
        byte_fallback: bool,
        user_symbols: Sequence[str],
        normalization: str,
        maximum_lines: int | None = None,
    ) -> Tokenizer:
        """Trains a SentencePiece model on lines of text: the same lines and settings give the same bytes.

        Of more than `maximum_lines` lines, that many are drawn at random (with a fixed seed, so always the same ones):
        a model learns nothing more from the millions of lines of a large corpus, and would need gigabytes for them.

        Raises TokenizerError if there is no text, or if the text allows no vocabulary of this size; the message says
        which size would do.
        """
        return cls(
            train_model(
                lines,
                kind=kind,
                vocabulary_size=vocabulary_size,
                character_coverage=character_coverage,
                byte_fallback=byte_fallback,
                user_symbols=user_symbols,
                normalization=normalization,
                maximum_lines=maximum_lines,
            )
        )

    @classmethod
    def load(cls, path: str | Path) -> Tokenizer:
        """Reads a `.model` file; raises TokenizerError if it is missing or no model with our ids."""
        try:
            model_bytes = Path(path).read_bytes()
        except OSError as error:
            raise TokenizerError(
                f"the tokenizer cannot be read — given {path} ({error.strerror}) — give the path of a .model file"
            ) from error
        return cls(model_bytes, name=f"the tokenizer {path}")

    def save(self, path: str | Path) -> None:
        """Writes the model, byte for byte as `model_bytes`."""
        Path(path).write_bytes(self.model_bytes)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the model's bytes, in hexadecimal digits."""
        return hashlib.sha256(self.model_bytes).hexdigest()

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, without begin and end; an empty text has none."""
        return self._processor.encode(list(texts), out_type=int, num_threads=1)

    def decode(self, ids: Iterable[Iterable[int]]) -> list[str]:
        """The text of each row of ids; pad, begin and end ids are invisible."""
        return self._processor.decode([[int(one) for one in row] for row in ids])

    def pieces(self, ids: Iterable[Iterable[int]]) -> list[list[str]]:
        """The pieces as SentencePiece writes them, U+2581 for a space, for each row of ids."""
        return [self._processor.id_to_piece([int(one) for one in row]) for row in ids]
