"""The server over real sockets: what clients see, good ones and bad ones."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")

from serving_doubles import (
    PATIENCE_SECONDS,
    Running,
    UppercaseModel,
    make_export,
    metric,
    running_server,
    translated,
    wait_until,
)

from seq2seq.errors import ServingError
from seq2seq.serving.server import listen
from seq2seq.serving.settings import ServerSettings
from seq2seq.serving.versions import ModelVersions, versions_in
from seq2seq.workflows import serve as workflow

PREDICT = "/v1/models/en-de:predict"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("served")) as running:
        yield running


# --- TF Serving's API -------------------------------------------------------------------------------------------------


def test_predict_in_both_formats(server):
    assert server.predict({"instances": ["hello big world"]}) == (
        200,
        {"predictions": [{"score": -1.875, "translation": "WORLD BIG HELLO", "truncated": False}]},
    )
    assert server.predict({"inputs": {"text": ["a b", ""]}}) == (
        200,
        {"outputs": {"score": [-0.375, 0.0], "translation": ["B A", ""], "truncated": [False, False]}},
    )


def test_settings_come_as_scalars_in_columns_and_with_each_row_in_rows(server):
    settings = {"beam_size": 5, "n_best": 2, "length_penalty": 1, "max_length_ratio": 2.0}
    texts = ["a b c", "d"]
    columns = {"text": texts, **settings}
    lists = {"text": texts, **{name: [value] * 2 for name, value in settings.items()}}
    rows = [{"text": text, **settings} for text in texts]
    status, by_column = server.predict({"signature_name": "translate", "inputs": columns})
    assert status == 200
    assert server.predict({"signature_name": "translate", "inputs": lists}) == (200, by_column)
    status, by_row = server.predict({"signature_name": "translate", "instances": rows})
    assert status == 200
    outputs = by_column["outputs"]
    assert outputs["translations"] == [["C B A", "C B A!"], ["D", "D!"]]
    assert by_row["predictions"] == [{name: values[row] for name, values in outputs.items()} for row in range(2)]


def test_what_curl_sends_without_a_content_type_is_answered(server):
    body = json.dumps({"instances": ["a"]}).encode()
    for kind in ("application/x-www-form-urlencoded", "text/plain", ""):
        assert server.ask("POST", PREDICT, body, **{"Content-Type": kind})[0] == 200


def test_versions_in_the_address(server):
    assert server.predict({"instances": ["a"]}, "/v1/models/en-de/versions/1:predict")[0] == 200
    status, answer = server.predict({"instances": ["a"]}, "/v1/models/en-de/versions/7:predict")
    assert status == 404
    assert answer["error"].startswith("Servable not found for request: Specific(en-de, 7)")
    status, answer = server.predict({"instances": ["a"]}, "/v1/models/half:predict")
    assert status == 404
    assert answer["error"].startswith("Servable not found for request: Latest(half)")
    status, answer = server.predict({"instances": ["a"]}, "/v1/models/en-de/labels/stable:predict")
    assert status == 400
    assert answer["error"].startswith("Unrecognized servable version label: stable")


def test_status_and_metadata_are_those_of_tf_serving(server):
    available = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    for path in ("/v1/models/en-de", "/v1/models/en-de/versions/1"):
        assert server.ask("GET", path)[::2] == (200, {"model_version_status": [available]})
    assert server.ask("GET", "/v1/models/half")[0] == 404
    assert server.ask("GET", "/v1/models/en-de/versions/3")[0] == 404
    status, _, answer = server.ask("GET", "/v1/models/en-de/metadata")
    assert status == 200
    assert answer["model_spec"] == {"name": "en-de", "signature_name": "", "version": "1"}
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["text"] == {
        "dtype": "DT_STRING",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
        "name": "",
    }
    assert signatures["translate"]["inputs"]["beam_size"]["tensor_shape"] == {"dim": [], "unknown_rank": True}
    assert signatures["translate"]["method_name"] == "tensorflow/serving/predict"


def test_errors_have_one_form(server, capfd):
    for method, path, body, wanted in (
        ("POST", PREDICT, b"{", 400),
        ("POST", PREDICT, {"instances": ["refuse me"]}, 400),
        ("POST", PREDICT, {"instances": ["break"]}, 500),
        ("POST", "/v1/models/en-de:classify", {"examples": []}, 400),
        ("POST", "/v1/models/en-de", None, 405),
        ("PUT", PREDICT, b"", 405),
        ("GET", "/v1/nothing", None, 400),
        ("GET", "/nothing", None, 404),
        ("POST", "/metrics", b"", 405),
    ):
        status, headers, answer = server.ask(method, path, body)
        assert status == wanted, path
        assert headers["content-type"] == "application/json"
        assert list(answer) == ["error"]
        assert isinstance(answer["error"], str)
    told = capfd.readouterr().err
    assert "ZeroDivisionError" in told  # a defect is for the log ...
    assert "a defect" not in json.dumps(
        server.ask("POST", PREDICT, {"instances": ["break"]})[2]
    )  # ... not for strangers


def test_a_function_without_inputs_is_told_but_not_called(server):
    name = "__saved_model_init_op"  # is in every SavedModel with tables
    assert name in server.ask("GET", "/v1/models/en-de/metadata")[2]["metadata"]["signature_def"]["signature_def"]
    for inputs in ({"inputs": {}}, {"instances": [{}]}, {"instances": ["a"]}):
        status, answer = server.predict({"signature_name": name, **inputs})
        assert status == 400
        assert f'"{name}" not found in signature def' in answer["error"]
        assert name not in answer["error"].split("give one of")[1]


def test_packed_bodies_are_refused_with_the_reason(server):
    status, _, answer = server.ask("POST", PREDICT, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert status == 415
    assert "gzip" in answer["error"]


# --- limits -----------------------------------------------------------------------------------------------------------


def test_large_bodies_are_refused_and_their_senders_hear_it(tmp_path):
    with running_server(tmp_path, maximum_request_bytes=1000) as server:
        fits = json.dumps({"instances": ["a" * 900]}).encode()
        assert server.ask("POST", PREDICT, fits)[0] == 200
        status, _, answer = server.ask("POST", PREDICT, b"x" * 5_000_000)
        assert status == 413
        assert "give at most 1000" in answer["error"]
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as connection:
            # Without a length beforehand, so that it must be counted.
            connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
            for _ in range(20):
                connection.sendall(b"64\r\n" + b"y" * 100 + b"\r\n")
            connection.sendall(b"0\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(("announced", "timeout"), [(5_000_000, 1), (10**12, 600)])
def test_bodies_that_are_only_announced_are_refused_by_their_length(tmp_path, announced, timeout):
    """Nothing of them comes; of one that nobody would read to its end, nothing is waited for."""
    with (
        running_server(tmp_path, maximum_request_bytes=1000, timeout_seconds=timeout) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as connection,
    ):
        connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: {announced}\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_full_queue_is_told_with_the_time_to_come_back(tmp_path):
    with running_server(tmp_path, maximum_queue=2) as server, ThreadPoolExecutor(4) as clients:
        held = clients.submit(server.predict, {"instances": ["slowly"]})
        assert server.model.running.wait(PATIENCE_SECONDS)
        waiting = clients.submit(server.predict, {"instances": ["a", "b"]})
        wait_until(lambda: metric(server, "seq2seq_queue_texts") == 2)
        status, headers, answer = server.ask("POST", PREDICT, {"instances": ["c"]})
        assert status == 429
        assert int(headers["retry-after"]) >= 1
        assert "queue is full" in answer["error"]
        server.model.gate.set()
        assert held.result()[0] == waiting.result()[0] == 200


def test_a_request_that_takes_too_long_is_answered_and_forgotten(tmp_path):
    # Long enough for what must succeed afterwards on a busy machine.
    with running_server(tmp_path, timeout_seconds=3) as server, ThreadPoolExecutor(2) as clients:
        running = clients.submit(server.predict, {"instances": ["slowly"]})
        assert server.model.running.wait(PATIENCE_SECONDS)
        waiting = clients.submit(server.predict, {"instances": ["waits"]})
        for answer in (running.result(), waiting.result()):
            assert answer[0] == 504
            assert "timed out" in answer[1]["error"]
        server.model.gate.set()
        assert server.predict({"instances": ["after"]})[0] == 200
        assert sum(server.model.batches) == 2  # the one that waited was never run


def test_a_slow_sender_is_told_so(tmp_path):
    with running_server(tmp_path, timeout_seconds=3) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as connection:
            connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
            assert connection.recv(4096).startswith(b"HTTP/1.1 408")
        assert server.predict({"instances": ["a"]})[0] == 200


# --- many clients, and those who leave --------------------------------------------------------------------------------


def test_clients_who_leave_take_nobodys_answer_with_them(tmp_path):
    model = UppercaseModel(seconds=0.005)
    with running_server(tmp_path, model, maximum_queue=10_000) as server:
        wrong = []

        def client(number: int) -> None:
            for turn in range(8):
                text = f"client {number} turn {turn} " + "word " * (number % 5)
                if (number + turn) % 3 == 0:  # sends and hangs up
                    body = json.dumps({"instances": [text]}).encode()
                    head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                    with socket.create_connection(("127.0.0.1", server.port)) as connection:
                        connection.sendall(head + body[: len(body) // (1 + turn % 2)])
                    continue
                status, answer = server.predict({"instances": [text]})
                if status != 200 or answer["predictions"][0]["translation"] != translated(text):
                    wrong.append((text, status, answer))

        threads = [threading.Thread(target=client, args=(number,)) for number in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert max(model.batches) > 1
        wait_until(lambda: metric(server, "seq2seq_requests_in_flight") == 1)  # the question itself


def test_what_a_client_waits_for_no_longer_is_not_run(tmp_path):
    with running_server(tmp_path) as server, ThreadPoolExecutor(1) as clients:
        held = clients.submit(server.predict, {"instances": ["slowly"]})
        assert server.model.running.wait(PATIENCE_SECONDS)
        body = b'{"instances": ["left"]}'
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            wait_until(lambda: metric(server, "seq2seq_queue_texts") == 1)
        wait_until(
            lambda: metric(server, 'seq2seq_requests_total{endpoint="predict",signature="serving_default",sta') == 1
        )
        server.model.gate.set()
        assert held.result()[0] == 200
        assert server.predict({"instances": ["after"]})[0] == 200
        assert server.model.batches == [1, 1]


def test_probes_and_metrics(server):
    assert server.ask("GET", "/healthz")[::2] == (200, {"status": "alive"})
    assert server.ask("GET", "/readyz")[::2] == (200, {"status": "ready"})
    before = metric(server, "seq2seq_batch_texts_sum")
    server.predict({"instances": ["a", "b", "c"]})
    assert metric(server, "seq2seq_batch_texts_sum") == before + 3
    assert metric(server, 'seq2seq_model_version{model="en-de"}') == 1
    ours, theirs = (server.ask("GET", path) for path in ("/metrics", "/monitoring/prometheus/metrics"))
    assert ours[1]["content-type"] == theirs[1]["content-type"]
    assert ours[1]["content-type"].startswith("text/plain")


def test_strangers_add_no_series_to_the_metrics(server):
    def series() -> set[str]:
        return {line.split(" ")[0] for line in server.ask("GET", "/metrics")[2].decode().splitlines()}

    server.ask("GET", "/elsewhere")
    server.predict({"signature_name": "name0", "instances": ["a"]})
    before = series()
    for number in range(5):
        server.ask("GET", f"/elsewhere{number}")
        server.predict({"signature_name": f"name{number}", "instances": ["a"]}, f"/v1/models/model{number}:predict")
        server.predict({"signature_name": f"name{number}", "instances": ["a"]})
    assert {line for line in series() - before if "status" in line and 'status="404"' not in line} == set()


# --- versions ---------------------------------------------------------------------------------------------------------


def test_a_newer_version_takes_over_without_a_lost_request(tmp_path):
    with running_server(tmp_path) as server:
        server.versions.watch(0.02)
        wrong, stop = [], threading.Event()

        def ask() -> None:
            while not stop.is_set():
                status, answer = server.predict({"instances": ["a b"]})
                if status != 200 or answer["predictions"][0]["translation"] != "B A":
                    wrong.append((status, answer))

        asking = threading.Thread(target=ask)
        asking.start()
        make_export(tmp_path / "en-de", 3)
        wait_until(lambda: server.ask("GET", "/v1/models/en-de/metadata")[2]["model_spec"]["version"] == "3")
        stop.set()
        asking.join()
        assert wrong == []
        states = {
            status["version"]: status["state"]
            for status in server.ask("GET", "/v1/models/en-de")[2]["model_version_status"]
        }
        assert states == {"1": "END", "3": "AVAILABLE"}
        assert server.predict({"instances": ["a"]}, "/v1/models/en-de/versions/1:predict")[0] == 404
        assert server.predict({"instances": ["a"]}, "/v1/models/en-de/versions/3:predict")[0] == 200


def test_a_version_that_cannot_be_loaded_leaves_the_old_one_in_place(tmp_path):
    tries, told = [], []

    def load(folder: Path) -> UppercaseModel:
        tries.append(folder.name)
        if (folder / "saved_model.pb").read_bytes() == b"torn":
            raise ServingError("it is torn")
        return UppercaseModel(int(folder.name))

    versions = ModelVersions(make_export(tmp_path, 4), load, told.append)
    versions.load_first()
    make_export(tmp_path, 10)
    torn = tmp_path / "10" / "saved_model.pb"
    torn.write_bytes(b"torn")
    for _ in range(3):
        versions.poll()
    assert versions.current.version == 4
    assert tries == ["4", "10"]  # not again and again
    assert [(status.version, status.state, status.error_message) for status in versions.statuses] == [
        (10, "END", "it is torn"),
        (4, "AVAILABLE", ""),
    ]
    torn.write_bytes(b"mended")
    os.utime(torn, (2e9, 2e9))
    versions.poll()
    assert versions.current.version == 10


def test_a_defect_in_a_version_stops_neither_the_watcher_nor_the_start(tmp_path):
    told = []

    def load(folder: Path) -> UppercaseModel:
        if folder.name == "2":
            raise MemoryError("8 EiB")
        return UppercaseModel(int(folder.name))

    versions = ModelVersions(make_export(tmp_path, 1), load, told.append)
    versions.load_first()
    versions.watch(0.01)
    make_export(tmp_path, 2)
    wait_until(lambda: "version 2 is not served: MemoryError: 8 EiB" in told)
    make_export(tmp_path, 3)
    wait_until(lambda: versions.current.version == 3)
    versions.stop()
    assert [status.state for status in versions.statuses] == ["AVAILABLE", "END", "END"]
    with pytest.raises(ServingError, match=r"no version can be loaded .*MemoryError"):
        ModelVersions(tmp_path / "2", load, told.append).load_first()


def test_a_version_that_is_removed_gives_way_to_the_one_before(tmp_path):
    versions = ModelVersions(make_export(tmp_path, 1, 2), lambda folder: UppercaseModel(int(folder.name)), print)
    versions.load_first()
    assert versions.current.version == 2
    (tmp_path / "2" / "saved_model.pb").unlink()
    versions.poll()
    assert versions.current.version == 1
    (tmp_path / "1" / "saved_model.pb").unlink()
    versions.poll()
    assert versions.current.version == 1  # nothing better is there


def test_versions_are_numbers_with_a_model_in_them(tmp_path):
    make_export(tmp_path, 2, 10)
    (tmp_path / "3").mkdir()
    (tmp_path / ".new-4-abc").mkdir()
    (tmp_path / ".new-4-abc" / "saved_model.pb").write_bytes(b"")
    (tmp_path / "5").write_text("a file")
    assert sorted(versions_in(tmp_path)) == [2, 10]
    alone = ModelVersions(tmp_path / "2", lambda folder: UppercaseModel(int(folder.name)), print)
    alone.load_first()
    assert alone.current.version == 2
    assert alone.model_name == tmp_path.name


# --- the command ------------------------------------------------------------------------------------------------------


def test_what_cannot_be_served_is_told_before_tensorflow_is_imported(tmp_path, monkeypatch):
    with pytest.raises(ServingError, match="no version of an export is there"):
        workflow.serve(tmp_path, ServerSettings(port=0))
    make_export(tmp_path, 1)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ServingError, match="cannot listen there"):
        workflow.serve(tmp_path, ServerSettings(port=taken.getsockname()[1]))
    with pytest.raises(ServingError, match="cannot listen there"):
        listen(ServerSettings(host="192.0.2.1"))
    monkeypatch.setattr(workflow, "find_spec", lambda name: None)
    with pytest.raises(ServingError, match=r"pip install -e '\.\[serve\]'"):
        workflow.serve(tmp_path, ServerSettings())


STOPPABLE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from serving_doubles import UppercaseModel, make_export
from seq2seq.serving.server import serve
from seq2seq.serving.settings import ServerSettings
from seq2seq.serving.versions import ModelVersions
model = UppercaseModel(seconds=1.5)
versions = ModelVersions(make_export(Path(sys.argv[1]) / "en-de", 1), lambda folder: model, print)
versions.load_first()
serve(ServerSettings(port=0), versions, lambda sentence: print(sentence, flush=True))
assert "tensorflow" not in sys.modules
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_what_was_accepted_and_leaves_with_0(tmp_path, number):
    command = [sys.executable, "-c", STOPPABLE, str(tmp_path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, ThreadPoolExecutor(4) as clients:
        lines = iter(process.stdout.readline, "")
        port = int(next(line for line in lines if "listening on" in line).split()[2].rsplit(":", 1)[1])
        running = Running("", port, None, None, None)
        accepted = [clients.submit(running.predict, {"instances": [f"text {n}"]}) for n in range(4)]
        wait_until(lambda: metric(running, "seq2seq_requests_in_flight") == 5)
        process.send_signal(number)
        wait_until(lambda: refuses(port))
        answers = [future.result() for future in accepted]
        assert [(status, answer["predictions"][0]["translation"]) for status, answer in answers] == [
            (200, f"{n} TEXT") for n in range(4)
        ]
        assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_as_soon_as_it_listens_is_obeyed(tmp_path, number):
    at_once = STOPPABLE.replace(
        "lambda sentence: print(sentence, flush=True)",
        f"lambda sentence: 'listening' in sentence and signal.raise_signal({int(number)})",
    )
    assert at_once != STOPPABLE
    command = [sys.executable, "-c", "import signal" + at_once, str(tmp_path), str(Path(__file__).parent)]
    assert subprocess.run(command, timeout=3 * PATIENCE_SECONDS).returncode == 0


def test_a_server_that_stops_takes_nothing_new(tmp_path):
    with running_server(tmp_path) as server:
        server.server.closing = True
        assert server.ask("GET", "/readyz")[::2] == (503, {"status": "stopping"})
        status, headers, answer = server.ask("POST", PREDICT, {"instances": ["a"]})
        assert status == 503
        assert int(headers["retry-after"]) >= 1
        assert "the server is stopping" in answer["error"]
        assert server.ask("GET", "/healthz")[0] == 200


@pytest.mark.parametrize("second", [None, signal.SIGTERM, signal.SIGINT])
def test_a_load_balancer_has_time_to_turn_away(tmp_path, second):
    """After SIGTERM: not ready, and everything answered, until the seconds have passed or a second signal comes."""
    script = STOPPABLE.replace("seconds=1.5", "").replace("port=0", "port=0, drain_seconds=3 if sys.argv[3] else 600")
    command = [sys.executable, "-c", script, str(tmp_path), str(Path(__file__).parent), "" if second else "soon"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = iter(process.stdout.readline, "")
        port = int(next(line for line in lines if "listening on" in line).split()[2].rsplit(":", 1)[1])
        running = Running("", port, None, None, None)
        wait_until(lambda: running.ask("GET", "/readyz")[0] == 200)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: running.ask("GET", "/readyz")[0] == 503)
        assert running.predict({"instances": ["a b"]})[1]["predictions"][0]["translation"] == "B A"
        assert running.ask("GET", "/healthz")[0] == 200
        if second:
            process.send_signal(second)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert refuses(port)


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False


def test_it_listens_on_this_machine_alone_by_default():
    assert ServerSettings().host == "127.0.0.1"
