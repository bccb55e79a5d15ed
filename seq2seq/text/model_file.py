"""What is inside a SentencePiece model: its kind and its pieces, and the same model with other ids.

The Python package ships a protobuf reader for it that refuses to load beside the protobuf version TensorFlow needs, so
the few fields are read here, after https://protobuf.dev/programming-guides/encoding and sentencepiece_model.proto:

    ModelProto    1: SentencePiece pieces (repeated), 2: TrainerSpec, 3: NormalizerSpec, ...
    SentencePiece 1: string piece, 2: float score, 3: enum type
    TrainerSpec   3: enum model_type, ...
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
PIECES_FIELD = 1
TRAINER_FIELD = 2


class PieceType(IntEnum):
    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


class ModelKind(IntEnum):
    UNIGRAM = 1
    BPE = 2
    WORD = 3
    CHARACTER = 4


@dataclass(frozen=True)
class Piece:
    """One entry of the vocabulary; its id is its place in the list."""

    text: str
    score: float
    type: PieceType


def read_kind(model_bytes: bytes) -> ModelKind:
    """How the model segments."""
    for number, value, _ in _fields(model_bytes):
        if number == TRAINER_FIELD:
            for inner_number, inner_value, _ in _fields(value):
                if inner_number == 3:
                    return ModelKind(inner_value)
    return ModelKind.UNIGRAM  # the format's default


def read_pieces(model_bytes: bytes) -> list[Piece]:
    """The vocabulary in the order of its ids."""
    return [_piece(value) for number, value, _ in _fields(model_bytes) if number == PIECES_FIELD]


def with_leading_pieces(model_bytes: bytes, leading: list[tuple[int, str]]) -> bytes:
    """The same model with other ids: `leading` becomes ids 0, 1, ..., all other pieces follow in their old order.

    An entry is (old id, name); with the old id -1 it is a new control piece of that name. Segmentation is untouched,
    because it goes by pieces and scores.
    """
    old = [raw for number, _, raw in _fields(model_bytes) if number == PIECES_FIELD]
    rest = b"".join(raw for number, _, raw in _fields(model_bytes) if number != PIECES_FIELD)
    moved = {old_id for old_id, _ in leading}
    first = [old[old_id] if old_id >= 0 else _control_piece(name) for old_id, name in leading]
    return b"".join(first + [raw for old_id, raw in enumerate(old) if old_id not in moved]) + rest


def _piece(message: bytes) -> Piece:
    text, score, type_ = "", 0.0, PieceType.NORMAL
    for number, value, _ in _fields(message):
        if number == 1:
            text = value.decode("utf-8")
        elif number == 2:
            (score,) = struct.unpack("<f", value)
        elif number == 3:
            type_ = PieceType(value)
    return Piece(text, score, type_)


def _control_piece(name: str) -> bytes:
    """A whole `pieces` field."""
    text = name.encode("utf-8")
    message = _tag(1, BYTES) + _varint(len(text)) + text + _tag(3, VARINT) + _varint(PieceType.CONTROL)
    return _tag(PIECES_FIELD, BYTES) + _varint(len(message)) + message


def _fields(message: bytes) -> Iterator[tuple[int, Any, bytes]]:
    """(number, value, the field's own bytes with its tag) of each field of a protobuf message.

    The value is an int for varints, bytes for the rest.
    """
    position = 0
    while position < len(message):
        start = position
        tag, position = _read_varint(message, position)
        wire = tag & 7
        value: Any
        if wire == VARINT:
            value, position = _read_varint(message, position)
        else:
            if wire == BYTES:
                length, position = _read_varint(message, position)
            else:
                length = {FIXED64: 8, FIXED32: 4}[wire]
            value = message[position : position + length]
            position += length
        yield tag >> 3, value, message[start:position]


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first, the high bit set on all but the last: 150 is 0x96 0x01."""
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def _tag(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
