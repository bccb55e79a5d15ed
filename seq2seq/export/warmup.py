"""Requests that a model server sends to itself when it has loaded the model, so that no user waits for first times.

The server reads `assets.extra/tf_serving_warmup_requests`, a TFRecord file of PredictionLog messages. Their Python
classes are in the package tensorflow-serving-api, which follows TensorFlow months late; the few fields that a predict
request needs are described here, after tensorflow_serving/apis/{prediction_log,predict,model}.proto:

    PredictionLog   oneof log_type: 6 PredictLog predict_log
    PredictLog      1 PredictRequest request
    PredictRequest  1 ModelSpec model_spec, 2 map<string, TensorProto> inputs
    ModelSpec       1 string name, 3 string signature_name
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tensorflow.core.framework import tensor_pb2

WARMUP_PATH = Path("assets.extra") / "tf_serving_warmup_requests"
_PACKAGE = "seq2seq.export.serving"  # not tensorflow.serving: its own package may be loaded in the same process
_Field = descriptor_pb2.FieldDescriptorProto


class Request(NamedTuple):
    """One predict request: the signature and its inputs."""

    signature: str
    inputs: Mapping[str, Any]


def write_warmup(folder: Path, model: str, requests: Iterable[Request]) -> None:
    """Writes them into the folder of a SavedModel; the server takes at most 1000."""
    path = folder / WARMUP_PATH
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for request in requests:
            writer.write(prediction_log(model, request).SerializeToString(deterministic=True))


def prediction_log(model: str, request: Request) -> Any:
    """The PredictionLog message of a request."""
    log = prediction_log_class()()
    predict = log.predict_log.request
    predict.model_spec.name = model
    predict.model_spec.signature_name = request.signature
    for name, value in request.inputs.items():
        predict.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return log


def read_warmup(folder: Path) -> list[Request]:
    """The requests in the folder of a SavedModel."""
    requests = []
    for record in tf.data.TFRecordDataset(str(folder / WARMUP_PATH)):
        predict = prediction_log_class().FromString(record.numpy()).predict_log.request
        inputs: dict[str, np.ndarray] = {name: tf.make_ndarray(value) for name, value in predict.inputs.items()}
        requests.append(Request(predict.model_spec.signature_name, inputs))
    return requests


@cache
def prediction_log_class() -> Any:
    """The class of PredictionLog, with the fields above."""
    file = descriptor_pb2.FileDescriptorProto(
        name="seq2seq/export/serving.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=[tensor_pb2.DESCRIPTOR.name],
    )
    model_spec = file.message_type.add(name="ModelSpec")
    model_spec.field.add(name="name", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    model_spec.field.add(name="signature_name", number=3, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)

    request = file.message_type.add(name="PredictRequest")
    _add_message(request, "model_spec", 1, f".{_PACKAGE}.ModelSpec")
    entry = request.nested_type.add(name="InputsEntry", options=descriptor_pb2.MessageOptions(map_entry=True))
    entry.field.add(name="key", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    _add_message(entry, "value", 2, ".tensorflow.TensorProto")
    _add_message(request, "inputs", 2, f".{_PACKAGE}.PredictRequest.InputsEntry", _Field.LABEL_REPEATED)

    predict_log = file.message_type.add(name="PredictLog")
    _add_message(predict_log, "request", 1, f".{_PACKAGE}.PredictRequest")
    prediction_log = file.message_type.add(name="PredictionLog")
    prediction_log.oneof_decl.add(name="log_type")
    _add_message(prediction_log, "predict_log", 6, f".{_PACKAGE}.PredictLog").oneof_index = 0

    pool = descriptor_pool.Default()  # where TensorProto is known
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.PredictionLog"))


def _add_message(
    message: descriptor_pb2.DescriptorProto, name: str, number: int, kind: str, label: Any = _Field.LABEL_OPTIONAL
) -> Any:
    return message.field.add(name=name, number=number, type=_Field.TYPE_MESSAGE, type_name=kind, label=label)
