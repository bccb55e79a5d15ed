"""TF Serving's REST formats and addresses: what goes in, what comes out, what is refused and how."""

from __future__ import annotations

import base64
import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving_doubles import SIGNATURES, TEXT, axes, strings

from seq2seq.serving.json_tensors import read_document, read_predict_request, write_answer
from seq2seq.serving.paths import ModelPath, read_path
from seq2seq.serving.request_error import RequestError
from seq2seq.serving.saved_model import readable
from seq2seq.serving.signatures import Signature, TensorDescription

NUMBERS = Signature({"x": TensorDescription("DT_FLOAT", (None, 3)), "y": TensorDescription("DT_INT64", None)}, {})
FLAGS = Signature({"flag": TensorDescription("DT_BOOL", (None,))}, {})
KNOWN = {**SIGNATURES, "numbers": NUMBERS, "flags": FLAGS}


def read(**document):
    return read_predict_request(document, KNOWN)


def refused(**document) -> str:
    with pytest.raises(RequestError) as caught:
        read(**document)
    assert caught.value.status == 400
    return str(caught.value)


def test_row_and_column_format_give_one_request():
    rows = read(signature_name="score", instances=[{"source": "a", "target": "b"}, {"target": "d", "source": "c"}])
    columns = read(signature_name="score", inputs={"source": ["a", "c"], "target": ["b", "d"]})
    assert rows.rows
    assert not columns.rows
    for name in ("source", "target"):
        assert rows.inputs[name].tolist() == columns.inputs[name].tolist()
    assert columns.inputs["source"].tolist() == [b"a", b"c"]


def test_a_single_input_may_come_without_its_name():
    for document in (
        {"instances": ["a", "b"]},
        {"instances": [{"text": "a"}, {"text": "b"}]},
        {"inputs": ["a", "b"]},
        {"inputs": {"text": ["a", "b"]}},
        {"inputs": {"text": ["a", "b"], "unknown": 1}},  # ignored, as TF Serving does
        {"signature_name": "", "inputs": ["a", "b"]},
    ):
        assert read(**document).inputs["text"].tolist() == [b"a", b"b"]
        assert read(**document).signature_name == "serving_default"
    assert "multiple input tensors required" in refused(signature_name="score", instances=["a"])
    assert "multiple input tensors required" in refused(signature_name="score", inputs=["a"])


def test_binary_input_is_base64():
    raw = bytes(range(256))
    encoded = {"b64": base64.b64encode(raw).decode()}
    for document in ({"instances": [encoded]}, {"instances": [{"text": encoded}]}, {"inputs": [encoded]}):
        assert read(**document).inputs["text"].tolist() == [raw]
    assert "not formatted correctly for base64" in refused(inputs={"text": [{"b64": "", "more": 1}]})
    assert "Unable to base64 decode" in refused(instances=[{"b64": "a"}])


def test_inputs_keep_their_shapes_and_types():
    got = read(signature_name="numbers", inputs={"x": [[1, 2.5, -3], [float("inf"), 0, 1e-9]], "y": 2**53 + 1}).inputs
    assert got["x"].dtype == np.float32
    assert got["x"].shape == (2, 3)
    assert got["y"].shape == ()
    assert got["y"].item() == 2**53 + 1
    assert read(signature_name="flags", instances=[True, False]).inputs["flag"].tolist() == [True, False]
    assert read(signature_name="detokenize", inputs={"ids": []}).inputs["ids"].shape == (0, 0)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "Missing 'inputs' or 'instances' key"),
        ({"instance": ["a"]}, "given 'instance'"),
        ({"instances": ["a"], "inputs": ["a"]}, "expecting only one of 'inputs' or 'instances'"),
        ({"instances": "a"}, "to be an list/array"),
        ({"instances": []}, "No values in 'instances'"),
        ({"instances": ["a", {"text": "a"}]}, "but got object at item 1"),
        ({"instances": [{"text": "a"}, "a"]}, "but got list or value at item 1"),
        ({"instances": [{"text": "a"}, {"texts": "a"}]}, "element: 1"),
        ({"inputs": {"texts": ["a"]}}, "Missing named input: text"),
        ({"signature_name": 3, "instances": ["a"]}, "'signature_name' key must be a string"),
        ({"signature_name": "nothing", "instances": ["a"]}, '"nothing" not found in signature def'),
        ({"instances": [1]}, "Type: Number is not of expected type: string"),
        ({"instances": [None]}, "Type: Null"),
        ({"instances": [["a"]]}, "wrong shape — given [1, 1] — give [any]"),
        ({"inputs": {"text": "a"}}, "wrong shape — given []"),
        ({"inputs": {"text": ["a", ["b"]]}}, "unexpected level"),
        ({"inputs": {"text": [["a"], "b"]}}, "incorrect level"),
        ({"signature_name": "detokenize", "inputs": [[1, 2], [3]]}, "unexpected size: 1"),
        ({"signature_name": "detokenize", "inputs": [[1.0]]}, "not of expected type: int32"),
        ({"signature_name": "detokenize", "inputs": [[True]]}, "not of expected type: int32"),
        ({"signature_name": "detokenize", "inputs": [[2**31]]}, "not of expected type: int32"),
        ({"signature_name": "flags", "inputs": [1]}, "not of expected type: bool"),
        ({"signature_name": "numbers", "inputs": {"x": [[1, 2, 2**24]], "y": 1}}, "without loss of precision"),
        ({"signature_name": "numbers", "inputs": {"x": [[1, 2, 1e39]], "y": 1}}, "without loss of precision"),
        ({"signature_name": "numbers", "inputs": {"x": [[1, 2, "3"]], "y": 1}}, "not of expected type: float"),
        ({"signature_name": "numbers", "inputs": {"x": [[1, 2]], "y": 1}}, "give [any, 3]"),
        ({"instances": ["\ud800"]}, "surrogate"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(document, told):
    assert told in refused(**document)


def test_a_megabyte_is_not_repeated_in_the_message():
    assert len(refused(signature_name="detokenize", inputs=["x" * 1_000_000])) < 400
    assert len(refused(instances=[{str(n): n for n in range(10_000)}])) < 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b"[1]",
        b"3",
        b'{"instances": ["\xff"]}',
        b'{"instances": [' + b"9" * 5000 + b"]}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        '{"instances": ["a"]}'.encode("utf-16"),
    ],
)
def test_bodies_that_are_no_json_object_are_refused(body):
    with pytest.raises(RequestError, match="JSON"):
        read_document(body)


def test_lists_in_lists_without_end_are_refused():
    deep = read_document(b'{"inputs": ' + b"[" * 500 + b"]" * 500 + b"}")
    assert "nested too deeply" in refused(**deep)


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert read_document(b'\xef\xbb\xbf{"instances": ["a"]}') == {"instances": ["a"]}


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    with suppress(RequestError):
        read_predict_request(read_document(body), KNOWN)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "b64", "x", "y"]), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(KNOWN)), st.sampled_from(["instances", "inputs"]), json_values)
def test_any_json_is_read_or_refused(name, key, value):
    with suppress(RequestError):
        got = read_predict_request({"signature_name": name, key: value}, KNOWN)
        assert set(got.inputs) == set(KNOWN[name].inputs)


# --- answers ----------------------------------------------------------------------------------------------------------


def test_one_output_comes_without_its_name_and_several_with_theirs():
    one = {"x": np.array([[1, 2], [3, 4]], np.int32)}
    assert json.loads(write_answer(one, rows=True)) == {"predictions": [[1, 2], [3, 4]]}
    assert json.loads(write_answer(one, rows=False)) == {"outputs": [[1, 2], [3, 4]]}
    two = {**one, "flag": np.array([True, False])}
    assert json.loads(write_answer(two, rows=True)) == {
        "predictions": [{"flag": True, "x": [1, 2]}, {"flag": False, "x": [3, 4]}]
    }
    assert json.loads(write_answer(two, rows=False)) == {"outputs": {"flag": [True, False], "x": [[1, 2], [3, 4]]}}


def test_binary_outputs_are_those_whose_names_say_so():
    raw = np.array([b"\x00\xff", b""], object)
    assert json.loads(write_answer({"image_bytes": raw}, rows=True)) == {
        "predictions": [{"b64": base64.b64encode(b"\x00\xff").decode()}, {"b64": ""}]
    }
    text = strings(['"\\\n\u2028ß🙂', ""])
    assert json.loads(write_answer({"image": text}, rows=True)) == {"predictions": ['"\\\n\u2028ß🙂', ""]}
    cut = np.array([b"\xf0\x9f"], object)  # half a character; the rival writes bytes that are no UTF-8
    json.loads(write_answer({"text": cut}, rows=True).decode("utf-8"))


@given(st.lists(st.floats(width=32), min_size=1, max_size=9))
def test_floats_come_back_bit_for_bit_in_few_digits(values):
    array = np.array(values, np.float32)
    body = write_answer({"x": array}, rows=False)
    back = np.array(json.loads(body)["outputs"], np.float32)
    np.testing.assert_array_equal(back, array)
    # 9 significant digits tell every float32 from its neighbours; the rival, its value as a double, takes up to 17.
    for written in json.loads(body, parse_float=str, parse_constant=lambda name: "")["outputs"]:
        assert len(written.split("e")[0].replace("-", "").replace(".", "").strip("0")) <= 9
    assert json.loads(write_answer({"x": np.float32([0.1])}, rows=False))["outputs"] == [0.1]


def test_numbers_that_are_none_are_written_as_tf_serving_does():
    odd = np.array([np.nan, np.inf, -np.inf, 1], np.float32)
    assert write_answer({"x": odd}, rows=False) == b'{"outputs": [NaN, Infinity, -Infinity, 1.0]}'


def test_rows_need_one_number_of_rows():
    with pytest.raises(RequestError, match="inconsistent batch sizes"):
        write_answer({"x": np.zeros(2), "y": np.zeros(3)}, rows=True)
    with pytest.raises(RequestError, match="inconsistent batch sizes"):
        write_answer({"x": np.float32(2)}, rows=True)


def test_empty_arrays_have_their_places():
    assert write_answer({"pieces": np.empty([2, 0], object)}, rows=False) == b'{"outputs": [[], []]}'
    assert write_answer({"x": np.empty([0], np.float32), "y": np.empty([0])}, rows=True) == b'{"predictions": []}'


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("POST", "/v1/models/en-de:predict", ModelPath("predict", "en-de")),
        ("POST", "/v1/models/en-de/versions/12:predict", ModelPath("predict", "en-de", version=12)),
        ("POST", "/v1/models/en-de/labels/stable:predict", ModelPath("predict", "en-de", label="stable")),
        ("POST", "/V1/MODELS/en-de:Predict", ModelPath("predict", "en-de")),
        ("POST", "/v1/models/a%20b%2Fc:classify", ModelPath("classify", "a b/c")),
        ("GET", "/v1/models/en-de", ModelPath("status", "en-de")),
        ("GET", "/v1/models/en-de/versions/3", ModelPath("status", "en-de", version=3)),
        ("GET", "/v1/models/en-de/metadata", ModelPath("metadata", "en-de")),
        ("GET", "/v1/models/en-de/labels/a/metadata", ModelPath("metadata", "en-de", label="a")),
    ],
)
def test_addresses(method, path, wanted):
    assert read_path(method, path) == wanted


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/models", 400),
        ("GET", "/v1/models/", 400),
        ("POST", "/v1/models:predict", 400),
        ("POST", "/v1/models/en-de:guess", 400),
        ("POST", "/v1/models/en-de/versions/x:predict", 400),
        ("GET", "/v1/models/en-de/versions/1/versions/2", 400),
        ("GET", f"/v1/models/en-de/versions/{2**63}", 400),
        ("GET", "/v1/models/en-de/versions/" + "9" * 5000, 400),
        ("GET", "/v1/models/en-de/versions/\u0663", 400),
        ("GET", "/v1/models/en-de:predict", 405),
        ("POST", "/v1/models/en-de", 405),
        ("DELETE", "/v1/models/en-de/metadata", 405),
    ],
)
def test_other_addresses_are_refused(method, path, status):
    with pytest.raises(RequestError) as caught:
        read_path(method, path)
    assert caught.value.status == status
    assert (status == 405) == ("Allow" in caught.value.headers)
    assert len(str(caught.value)) < 500


def test_the_greatest_version_is_a_version():
    assert read_path("GET", f"/v1/models/a/versions/{2**63 - 1}").version == 2**63 - 1


# --- messages ---------------------------------------------------------------------------------------------------------


def test_tensorflows_messages_lose_their_graphs():
    graph = (
        "Graph execution error:\n\nDetected at node Assert/Assert defined at (most recent call last):\n"
        "<stack traces unavailable>\nassertion failed: [n_best does not fit the search - given] [9 2] [with] [4] "
        "[- give from 1 to beam_size]\n\t [[{{node Assert/Assert}}]] [Op:__inference_signature_wrapper_9]"
    )
    assert readable(graph) == "n_best does not fit the search - given 9 2 with 4 - give from 1 to beam_size"
    assert readable("ConcatOp : Dimension 1 [Op:Concat] name: x") == "ConcatOp : Dimension 1"
    assert readable("") == "TensorFlow refused the request"


def test_the_doubles_describe_what_they_are_asked_with():
    assert axes("DT_STRING", 1) == TEXT
