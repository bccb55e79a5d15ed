"""What the server knows of a model: its signatures, as the SavedModel describes them, and a way to run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

DEFAULT_SIGNATURE = "serving_default"
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class TensorDescription:
    """One input or output.

    Attributes:
        dtype: as TensorFlow's protocol buffers name it: DT_STRING, DT_INT32, DT_FLOAT ...
        shape: an axis of any length is None; None instead of the tuple is any number of axes.
        tensor: the name in the graph, for the metadata.
    """

    dtype: str
    shape: tuple[int | None, ...] | None
    tensor: str = ""


@dataclass(frozen=True)
class Signature:
    """The named inputs and outputs of one function of the model."""

    inputs: Mapping[str, TensorDescription]
    outputs: Mapping[str, TensorDescription]
    method_name: str = "tensorflow/serving/predict"


@dataclass(frozen=True)
class ModelFacts:
    """What the export tells about a model, for the page and for clients; None and empty where it does not say."""

    source_language: str | None = None
    target_language: str | None = None
    search: Mapping[str, float] = field(default_factory=dict)  # its settings, by the names of the signature `translate`
    sha256: str | None = None  # of the manifest, which no two exports have in common


class Servable(Protocol):
    """One loaded version of a model. `run` is called by one thread at a time."""

    version: int
    signatures: Mapping[str, Signature]
    facts: ModelFacts

    def run(self, signature_name: str, inputs: Arrays) -> Arrays:
        """The outputs of a signature.

        Raises:
            RequestError: if the model refuses the inputs.
        """
        ...
