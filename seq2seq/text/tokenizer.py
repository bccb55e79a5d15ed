"""The Tokenizer: a SentencePiece model with this package's ids, its training and its files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import sentencepiece

from seq2seq.errors import TokenizerError
from seq2seq.special_ids import BEGIN_ID, END_ID, PAD_ID, UNKNOWN_ID
from seq2seq.text.bpe_dropout import BpeDropout
from seq2seq.text.model_file import ModelKind, PieceType, read_kind, read_pieces, with_leading_pieces
from seq2seq.text.sampling import SubwordSampler
from seq2seq.text.training import train_model
from seq2seq.text.unigram_sampling import UnigramSampling
from seq2seq.text.unigram_segmentation import UnigramSegmentation
from seq2seq.text.units import SPACE

UNKNOWN_SURFACE = " \u2047 "  # what SentencePiece decodes an unknown piece to
SPECIAL_IDS = (PAD_ID, UNKNOWN_ID, BEGIN_ID, END_ID)


class Tokenizer:
    """Text to ids and back by one SentencePiece model (Kudo & Richardson 2018).

    Ids come without begin and end marks; who builds a batch adds them. A tokenizer never changes: equal `model_bytes`
    give equal ids, and `fingerprint` tells two apart.
    """

    def __init__(self, model_bytes: bytes, name: str = "the tokenizer") -> None:
        """Takes a serialised SentencePiece model; `name` stands for it in error messages.

        Raises TokenizerError for bytes that are no model and for a model whose special ids are not ours.
        """
        self._processor = _processor(model_bytes, name)
        given = _special_ids(self._processor)
        if given != SPECIAL_IDS:
            raise TokenizerError(
                f"{name} has other special ids than this package — given pad, unknown, begin, end = {given} — it needs "
                f"{SPECIAL_IDS}; Tokenizer.load renumbers a file's"
            )
        self.model_bytes = model_bytes
        self.vocabulary_size: int = self._processor.get_piece_size()
        self._kind = read_kind(model_bytes)
        self._samplers: dict[float, SubwordSampler] = {}

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
        """Reads a `.model` file of SentencePiece.

        A model trained elsewhere, with other special ids or without some of them, is renumbered: pad, unknown, begin
        and end come first, the other pieces keep their order. Its segmentation stays the same.

        Raises TokenizerError if the file is missing or no SentencePiece model.
        """
        name = f"the tokenizer {path}"
        try:
            model_bytes = Path(path).read_bytes()
        except OSError as error:
            raise TokenizerError(
                f"the tokenizer cannot be read — given {path} ({error.strerror}) — give the path of a .model file"
            ) from error
        given = _special_ids(_processor(model_bytes, name))
        if given != SPECIAL_IDS:
            names = ("<pad>", "<unk>", "<s>", "</s>")
            model_bytes = with_leading_pieces(model_bytes, list(zip(given, names, strict=True)))
        return cls(model_bytes, name=name)

    def save(self, path: str | Path) -> None:
        """Writes the model, byte for byte as `model_bytes`."""
        Path(path).write_bytes(self.model_bytes)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the model's bytes, in hexadecimal digits."""
        return hashlib.sha256(self.model_bytes).hexdigest()

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, without begin and end; an empty text has none."""
        if self._kind is ModelKind.UNIGRAM:
            return self._unigram.encode(texts)
        return self._processor.encode(list(texts), out_type=int, num_threads=1)

    def encode_sources(self, texts: Sequence[str]) -> list[list[int]]:
        """As `encode`, for texts to be translated: one of white space alone has no ids either, as it has no words."""
        return self.encode([text if text.strip() else "" for text in texts])

    def encode_sampled(self, texts: Sequence[str], rate: float, seed: int) -> list[list[int]]:
        """The ids of each text in a segmentation drawn by chance: subword regularisation.

        For BPE, `rate` is the probability that a merge is dropped: 0 gives the ids of `encode`, 1 gives characters. For
        unigram it is the smoothing alpha, the power to which a segmentation's probability is raised: near 0 all
        segmentations are equally likely, large values come near `encode`. A rate of 0 means no sampling for either.

        A pure function: the same texts, rate and seed give the same ids in every call, thread and process.

        Raises TokenizerError for a model that is neither BPE nor unigram.
        """
        if rate == 0:
            return self.encode(texts)
        if rate not in self._samplers:
            self._samplers[rate] = self._sampler(rate)
        return self._samplers[rate].encode(texts, seed)

    def decode(self, ids: Iterable[Iterable[int]]) -> list[str]:
        """The text of each row of ids; pad, begin and end ids are invisible."""
        return self._processor.decode([[int(one) for one in row] for row in ids])

    def pieces(self, ids: Iterable[Iterable[int]]) -> list[list[str]]:
        """The pieces as SentencePiece writes them, U+2581 for a space, for each row of ids."""
        return [self._processor.id_to_piece([int(one) for one in row]) for row in ids]

    def normalize(self, texts: Sequence[str]) -> list[str]:
        """The texts as their pieces spell them, with plain spaces, none at the ends: "  ﬁne  day" -> "fine day"."""
        return [text.replace(SPACE, " ").strip(" ") for text in self._processor.normalize(list(texts))]

    @cached_property
    def surfaces(self) -> tuple[bytes, ...]:
        """What each id adds to a text, in UTF-8; a byte piece is one byte, and pad, begin and end are nothing."""
        found = []
        for piece in read_pieces(self.model_bytes):
            if piece.type == PieceType.BYTE:
                found.append(bytes([int(piece.text[1:-1], 16)]))
            elif piece.type == PieceType.CONTROL:
                found.append(b"")
            elif piece.type == PieceType.UNKNOWN:
                found.append(UNKNOWN_SURFACE.encode())
            else:
                found.append(piece.text.replace(SPACE, " ").encode())
        return tuple(found)

    @cached_property
    def _unigram(self) -> UnigramSegmentation:
        return UnigramSegmentation(read_pieces(self.model_bytes), self._processor.normalize)

    def _sampler(self, rate: float) -> SubwordSampler:
        samplers: dict[ModelKind, type[SubwordSampler]] = {
            ModelKind.BPE: BpeDropout,
            ModelKind.UNIGRAM: UnigramSampling,
        }
        if self._kind not in samplers:
            raise TokenizerError(
                f"subword regularisation is for BPE and unigram models — given a {self._kind.name.lower()} model — "
                "leave tokenizer.sampling null"
            )
        return samplers[self._kind](read_pieces(self.model_bytes), self._processor.normalize, rate)


def _processor(model_bytes: bytes, name: str) -> sentencepiece.SentencePieceProcessor:
    try:
        return sentencepiece.SentencePieceProcessor(model_proto=model_bytes)
    except (RuntimeError, ValueError) as error:
        raise TokenizerError(
            f"{name} cannot be loaded — given {len(model_bytes)} bytes that are no SentencePiece model — give a file "
            "that `spm_train` or this package wrote"
        ) from error


def _special_ids(processor: sentencepiece.SentencePieceProcessor) -> tuple[int, int, int, int]:
    """Pad, unknown, begin and end; -1 for one that the model lacks."""
    return processor.pad_id(), processor.unk_id(), processor.bos_id(), processor.eos_id()
