"""The names of the ways in which an export holds the weights; here, since TensorFlow is not needed to say them."""

from __future__ import annotations

from enum import Enum


class Storage(str, Enum):
    """How an export holds the weights."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"
    int8 = "int8"


STORAGES = tuple(storage.value for storage in Storage)
