"""The OpenAPI description of a server, made from the signatures of the model that it serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seq2seq import __version__
from seq2seq.serving.settings import ServerSettings
from seq2seq.serving.signatures import DEFAULT_SIGNATURE, Servable, Signature, TensorDescription

_Schema = dict[str, Any]
_ERROR: _Schema = {"$ref": "#/components/schemas/Error"}
_BASE64: _Schema = {
    "type": "object",
    "properties": {"b64": {"type": "string", "contentEncoding": "base64", "pattern": "^([A-Za-z0-9+/]{4})*$"}},
    "required": ["b64"],
    "additionalProperties": False,
}
_INTEGER_BITS = {"INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64}
_REASONS = {
    "400": "The request is malformed, or the model refuses it.",
    "404": "There is no such model or version here.",
    "405": "The address is right, the method is not.",
    "408": "The body did not come in time.",
    "413": "The body is too large.",
    "415": "The body is packed.",
    "429": "The queue is full; try again after Retry-After seconds.",
    "500": "A defect of the server; its log says more.",
    "503": "The server is stopping, or not ready.",
    "504": "The request took longer than the server's time-out.",
}


def open_api(model_name: str, servable: Servable | None, settings: ServerSettings) -> _Schema:
    """The description, OpenAPI 3.1."""
    model = f"/v1/models/{model_name}"
    version = [
        {
            "name": "version",
            "in": "path",
            "required": True,
            "description": "A version that is loaded: " + (str(servable.version) if servable else "none yet"),
            "schema": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        }
    ]
    signatures = servable.signatures if servable else {}
    predict, status, metadata = _predict(signatures, settings), _status(), _metadata()
    paths = {
        f"{model}:predict": {"post": predict},
        f"{model}/versions/{{version}}:predict": {"parameters": version, "post": _renamed(predict)},
        model: {"get": status},
        f"{model}/versions/{{version}}": {"parameters": version, "get": _renamed(status)},
        f"{model}/metadata": {"get": metadata},
        f"{model}/versions/{{version}}/metadata": {"parameters": version, "get": _renamed(metadata)},
        "/healthz": {"get": _probe("health", "Whether the process answers.")},
        "/readyz": {"get": _probe("readiness", "Whether it should be sent requests.", "503")},
        "/metrics": {"get": _text("metrics", "Counters for Prometheus.")},
        "/monitoring/prometheus/metrics": {"get": _text("metricsOfTensorFlowServing", "The same as /metrics.")},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"seq2seq: {model_name}",
            "version": __version__,
            "description": "The REST API of TensorFlow Serving, https://www.tensorflow.org/tfx/serving/api_rest.",
        },
        "paths": paths,
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "properties": {"error": {"type": "string"}},
                    "required": ["error"],
                    "additionalProperties": False,
                }
            }
        },
    }


def _renamed(operation: _Schema) -> _Schema:
    return {**operation, "operationId": operation["operationId"] + "OfVersion"}


def _responses(schema: _Schema, *errors: str) -> _Schema:
    answers = {"200": {"description": "Done.", "content": {"application/json": {"schema": schema}}}}
    for code in errors:
        answers[code] = {"description": _REASONS[code], "content": {"application/json": {"schema": _ERROR}}}
    return answers


def _probe(name: str, summary: str, *codes: str) -> _Schema:
    schema = {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}
    answers = _responses(schema)
    for code in codes:
        answers[code] = {"description": _REASONS[code], "content": {"application/json": {"schema": schema}}}
    return {"operationId": name, "summary": summary, "responses": answers}


def _text(name: str, summary: str) -> _Schema:
    content = {"text/plain": {"schema": {"type": "string"}}}
    return {"operationId": name, "summary": summary, "responses": {"200": {"description": "Done.", "content": content}}}


def _status() -> _Schema:
    state = _object(
        {
            "version": {"type": "string"},
            "state": {"enum": ["UNKNOWN", "START", "LOADING", "AVAILABLE", "UNLOADING", "END"]},
            "status": _object({"error_code": {"type": "string"}, "error_message": {"type": "string"}}),
        }
    )
    schema = _object({"model_version_status": {"type": "array", "items": state}})
    return {
        "operationId": "status",
        "summary": "Which versions there are, and their states.",
        "responses": _responses(schema, "400", "404"),
    }


def _metadata() -> _Schema:
    schema = _object({"model_spec": {"type": "object"}, "metadata": {"type": "object"}})
    return {
        "operationId": "metadata",
        "summary": "The signatures of the model.",
        "responses": _responses(schema, "400", "404"),
    }


def _predict(signatures: Mapping[str, Signature], settings: ServerSettings) -> _Schema:
    callable_ones = {name: signature for name, signature in signatures.items() if signature.inputs}
    bodies = [
        body
        for name, signature in callable_ones.items()
        for body in (_row_body(name, signature), _column_body(name, signature))
    ]
    answers = {
        "oneOf": [
            {**_object({"predictions": {"type": "array"}}), "additionalProperties": False},
            {**_object({"outputs": {}}), "additionalProperties": False},
        ]
    }
    return {
        "operationId": "predict",
        "summary": "Runs a signature of the model.",
        "description": f"The body has at most {settings.maximum_request_bytes} bytes.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": bodies or [{}]}}}},
        "responses": _responses(answers, "400", "404", "408", "413", "415", "429", "500", "503", "504"),
    }


def _object(properties: _Schema) -> _Schema:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _body(name: str, key: str, other: str, schema: _Schema) -> _Schema:
    """A body of one signature in one format. Keys that nobody knows are ignored, as TF Serving does."""
    named: _Schema = {"enum": [name, ""] if name == DEFAULT_SIGNATURE else [name]}
    body = _object({key: schema, "signature_name": named})
    if name == DEFAULT_SIGNATURE:
        body["required"] = [key]
    return {**body, "not": {"required": [other]}}


def _row_body(name: str, signature: Signature) -> _Schema:
    rows = {key: _tensor(tensor, skip_rows=True) for key, tensor in signature.inputs.items()}
    instance: _Schema = {**_object(rows), "additionalProperties": False}
    instances: _Schema = {"type": "array", "minItems": 1, "items": instance}
    if len(rows) == 1:  # the value alone will do, but all instances must be of one kind
        (value,) = rows.values()
        instances = {"anyOf": [instances, {"type": "array", "minItems": 1, "items": value}]}
    return _body(name, "instances", "inputs", instances)


def _column_body(name: str, signature: Signature) -> _Schema:
    columns = {key: _tensor(tensor) for key, tensor in signature.inputs.items()}
    inputs: _Schema = _object(columns)
    if len(columns) == 1:
        (value,) = columns.values()
        inputs = {"anyOf": [inputs, value]}
    return _body(name, "inputs", "instances", inputs)


def _tensor(tensor: TensorDescription, *, skip_rows: bool = False) -> _Schema:
    value = _value(tensor.dtype)
    if tensor.shape is None:  # one value, or one for each row
        return value if skip_rows else {"anyOf": [value, {"type": "array", "minItems": 1, "items": value}]}
    for axis in reversed(tensor.shape[1 if skip_rows else 0 :]):
        value = {"type": "array", "items": value}
        if axis is not None:
            value |= {"minItems": axis, "maxItems": axis}
    return value


def _value(dtype: str) -> _Schema:
    kind = dtype.removeprefix("DT_")
    if kind == "STRING":
        return {"anyOf": [{"type": "string"}, _BASE64]}
    if kind == "BOOL":
        return {"type": "boolean"}
    if kind.removeprefix("U") in _INTEGER_BITS:
        bits = _INTEGER_BITS[kind.removeprefix("U")]
        least, most = (0, 2**bits - 1) if kind.startswith("U") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return {"type": "integer", "minimum": least, "maximum": most}
    return {"type": "number", "minimum": -3.4e38, "maximum": 3.4e38}
