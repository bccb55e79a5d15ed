"""A client over gRPC, which TF Serving speaks on port 8500; it needs the extra `grpc`, and so imports TensorFlow."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seq2seq.client.answers import Metadata, VersionStatus
from seq2seq.client.base import CONNECTIONS_PER_RETRY, LONGEST_PAUSE_SECONDS, BaseClient
from seq2seq.errors import ClientError

_ANSWER_BYTES = 256 << 20  # attention of many hypotheses
_FIRST_PAUSE_SECONDS = 0.2
_RECONNECT_MILLISECONDS = 2000  # gRPC's own pauses between tries grow to two minutes, and ours would ask in vain
_DTYPES = {"beam_size": "int32", "n_best": "int32", "length_penalty": "float32", "max_length_ratio": "float32"}


class GrpcClient(BaseClient):
    """Asks a model server over gRPC; arguments, methods and answers are those of `Client`.

    Its address is host and port, such as 127.0.0.1:8500; the connection is not encrypted.

    Raises:
        ClientError: if the extra is not installed; and as `Client`.
    """

    default_address = "127.0.0.1:8500"
    request_bytes = 1 << 20  # a server takes 4 MiB unless it is told otherwise

    def _connect(self) -> None:
        try:
            import grpc
            from tensorflow_serving.apis import (
                get_model_metadata_pb2,
                get_model_status_pb2,
                model_service_pb2_grpc,
                predict_pb2,
                prediction_service_pb2_grpc,
            )
        except ImportError as error:
            raise ClientError(
                f"packages for gRPC are not installed — missing {error.name} — pip install -e '.[grpc]', or use "
                "seq2seq.client.Client over REST"
            ) from None
        self._grpc: Any = grpc
        self._predict_request: Any = predict_pb2.PredictRequest
        self._status_request: Any = get_model_status_pb2.GetModelStatusRequest
        self._state_name: Any = get_model_status_pb2.ModelVersionStatus.State.Name
        self._metadata_request: Any = get_model_metadata_pb2.GetModelMetadataRequest
        self._signature_map: Any = get_model_metadata_pb2.SignatureDefMap
        self._channel = grpc.insecure_channel(
            self._address,
            [
                ("grpc.max_receive_message_length", _ANSWER_BYTES),
                ("grpc.max_reconnect_backoff_ms", _RECONNECT_MILLISECONDS),
            ],
        )
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def status(self) -> list[VersionStatus]:
        """See `Client.status`."""
        request = self._status_request()
        self._name(request.model_spec)
        answer = self._call(self._models.GetModelStatus, request)
        return [
            VersionStatus(each.version, self._state_name(each.state), each.status.error_message)
            for each in answer.model_version_status
        ]

    def metadata(self) -> Metadata:
        """See `Client.metadata`."""
        from tensorflow.core.framework import types_pb2

        request = self._metadata_request()
        self._name(request.model_spec)
        request.metadata_field.append("signature_def")
        answer = self._call(self._prediction.GetModelMetadata, request)
        found = self._signature_map()
        answer.metadata["signature_def"].Unpack(found)
        return Metadata(
            answer.model_spec.version.value,
            {
                name: {
                    side: {key: types_pb2.DataType.Name(tensor.dtype) for key, tensor in getattr(each, side).items()}
                    for side in ("inputs", "outputs")
                }
                for name, each in found.signature_def.items()
            },
        )

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def _name(self, model_spec: Any) -> None:
        model_spec.name = self._model
        if self._version is not None:
            model_spec.version.value = self._version

    def _predict(self, signature: str | None, inputs: Mapping[str, Sequence[Any]]) -> Mapping[str, Any]:
        import tensorflow as tf

        request = self._predict_request()
        self._name(request.model_spec)
        request.model_spec.signature_name = signature or ""
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(values, _DTYPES.get(name, "string")))
        answer = self._call(self._prediction.Predict, request)
        return {name: _decoded(tf.make_ndarray(tensor).tolist()) for name, tensor in answer.outputs.items()}

    def _call(self, method: Callable[..., Any], request: Any) -> Any:
        """The answer; a busy server is asked again after pauses that double."""
        codes = self._grpc.StatusCode
        left = {
            codes.UNAVAILABLE: CONNECTIONS_PER_RETRY * self._retries,
            codes.RESOURCE_EXHAUSTED: self._retries,
        }
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return method(request, timeout=self._timeout_seconds)
            except self._grpc.RpcError as error:
                if not left.get(error.code()):
                    raise self._refused(error) from None
                left[error.code()] -= 1
            time.sleep(pause * random.uniform(1.0, 1.1))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _refused(self, error: Any) -> ClientError:
        code, told = error.code(), error.details()
        codes = self._grpc.StatusCode
        if code == codes.UNAVAILABLE:
            return ClientError(
                f"the server cannot be reached — given {self._address} ({told}) — check the address, which is that of "
                "gRPC, and that it is running",
                503,
            )
        if code == codes.DEADLINE_EXCEEDED:
            return ClientError(
                f"the server did not answer in time — {self._address}, {self._timeout_seconds:g} seconds — send fewer "
                "or shorter texts at a time, or give a longer timeout_seconds",
                504,
            )
        statuses = {codes.INVALID_ARGUMENT: 400, codes.NOT_FOUND: 404, codes.RESOURCE_EXHAUSTED: 429}
        return ClientError(f"the server refused the request with {code.name} — {told}", statuses.get(code, 500))


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(inner) for inner in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
