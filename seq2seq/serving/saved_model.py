"""One version of an export, loaded with TensorFlow: nothing else of this package is needed for it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seq2seq.errors import ServingError
from seq2seq.serving.request_error import HTTP_STATUS_OF_CODE, RequestError
from seq2seq.serving.signatures import Arrays, ModelFacts, Signature, TensorDescription
from seq2seq.version_folders import MANIFEST_NAME, SAVED_MODEL_NAME

_WARM_UP_TEXTS = (["a"], ["a b c d e f g h", "i", "j", "k", "l"])  # one alone and a batch of odd lengths


class SavedModelServable:
    """A SavedModel that answers.

    Args:
        folder: a version's folder; its name is the version.

    Raises:
        ServingError: if TensorFlow cannot load it, or it does not answer.
    """

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        try:
            import tensorflow_text  # noqa: F401 - its operations must be registered before the model is loaded
        except ImportError:
            raise ServingError(
                "TensorFlow Text is not installed — exports hold its tokenizer — pip install tensorflow-text"
            ) from None
        self._tensorflow = tf
        self.version = int(folder.name)
        self.signatures: Mapping[str, Signature] = read_signatures(folder)
        self.facts = read_facts(folder)
        try:
            self._model = tf.saved_model.load(str(folder))
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise ServingError(
                f"this SavedModel cannot be loaded — given {folder} ({error}) — export it again"
            ) from None
        self._functions: Mapping[str, Any] = self._model.signatures
        try:
            self._warm_up()
        except Exception as error:  # TensorFlow has no common class for what a graph may raise
            raise ServingError(
                f"this SavedModel does not answer — given {folder} ({type(error).__name__}: {error}) — export it again"
            ) from error

    def run(self, signature_name: str, inputs: Arrays) -> Arrays:
        """The outputs of a signature; strings as arrays of bytes.

        Raises:
            RequestError: if TensorFlow refuses the inputs; its status is that of TF Serving.
        """
        tf = self._tensorflow
        described = self.signatures[signature_name].inputs
        try:
            tensors = {
                name: tf.constant(array, tf.dtypes.as_dtype(_dtype_name(described[name].dtype)))
                for name, array in inputs.items()
            }
            outputs = self._functions[signature_name](**tensors)
        except tf.errors.OpError as error:
            status = HTTP_STATUS_OF_CODE.get(error.error_code, 500)
            raise RequestError(readable(error.message), status) from error
        return {name: _array(tensor) for name, tensor in outputs.items()}

    def _warm_up(self) -> None:
        """The first runs of a function take long: TensorFlow optimises its graph then, and no user should wait."""
        for texts in _WARM_UP_TEXTS:
            for name, signature in self.signatures.items():
                if set(signature.inputs) == {"text"} and name in self._functions:
                    self.run(name, {"text": np.array([text.encode() for text in texts], object)})
        if "translate" in self.signatures and set(self.facts.search) == set(self.signatures["translate"].inputs) - {
            "text"
        }:
            settings = {name: np.array(value) for name, value in self.facts.search.items()}
            self.run("translate", {"text": np.array([b"a b c"], object), **settings})


def _dtype_name(dtype: str) -> str:
    """The name that `tf.as_dtype` knows: DT_STRING -> string, DT_FLOAT -> float32."""
    name = dtype.removeprefix("DT_").lower()
    return {"float": "float32", "double": "float64"}.get(name, name)


def _array(tensor: Any) -> np.ndarray:
    array = np.asarray(tensor.numpy())
    if array.dtype.kind == "V" or array.dtype.name in ("float16", "bfloat16"):
        return array.astype(np.float32)
    return array.astype(object) if array.dtype.kind == "S" else array


def read_signatures(folder: Path) -> dict[str, Signature]:
    """The signatures as the file describes them, so with the names that the model server tells in its metadata."""
    from tensorflow.core.framework import types_pb2
    from tensorflow.core.protobuf import saved_model_pb2

    saved_model = saved_model_pb2.SavedModel()
    path = folder / SAVED_MODEL_NAME
    try:
        saved_model.ParseFromString(path.read_bytes())
        (meta_graph, *_) = saved_model.meta_graphs
    except Exception as error:  # protobuf's DecodeError has no public home; OSError and ValueError come too
        raise ServingError(f"not a SavedModel — given {path} ({error}) — export it again") from None

    def describe(info: Any) -> TensorDescription:
        shape = None
        if not info.tensor_shape.unknown_rank:
            shape = tuple(None if axis.size < 0 else axis.size for axis in info.tensor_shape.dim)
        return TensorDescription(types_pb2.DataType.Name(info.dtype), shape, info.name)

    return {
        name: Signature(
            {key: describe(info) for key, info in sorted(definition.inputs.items())},
            {key: describe(info) for key, info in sorted(definition.outputs.items())},
            definition.method_name,
        )
        for name, definition in sorted(meta_graph.signature_def.items())
    }


def read_facts(folder: Path) -> ModelFacts:
    """What the manifest of the export says; nothing if there is none, since any SavedModel can be served."""
    try:
        written = (folder / MANIFEST_NAME).read_bytes()
        manifest = json.loads(written)
    except (OSError, ValueError):
        return ModelFacts()
    configuration = manifest.get("configuration") if isinstance(manifest, dict) else None
    data, search = (_section(configuration, name) for name in ("data", "search"))
    numbers = {
        "beam_size": search.get("beams"),
        "n_best": 1,
        "length_penalty": search.get("length_penalty"),
        "max_length_ratio": search.get("maximum_ratio"),
    }
    return ModelFacts(
        data.get("source_language"),
        data.get("target_language"),
        {name: value for name, value in numbers.items() if isinstance(value, (int, float))},
        hashlib.sha256(written).hexdigest(),
    )


def _section(configuration: Any, name: str) -> dict[str, Any]:
    section = configuration.get(name) if isinstance(configuration, dict) else None
    return section if isinstance(section, dict) else {}


def readable(message: str) -> str:
    """TensorFlow's message without its graph: what an assertion of the model says, or its first line.

    >>> readable("Graph execution error:\\nassertion failed: [n_best is too large: ] [9]\\n\\t [[{{node x}}]]")
    'n_best is too large: 9'
    """
    assertion = re.search(r"assertion failed: (\[.*\])", message)
    if assertion:
        return " ".join(part.strip() for part in re.findall(r"\[([^\[\]]*)\]", assertion[1]))
    lines = [line.strip() for line in message.splitlines()]
    told = [
        line for line in lines if line and not line.startswith(("Graph execution error", "Detected at", "[[{{node"))
    ]
    return re.sub(r"\s*\[Op:\w+\].*", "", told[0]) if told else "TensorFlow refused the request"
