"""JSON -> arrays and arrays -> JSON, in the formats of TF Serving's REST API.

After https://www.tensorflow.org/tfx/serving/api_rest and the rules of tensorflow_serving/util/json_tensor.cc: the
messages begin as those do, and go on with what was given and what would be right. NaN, Infinity and -Infinity are
read and written as these words, as there.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seq2seq.serving.request_error import RequestError, shortened
from seq2seq.serving.signatures import DEFAULT_SIGNATURE, Arrays, Signature, TensorDescription

_BYTES_SUFFIX = "_bytes"  # outputs with such a name are binary, by TF Serving's rule
_MOST_AXES = 16  # no model of ours has more than 4; NumPy and the call stack have their limits
_LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
_INTEGERS: dict[str, Any] = {
    "DT_INT8": np.int8,
    "DT_UINT8": np.uint8,
    "DT_INT16": np.int16,
    "DT_UINT16": np.uint16,
    "DT_INT32": np.int32,
    "DT_UINT32": np.uint32,
    "DT_INT64": np.int64,
    "DT_UINT64": np.uint64,
}


@dataclass(frozen=True)
class PredictRequest:
    """A request whose form is right: inputs by name, and whether it and its answer are in row format."""

    signature_name: str
    inputs: Arrays
    rows: bool


def read_document(body: bytes) -> dict[str, Any]:
    """The JSON object that a body holds.

    Raises:
        RequestError: if it is not UTF-8, not JSON, or not an object.
    """
    if not body.strip():
        raise RequestError("JSON Parse error: The document is empty — give a JSON object with 'instances' or 'inputs'")
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RequestError(f"JSON Parse error: not UTF-8 at offset: {error.start} — send JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        raise RequestError(f"JSON Parse error: {error.msg} at offset: {error.pos}") from None
    except RecursionError:
        raise RequestError("JSON Parse error: lists or objects are nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits
        raise RequestError(f"JSON Parse error: {error}") from None
    if not isinstance(document, dict):
        raise RequestError(f"JSON Value: {shortened(document)} Is not object — give an object with 'instances'")
    return document


def read_predict_request(document: Mapping[str, Any], signatures: Mapping[str, Signature]) -> PredictRequest:
    """The inputs of a request, as arrays of the types that its signature wants.

    Raises:
        RequestError: if the signature is unknown, or the inputs do not fit it.
    """
    name = document.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise RequestError(
            f"JSON Value: {shortened(name)} not formatted correctly. 'signature_name' key must be a string value."
        )
    name = name or DEFAULT_SIGNATURE
    # The one without inputs, `__saved_model_init_op`, fills the model's tables; it is no function that answers.
    callable_ones = {each: signature for each, signature in signatures.items() if signature.inputs}
    if name not in callable_ones:
        raise RequestError(
            f'Serving signature name: "{shortened(name)[1:-1]}" not found in signature def — give one of '
            + ", ".join(sorted(callable_ones))
        )
    signature = callable_ones[name]
    if "instances" in document and "inputs" in document:
        raise RequestError("Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist")
    if "instances" in document:
        inputs = _inputs_of_instances(document["instances"], signature)
    elif "inputs" in document:
        inputs = _inputs_of_columns(document["inputs"], signature)
    else:
        raise RequestError(
            "Missing 'inputs' or 'instances' key — given "
            + (shortened(", ".join(sorted(document))) if document else "an empty object")
            + f" — this signature has the inputs {', '.join(sorted(signature.inputs))}"
        )
    fitted = {key: _fit_shape(key, array, signature.inputs[key]) for key, array in inputs.items()}
    return PredictRequest(name, fitted, rows="instances" in document)


def write_answer(outputs: Arrays, *, rows: bool) -> bytes:
    """The body of an answer: one output without its name, several by name; a row for each instance in row format.

    Raises:
        RequestError: if the outputs have no common number of rows, which row format needs.
    """
    if rows:
        return ('{"predictions": ' + _rows(outputs) + "}").encode()
    texts = {name: _value_text(array, name) for name, array in outputs.items()}
    return ('{"outputs": ' + _object_text(texts) + "}").encode()


def _rows(outputs: Arrays) -> str:
    counts = {name: array.shape[0] if array.ndim else None for name, array in outputs.items()}
    if len(set(counts.values())) > 1 or None in counts.values():
        raise RequestError(
            f"outputs have inconsistent batch sizes — given {counts} — ask in column format, with 'inputs'"
        )
    (count,) = set(counts.values())
    columns = {name: [_value_text(row, name) for row in array] for name, array in outputs.items()}
    rows = (_object_text({name: column[row] for name, column in columns.items()}) for row in range(count or 0))
    return "[" + ", ".join(rows) + "]"


def _object_text(texts: Mapping[str, str]) -> str:
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in sorted(texts.items())) + "}"


# --- JSON to arrays ---------------------------------------------------------------------------------------------------


def _inputs_of_instances(instances: Any, signature: Signature) -> Arrays:
    if not isinstance(instances, list):
        raise RequestError(f"JSON Value: {shortened(instances)} Excepting 'instances' to be an list/array")
    if not instances:
        raise RequestError("No values in 'instances' array — give at least one")
    named = [isinstance(instance, dict) and not _is_base64(instance) for instance in instances]
    if not named[0] and len(signature.inputs) > 1:
        raise RequestError(
            "instances is a plain list, but expecting list of objects as multiple input tensors required: "
            + ", ".join(sorted(signature.inputs))
        )
    if len(set(named)) > 1:
        place = named.index(not named[0])
        wanted, got = ("object", "list or value") if named[0] else ("value/list", "object")
        raise RequestError(f"Expecting {wanted} but got {got} at item {place} of input list")
    if not named[0]:
        (name,) = signature.inputs
        return {name: _tensor(instances, signature.inputs[name], f"input {name!r} of 'instances'")}
    for place, instance in enumerate(instances):
        if set(instance) != set(signature.inputs):
            raise RequestError(
                f"Failed to process element: {place} of 'instances' list. JSON object: {shortened(instance)} "
                f"keys must be equal to: {','.join(sorted(signature.inputs))}"
            )
    return {
        name: _tensor([instance[name] for instance in instances], description, f"input {name!r} of 'instances'")
        for name, description in signature.inputs.items()
    }


def _inputs_of_columns(columns: Any, signature: Signature) -> Arrays:
    if not isinstance(columns, dict) or _is_base64(columns):
        if len(signature.inputs) > 1:
            raise RequestError(
                "inputs is a plain value/list, but expecting an object as multiple input tensors required: "
                + ", ".join(sorted(signature.inputs))
            )
        columns = dict.fromkeys(signature.inputs, columns)
    missing = sorted(set(signature.inputs) - set(columns))
    if missing:
        raise RequestError(
            f"Missing named input: {missing[0]} in 'inputs' object — given {shortened(', '.join(sorted(columns)))} "
            f"— give {', '.join(sorted(signature.inputs))}"
        )
    return {name: _tensor(columns[name], signature.inputs[name], f"input {name!r}") for name in signature.inputs}


def _tensor(value: Any, description: TensorDescription, place: str) -> np.ndarray:
    """Nested lists as an array. Its shape is that of the first elements, as in TF Serving; all others must fit it."""
    dtype = description.dtype
    shape = tuple(_first_lengths(value))
    if len(shape) > _MOST_AXES:
        raise RequestError(
            f"{place}: lists are nested too deeply — given {len(shape)} levels — give at most {_MOST_AXES}"
        )
    convert = _converter(dtype)
    leaves: list[Any] = []
    _collect(value, shape, 0, convert, leaves, place)
    array = np.empty(len(leaves), object if dtype == "DT_STRING" else _numpy_type(dtype))
    array[:] = leaves
    return array.reshape(shape)


def _first_lengths(value: Any) -> Iterator[int]:
    while isinstance(value, list):
        yield len(value)
        if not value:
            return
        value = value[0]


def _collect(
    value: Any, shape: tuple[int, ...], level: int, convert: Callable[[Any], Any], leaves: list[Any], place: str
) -> None:
    if not isinstance(value, list):
        if level != len(shape):
            raise RequestError(
                f"{place}: JSON Value: {shortened(value)} found at incorrect level: {level + 1} in the JSON DOM. "
                f"Expected at level: {len(shape)} — give lists of one depth"
            )
        try:
            leaves.append(convert(value))
        except RequestError as error:
            raise RequestError(f"{place}: {error}") from None
        return
    if level >= len(shape):
        raise RequestError(f"{place}: Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise RequestError(
            f"{place}: Encountered list at unexpected size: {len(value)} at level: {level} expected size: "
            f"{shape[level]} — give lists of one length"
        )
    for element in value:
        _collect(element, shape, level + 1, convert, leaves, place)


def _converter(dtype: str) -> Callable[[Any], Any]:
    """From one JSON value to one of the type, or a RequestError."""
    if dtype == "DT_STRING":
        return _string
    if dtype == "DT_BOOL":
        return lambda value: value if isinstance(value, bool) else _raise_type(value, dtype)
    if dtype in _INTEGERS:
        limits = np.iinfo(_INTEGERS[dtype])
        least, most = int(limits.min), int(limits.max)

        def integer(value: Any) -> int:
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                _raise_type(value, dtype)
            return int(value)

        return integer
    if dtype in ("DT_FLOAT", "DT_DOUBLE"):
        return lambda value: _float(value, dtype)
    raise RequestError(f"inputs of type {dtype} cannot be given as JSON", status=501)


def _string(value: Any) -> bytes:
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise RequestError(
                f"JSON Value: {shortened(value)}: a surrogate stands alone — give it with its pair"
            ) from None
    if not isinstance(value, dict):
        _raise_type(value, "DT_STRING")
    if not _is_base64(value):
        raise RequestError(
            f'JSON Value: {shortened(value)} not formatted correctly for base64 data — give {{"b64": "..."}}'
        )
    try:
        return base64.b64decode(value["b64"], validate=True)
    except (binascii.Error, ValueError):
        raise RequestError(f"Unable to base64 decode — given {shortened(value['b64'])}") from None


def _float(value: Any, dtype: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _raise_type(value, dtype)
    single = dtype == "DT_FLOAT"
    digits, largest = (24, _LARGEST_FLOAT32) if single else (53, float(np.finfo(np.float64).max))
    whole = isinstance(value, int)
    if (whole and abs(value) >= 1 << digits) or (not whole and np.isfinite(value) and abs(value) > largest):
        raise RequestError(
            f"Cannot convert JSON value: {shortened(value)} to {'float' if single else 'double'} "
            "without loss of precision."
        )
    return float(value)


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == ["b64"] and isinstance(value["b64"], str)


def _raise_type(value: Any, dtype: str) -> Any:
    kinds = {dict: "Object", list: "Array", str: "String", type(None): "Null", bool: str(value)}
    raise RequestError(
        f"JSON Value: {shortened(value)} Type: {kinds.get(type(value), 'Number')} is not of expected type: "
        + dtype.removeprefix("DT_").lower()
    )


def _numpy_type(dtype: str) -> Any:
    if dtype in _INTEGERS:
        return _INTEGERS[dtype]
    return {"DT_BOOL": np.bool_, "DT_FLOAT": np.float32, "DT_DOUBLE": np.float64}[dtype]


def _fit_shape(name: str, array: np.ndarray, description: TensorDescription) -> np.ndarray:
    wanted = description.shape
    if wanted is None:
        return array
    if 0 in array.shape and array.ndim < len(wanted):  # an empty list says nothing of the axes that would follow
        array = array.reshape([*array.shape, *(axis or 0 for axis in wanted[array.ndim :])])
    lengths = zip(wanted, array.shape, strict=False)
    if array.ndim != len(wanted) or not all(axis in (None, length) for axis, length in lengths):
        axes = ", ".join("any" if axis is None else str(axis) for axis in wanted)
        raise RequestError(f"input {name!r} has the wrong shape — given {list(array.shape)} — give [{axes}]")
    return array


# --- arrays to JSON ---------------------------------------------------------------------------------------------------


def _value_text(value: Any, name: str) -> str:
    """One output, or one row of it. Floats are written with as few digits as give the same float again."""
    array = np.asarray(value, dtype=object) if isinstance(value, bytes) else np.asarray(value)
    texts = iter(_leaf_texts(array, name))
    return _nested(texts, array.shape, 0)


def _nested(texts: Iterator[str], shape: tuple[int, ...], axis: int) -> str:
    if axis == len(shape):
        return next(texts)
    return "[" + ", ".join(_nested(texts, shape, axis + 1) for _ in range(shape[axis])) + "]"


def _leaf_texts(array: np.ndarray, name: str) -> list[str]:
    flat = array.reshape(-1)
    kind = flat.dtype.kind
    if kind == "O":
        if name.endswith(_BYTES_SUFFIX):
            return ['{"b64": "' + base64.b64encode(value).decode() + '"}' for value in flat]
        # A model may cut a character in two; JSON is UTF-8 all the same.
        return [json.dumps(value.decode("utf-8", "replace"), ensure_ascii=False) for value in flat]
    if kind == "b":
        return ["true" if value else "false" for value in flat]
    if kind in "iu":
        return [str(value) for value in flat.tolist()]
    if kind == "f":
        texts = flat.astype(str).tolist()
        return texts if np.isfinite(flat).all() else [_ODD_NUMBERS.get(text, text) for text in texts]
    raise RequestError(f"Failed to write JSON value for tensor type: {array.dtype}", status=501)


_ODD_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
