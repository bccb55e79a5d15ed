"""The server against what its own OpenAPI description allows and forbids, made up by schemathesis."""

from __future__ import annotations

import threading

import pytest

pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
hypothesis = pytest.importorskip("hypothesis")

from schemathesis import GenerationMode  # noqa: E402 - after what it needs
from serving_doubles import SIGNATURES, UppercaseModel, running_server  # noqa: E402

from seq2seq.serving.open_api import open_api  # noqa: E402
from seq2seq.serving.settings import ServerSettings  # noqa: E402

pytestmark = pytest.mark.slow
CALLABLE = sorted(name for name, signature in SIGNATURES.items() if signature.inputs)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("served"), timeout_seconds=5) as running:
        yield running


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_the_server_does_what_its_description_says(server, mode):
    described = schemathesis.openapi.from_url(f"{server.address}/openapi.json")
    # What the model refuses, such as more results than beams, is 400 too; no schema can say it.
    excluded = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")]
    asked = []
    for result in described.get_all_operations():
        operation = result.ok()
        if mode == GenerationMode.NEGATIVE and not (operation.body or operation.path_parameters):
            continue  # there is nothing to be wrong

        @hypothesis.settings(
            max_examples=100,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            derandomize=True,
            database=None,
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def answers(case):
            case.call_and_validate(excluded_checks=excluded)

        answers()
        asked.append(operation.label)
    assert len(asked) == (10 if mode == GenerationMode.POSITIVE else 4), asked


def test_all_signatures_are_described():
    described = open_api("en-de", UppercaseModel(), ServerSettings())
    body = described["paths"]["/v1/models/en-de:predict"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    names = {name for each in body["anyOf"] for name in each["properties"]["signature_name"]["enum"]}
    assert names == {*CALLABLE, ""}


@pytest.mark.parametrize("name", CALLABLE)
def test_what_the_description_allows_of_texts_is_answered(server, name):
    """With the settings of the search as they should be; those are beyond a schema."""
    jsonschema = pytest.importorskip("jsonschema")
    described = open_api("en-de", UppercaseModel(), ServerSettings())
    body = described["paths"]["/v1/models/en-de:predict"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    settings = {"beam_size": 5, "n_best": 2, "length_penalty": 1.0, "max_length_ratio": 2.0}
    values = {"ids": [1, 2]}
    row = {key: settings.get(key, values.get(key, "a b")) for key in SIGNATURES[name].inputs}
    columns = {key: value if key in settings else [value, value] for key, value in row.items()}
    for request in ({"instances": [row, row]}, {"inputs": columns}):
        sent = {"signature_name": name, **request}
        jsonschema.validate(sent, body)
        assert server.predict(sent)[0] == 200
    for wrong in ({"instances": [{**row, "more": 1}]}, {"inputs": {}}, {"instances": []}, {}):
        sent = {"signature_name": name, **wrong}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(sent, body)
        assert server.predict(sent)[0] == 400


def test_after_all_that_nothing_hangs(server):
    assert server.predict({"instances": ["a b"]})[1]["predictions"][0]["translation"] == "B A"
    assert [thread.name for thread in threading.enumerate()].count("batches") == 1
