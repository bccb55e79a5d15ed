"""The clients: one suite of requests for every server and both protocols, and what goes wrong on the way.

The suite is sent to a real model server too if there is one, with any export of text. In the folder of an export:

    docker compose up
    SEQ2SEQ_MODEL_SERVER=http://127.0.0.1:8501 SEQ2SEQ_MODEL=en-de python -m pytest tests/test_client.py

and with SEQ2SEQ_MODEL_SERVER_GRPC=127.0.0.1:8500 over gRPC.
"""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from concurrent import futures

import pytest
import urllib3

pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")

from serving_doubles import UppercaseModel, metric, running_server, translated, wait_until

from seq2seq.client import Client
from seq2seq.client.answers import read_translations
from seq2seq.client.batches import chunks
from seq2seq.errors import ClientError

MODEL = os.environ.get("SEQ2SEQ_MODEL", "en-de")
REST_ADDRESS = os.environ.get("SEQ2SEQ_MODEL_SERVER")
GRPC_ADDRESS = os.environ.get("SEQ2SEQ_MODEL_SERVER_GRPC")
SETTINGS = {"beam_size": 4, "n_best": 2, "length_penalty": 1.0, "max_length_ratio": 1.5}
TEXTS = ["A man rides a bike.", "", "Two dogs.", "  ", "ß 🙂 \u200b", "the " * 40, "A man rides a bike."]


@pytest.fixture(scope="module", params=["ours", "a model server", "a model server over gRPC"])
def client(request, tmp_path_factory):
    if request.param == "ours":
        with (
            running_server(tmp_path_factory.mktemp("served")) as running,
            Client(running.address, model="en-de") as ours,
        ):
            yield ours
    elif request.param == "a model server":
        if not REST_ADDRESS:
            pytest.skip("SEQ2SEQ_MODEL_SERVER names no server")
        with Client(REST_ADDRESS, model=MODEL) as theirs:
            yield theirs
    else:
        if not GRPC_ADDRESS:
            pytest.skip("SEQ2SEQ_MODEL_SERVER_GRPC names no server")
        from seq2seq.client.grpc import GrpcClient

        with GrpcClient(GRPC_ADDRESS, model=MODEL) as theirs:
            yield theirs


# --- the suite for every server ---------------------------------------------------------------------------------------


def test_as_many_translations_come_as_texts_went_in_their_order(client):
    together = client.translate(TEXTS)
    assert len(together) == len(TEXTS)
    for text, translation in zip(TEXTS, together, strict=True):
        (alone,) = client.translate([text])
        assert alone.text == translation.text
        assert alone.score == pytest.approx(translation.score, abs=1e-4)
    assert together[0] == together[-1]
    assert together[1].text == together[3].text == ""
    assert client.translate([]) == []


def test_a_search_tells_its_pieces_their_scores_and_its_attention(client):
    for translation in client.translate(TEXTS[::2], **SETTINGS):
        assert 0 <= len(translation.alternatives) <= 1
        for found in (translation, *translation.alternatives):
            assert len(found.target_pieces) == len(found.token_scores) == len(found.attention) > 0
            assert found.source_pieces == translation.source_pieces
            assert found.score <= translation.score
            for weights in found.attention:
                assert len(weights) == len(found.source_pieces)
                assert sum(weights) == pytest.approx(1, abs=1e-4)


def test_a_target_is_scored_piece_by_piece(client):
    scores = client.score(["A man rides a bike.", "Two dogs."], ["Ein Mann.", "Zwei Hunde sind das."])
    for score in scores:
        assert sum(score.token_log_probs) == pytest.approx(score.log_prob, abs=1e-4)
        assert max(score.token_log_probs) <= 0
        assert score.perplexity >= 1


def test_status_and_metadata(client):
    available = [status for status in client.status() if status.state == "AVAILABLE"]
    metadata = client.metadata()
    assert metadata.version in {status.version for status in available}
    assert metadata.signatures["serving_default"]["inputs"] == {"text": "DT_STRING"}
    assert metadata.signatures["translate"]["outputs"]["attention"] == "DT_FLOAT"


def test_what_the_model_refuses_is_told(client):
    with pytest.raises(ClientError, match=r"refused the request") as caught:
        client.translate(["a"], **{**SETTINGS, "n_best": 9})
    assert caught.value.status == 400
    assert "n_best" in str(caught.value)


def test_another_model_or_version_is_not_there(client):
    if not isinstance(client, Client):
        pytest.skip("addresses are REST's")
    root = client._root
    for wrong in (Client(root, model="nothing"), Client(root, model=MODEL, version=987654321)):
        for ask in (wrong.status, wrong.metadata, lambda wrong=wrong: wrong.translate(["a"])):
            with pytest.raises(ClientError, match="refused the request with 404"):
                ask()


# --- many texts -------------------------------------------------------------------------------------------------------


def test_many_texts_go_in_several_requests_and_keep_their_order(tmp_path):
    texts = [f"text {number} " + "word " * (number * 7 % 11) for number in range(333)]
    model = UppercaseModel(seconds=0.001)
    with running_server(tmp_path, model) as running:
        client = Client(running.address, model="en-de", request_texts=10, concurrency=5)
        assert [found.text for found in client.translate(texts)] == [translated(text) for text in texts]
        assert len(model.batches) > 4  # and not all in one
        assert [found.text for found in client.translate_lines(iter(texts))] == [translated(text) for text in texts]


def test_texts_without_end_are_translated_as_they_come(tmp_path):
    taken = []

    def endless():
        while True:
            taken.append(len(taken))
            yield f"text {len(taken)}"

    with running_server(tmp_path) as running:
        client = Client(running.address, model="en-de", request_texts=3, concurrency=2)
        lines = client.translate_lines(endless())
        assert [next(lines).text for _ in range(7)] == [f"{number} TEXT" for number in range(1, 8)]
        lines.close()
        assert len(taken) < 30


def test_requests_have_a_bearable_size():
    rows = [3, 4, 9, 1, 1, 1, 1, 2]
    made = list(chunks(rows, 3, 8, lambda row: row))
    assert made == [[3, 4], [9], [1, 1, 1], [1, 2]]


# --- what goes wrong --------------------------------------------------------------------------------------------------


class Scripted:
    """A server that answers what it is told to: status, headers, body; None breaks the connection off.

    `get` holds what it has to read: address -> JSON.
    """

    def __init__(self, *answers, get=()) -> None:
        readable = dict(get)
        self.answers = list(answers)
        self.asked: list[float] = []
        script = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path in readable
                self.answer(200 if found else 404, {}, readable.get(self.path, {"error": "nothing is here"}))

            def do_POST(self) -> None:
                script.asked.append(time.monotonic())
                self.rfile.read(int(self.headers["Content-Length"]))
                answer = script.answers.pop(0) if len(script.answers) > 1 else script.answers[0]
                if answer is None:
                    self.close_connection = True
                    return
                self.answer(*answer)

            def answer(self, status, headers, body) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *arguments) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def client(self, **settings) -> Client:
        return Client(f"http://127.0.0.1:{self.server.server_address[1]}", model="m", **settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


GOOD = (200, {}, {"outputs": {"translation": ["A"], "score": [-0.5], "truncated": [False]}})


def test_a_busy_server_is_asked_again_when_it_says():
    busy = (429, {"Retry-After": "1"}, {"error": "full"})
    with Scripted(busy, (503, {}, {"error": "stopping"}), None, GOOD) as script:
        assert script.client().translate(["a"])[0].text == "A"
        assert len(script.asked) == 4
        assert script.asked[1] - script.asked[0] >= 0.99


def test_a_connection_that_breaks_off_again_and_again_is_made_anew():
    """As for a moment after a kill, when the dying process still has its port."""
    with Scripted(None, None, None, GOOD) as script:
        assert script.client().translate(["a"])[0].text == "A"
        assert len(script.asked) == 4
    with Scripted(None) as script:
        with pytest.raises(ClientError, match="cannot be reached"):
            script.client(retries=1).translate(["a"])
        assert len(script.asked) == 3


def test_an_answer_that_takes_too_long_is_asked_for_once_more(tmp_path):
    with running_server(tmp_path) as running:
        client = Client(running.address, model="en-de", timeout_seconds=0.3)
        with pytest.raises(ClientError, match="did not answer in time"):
            client.translate(["slowly"])
        series = 'seq2seq_requests_total{endpoint="predict",signature="serving_default",status="499"}'
        in_flight = "seq2seq_requests_in_flight"
        wait_until(lambda: metric(running, series) == 2 and metric(running, in_flight) == 1)  # the question itself


def test_a_server_that_stays_busy_is_given_up():
    with Scripted((429, {}, {"error": "the queue is full"})) as script:
        with pytest.raises(ClientError, match=r"busy .* 429, at each try: the queue is full") as caught:
            script.client(retries=2).translate(["a"])
        assert caught.value.status == 429
        assert len(script.asked) == 3


def test_other_refusals_are_not_repeated():
    with Scripted((400, {}, {"error": "no such signature"})) as script:
        with pytest.raises(ClientError, match="400 — no such signature"):
            script.client().translate(["a"])
        assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, {}, b"<html>"), "not the answer of a model server"),
        ((200, {}, [1]), "not the answer of a model server"),
        ((200, {}, {"predictions": []}), "not the answer of a model server"),
        ((200, {}, {"outputs": {"x": [1]}}), "not that of an export of seq2seq"),
        ((200, {}, {"outputs": {"translation": [], "score": [], "truncated": []}}), "another number of texts"),
        ((502, {}, b"Bad gateway"), "refused the request with 502"),
        ((302, {"Location": "/"}, b""), "302"),
        (None, "cannot be reached .*Connection (aborted|broken)"),
    ],
)
def test_odd_answers_are_errors_with_a_reason(answer, told):
    with Scripted(answer) as script, pytest.raises(ClientError, match=told):
        script.client(retries=1).translate(["a"])


def test_a_server_that_is_not_there_and_one_that_sleeps(tmp_path):
    with pytest.raises(ClientError, match=r"cannot be reached — given http://127\.0\.0\.1:9 "):
        Client("http://127.0.0.1:9", model="m", retries=0).translate(["a"])
    with running_server(tmp_path) as running:
        client = Client(running.address, model="en-de", timeout_seconds=0.2, retries=0)
        with pytest.raises(ClientError, match=r"did not answer in time — .*, 0\.2 seconds"):
            client.translate(["slowly"])
        running.model.gate.set()


def test_a_server_that_is_killed_and_comes_back_loses_nothing(tmp_path):
    texts = [f"text {number}" for number in range(40)]
    with running_server(tmp_path) as first:
        client = Client(first.address, model="en-de", request_texts=2, concurrency=1)
        lines = client.translate_lines(texts)
        got = [next(lines).text for _ in range(4)]
    comes_back = threading.Event()

    def restart() -> None:
        time.sleep(0.5)
        with running_server(tmp_path, port=first.port):
            comes_back.wait(20)

    again = threading.Thread(target=restart)
    again.start()
    got += [found.text for found in lines]
    comes_back.set()
    again.join()
    assert got == [translated(text) for text in texts]


def test_a_restart_has_a_minute():
    client = Client("http://127.0.0.1:9", model="m")
    retry, pauses = client._connections.connection_pool_kw["retries"], []
    refused = urllib3.exceptions.NewConnectionError(None, "refused")
    for _ in range(10):
        retry = retry.increment("POST", "/", error=refused)
        pauses.append(retry.get_backoff_time())
    assert 60 <= sum(pauses) < 65
    with pytest.raises(urllib3.exceptions.MaxRetryError):
        retry.increment("POST", "/", error=refused)


def test_what_is_no_request_is_told_before_it_is_sent():
    client = Client("http://127.0.0.1:9", model="m")
    with pytest.raises(ClientError, match="give a list of strings"):
        client.translate("one string")
    with pytest.raises(ClientError, match="no string — given 3"):
        client.translate([3])
    with pytest.raises(ClientError, match="half a character"):
        client.translate(["\ud800"])
    with pytest.raises(ClientError, match="do not pair up — given 1 sources and 2 targets"):
        client.score(["a"], ["b", "c"])
    with pytest.raises(ClientError, match="give length_penalty, max_length_ratio, n_best too"):
        client.translate(["a"], beam_size=3)
    with pytest.raises(ClientError, match="give length_penalty, max_length_ratio, n_best too"):
        client.translate_lines(["a"], beam_size=3)
    with pytest.raises(TypeError, match="beams"):
        client.translate_lines(["a"], beams=3)
    with pytest.raises(ClientError, match="sources is one string"):
        client.score("ab", "cd")
    for wrong in ({"concurrency": 0}, {"request_texts": 0}, {"retries": -1}, {"timeout_seconds": 0}):
        with pytest.raises(ClientError, match=f"{next(iter(wrong))} is too small — given"):
            Client("http://127.0.0.1:9", model="m", **wrong)
    for address in ("127.0.0.1:8501", "ftp://x", "http://", "http://[::1", "http://127.0.0.1:port"):
        with pytest.raises(ClientError, match="not a server's address"):
            Client(address, model="m")


def test_a_search_that_found_fewer_gives_fewer():
    outputs = {
        "translations": [["A", ""]],
        "scores": [[-1.0, -3e38]],
        "token_scores": [[[-1.0], [0.0]]],
        "pieces": [[["A"], [""]]],
        "target_lengths": [[1, 0]],
        "source_pieces": [["a", "</s>"]],
        "source_lengths": [2],
        "attention": [[[[0.5, 0.5]], [[0.0, 0.0]]]],
        "finished": [[False, True]],
        "truncated": [False],
    }
    (found,) = read_translations(outputs, 1)
    assert found.alternatives == ()
    assert found.attention == ((0.5, 0.5),)
    assert found.target_truncated


def test_rest_needs_no_tensorflow():
    code = (
        "import sys\nfrom seq2seq.client import Client\nClient('http://127.0.0.1:9', model='m')\n"
        "print(sorted({'tensorflow', 'keras', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# --- gRPC -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_grpc_sends_and_reads_what_rest_does():
    """Against a server of ours for this test alone, which speaks the protocol and asks the same double."""
    grpc = pytest.importorskip("grpc")
    pytest.importorskip("tensorflow_serving.apis.predict_pb2", reason="the extra `grpc` is not installed")
    import tensorflow as tf
    from tensorflow_serving.apis import (
        get_model_metadata_pb2,
        get_model_status_pb2,
        model_service_pb2_grpc,
        predict_pb2,
        prediction_service_pb2_grpc,
    )

    from seq2seq.client.grpc import GrpcClient
    from seq2seq.serving.request_error import RequestError

    model, busy = UppercaseModel(), [1]

    class Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):
            if busy:
                busy.pop()
                context.abort(grpc.StatusCode.UNAVAILABLE, "starting")
            inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
            answer = predict_pb2.PredictResponse()
            try:
                outputs = model.run(request.model_spec.signature_name or "serving_default", inputs)
            except RequestError as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            for name, array in outputs.items():
                answer.outputs[name].CopyFrom(tf.make_tensor_proto(array))
            return answer

        def GetModelMetadata(self, request, context):
            answer = get_model_metadata_pb2.GetModelMetadataResponse()
            answer.model_spec.version.value = 3
            signatures = get_model_metadata_pb2.SignatureDefMap()
            signatures.signature_def["serving_default"].inputs["text"].dtype = tf.string.as_datatype_enum
            answer.metadata["signature_def"].Pack(signatures)
            return answer

    class Models(model_service_pb2_grpc.ModelServiceServicer):
        def GetModelStatus(self, request, context):
            if request.model_spec.name != "en-de":
                context.abort(grpc.StatusCode.NOT_FOUND, "Could not find any versions of model")
            answer = get_model_status_pb2.GetModelStatusResponse()
            answer.model_version_status.add(version=3, state=30)
            return answer

    server = grpc.server(futures.ThreadPoolExecutor(4))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Prediction(), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Models(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with GrpcClient(f"127.0.0.1:{port}", model="en-de", request_texts=2) as client:
            test_as_many_translations_come_as_texts_went_in_their_order(client)
            test_a_search_tells_its_pieces_their_scores_and_its_attention(client)
            test_a_target_is_scored_piece_by_piece(client)
            test_what_the_model_refuses_is_told(client)
            assert next(client.translate_lines(iter(["a b"]))).text == "B A"
            with pytest.raises(ClientError, match="give a list of strings"):
                client.translate("one string")
            with pytest.raises(ClientError, match="half a character"):
                client.translate(["\ud800"])
            assert [(status.version, status.state) for status in client.status()] == [(3, "AVAILABLE")]
            assert client.metadata().version == 3
            assert client.metadata().signatures["serving_default"]["inputs"] == {"text": "DT_STRING"}
            with pytest.raises(ClientError, match="NOT_FOUND"):
                GrpcClient(f"127.0.0.1:{port}", model="nothing").status()
    finally:
        server.stop(None)
    with pytest.raises(ClientError, match="cannot be reached"):
        GrpcClient(f"127.0.0.1:{port}", model="en-de", retries=0, timeout_seconds=5).translate(["a"])
