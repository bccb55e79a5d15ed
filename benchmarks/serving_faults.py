"""What a server does when its clients are wrong, slow or gone, and what a file's translation does when it is killed."""

from __future__ import annotations

import http.client
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from expected_answers import Expected, plain_answer
from served_process import MEBIBYTE, ServerProcess

TIMEOUT_SECONDS = 5  # of the server's requests, so that slow clients are soon told
ROUNDS = 2  # of all faults; memory after the last is held against that after the first
MEMORY_GROWTH = 0.05
CONNECTIONS = 100
WINDOW_LINES = 64
FILE_LINES = 10 * WINDOW_LINES
PATIENCE_SECONDS = 55  # for which a client surely waits
GIVE_UP_SECONDS = 600  # a client tries for about a minute, and so does its starting on a busy machine


class Fault(NamedTuple):
    """What was done, what came of it, and whether that is right."""

    name: str
    told: str
    right: bool


class Witness:
    """A client that does nothing wrong while others do, and counts what it is answered."""

    def __init__(self, server: ServerProcess, expected: Expected) -> None:
        self._server = server
        self._expected = expected
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.right = 0
        self.wrong = 0
        self.slowest_seconds = 0.0

    def __enter__(self) -> Witness:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        generator, texts = random.Random(0), list(self._expected.plain)
        while not self._stop.wait(0.02):
            text, began = generator.choice(texts), time.monotonic()
            try:
                status, answer = predict(self._server, {"instances": [text]})
                right = status == 200 and plain_answer(answer["predictions"][0]).equals(self._expected.plain[text])
            except (OSError, http.client.HTTPException):
                right = False
            self.right += right
            self.wrong += not right
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)


def run_faults(export: Path, expected: Expected, tell: Callable[[str], None]) -> list[Fault]:
    """All faults of clients, one after the other, against one server that answers a witness meanwhile."""
    server = ServerProcess(export, "--timeout", str(TIMEOUT_SECONDS))
    try:
        server.ask("GET", "/healthz")  # the event loop, which has sockets of its own, runs by then
        memory, sockets = [], server.sockets()
        with Witness(server, expected) as witness:
            for _ in range(ROUNDS):
                faults = []
                for do in (malformed_json, wrong_types, giant_bodies, slow_clients, disconnects):
                    faults.append(fault := do(server))
                    tell(f"{fault.name}: {fault.told}")
                memory.append(server.memory())
        told = f"{witness.right} texts answered, {witness.wrong} not; the slowest in {witness.slowest_seconds:.2f} s"
        faults.append(Fault("a client beside them all", told, witness.right > 0 and witness.wrong == 0))
        left = wait_for(lambda: server.sockets() <= sockets)
        told = f"{memory[0]:.0f} MiB after the first time, {memory[-1]:.0f} after the second; "
        told += "all sockets closed" if left else f"{server.sockets() - sockets} sockets more are open"
        flat = memory[-1] <= memory[0] * (1 + MEMORY_GROWTH)
        return [*faults, Fault("all of them, twice", told, flat and left)]
    finally:
        server.stop()


def malformed_json(server: ServerProcess) -> Fault:
    """Texts that are cut, and bytes that are none."""
    whole = json.dumps({"instances": ["A man rides a bike.", "\u00e4"]}).encode()
    generator = random.Random(1)
    bodies = [whole[:end] for end in range(len(whole))]
    bodies += [generator.randbytes(generator.randrange(1, 200)) for _ in range(40)] + [b"[" * 100_000]
    return _refused("malformed JSON", server, bodies, 400)


def wrong_types(server: ServerProcess) -> Fault:
    """JSON that is none of the requests that there are."""
    texts: list[Any] = [3, None, True, 1.5, [["a"]], {"a": "b"}, "a"]
    documents: list[Any] = [{"instances": text} for text in texts] + [{"instances": [text]} for text in texts[:6]]
    documents += [[], 3, "a", None, {}, {"inputs": {}}, {"instances": ["a"], "inputs": ["a"]}]
    documents += [{"instances": ["a"], "signature_name": name} for name in ("nothing", 3, ["a"])]
    search = {"beam_size": 3, "n_best": 2, "length_penalty": 0.6, "max_length_ratio": 2.0}
    wrong = [{"beam_size": "3"}, {"beam_size": 2.5}, {"n_best": 9}, {"beam_size": 0}, {"length_penalty": -1}]
    wrong += [{"max_length_ratio": None}, {"beam_size": [3, 3, 3]}, {"beam_size": 2**40}, {"text": "a"}, {"text": []}]
    documents += [{"signature_name": "translate", "inputs": {"text": ["a", "b"], **search, **one}} for one in wrong]
    return _refused("wrong types and values", server, [json.dumps(document).encode() for document in documents], 400)


def giant_bodies(server: ServerProcess) -> Fault:
    """Bodies that come whole, that are only announced, and that never end."""
    text = json.dumps({"instances": ["word " * (2 * MEBIBYTE // 5)]}).encode()
    found = Counter(str(predict(server, text)[0]) for _ in range(5))
    for announced in (10 * MEBIBYTE, 10**12):
        found[_first_status(server, _head(server, announced))] += 1
    block = b"%x\r\n%s\r\n" % (MEBIBYTE, b" " * MEBIBYTE)
    found[_first_status(server, _head(server, None), *[block] * 128)] += 1
    return Fault(
        "giant bodies: 2 MiB, 10 MiB and 1 TB announced, 128 MiB in pieces", _counts(found), set(found) == {"413"}
    )


def slow_clients(server: ServerProcess) -> Fault:
    """They send half a body, and rest."""
    began = time.monotonic()
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(CONNECTIONS)]
    for connection in connections:
        connection.sendall(_head(server, 100) + b'{"instances"')
    found = Counter(_status(connection.recv(4096)) for connection in connections)
    seconds = time.monotonic() - began
    for connection in connections:
        connection.close()
    told = f"{_counts(found)}, all after {seconds:.1f} s with --timeout {TIMEOUT_SECONDS}"
    return Fault(f"{CONNECTIONS} slow clients at once", told, set(found) == {"408"} and seconds < 4 * TIMEOUT_SECONDS)


def disconnects(server: ServerProcess) -> Fault:
    """They hang up after a whole request, or in the middle of one."""
    body = json.dumps({"instances": ["A man rides a bike."] * 3}).encode()
    for number in range(2 * CONNECTIONS):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(_head(server, len(body)) + body[: len(body) // (1 + number % 2)])

    def nothing_waits() -> bool:
        text = server.ask("GET", "/metrics")[1]
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        # This question, and at most one of the witness.
        return float(values["seq2seq_queue_texts"]) <= 1 and float(values["seq2seq_requests_in_flight"]) <= 2

    gone = wait_for(nothing_waits)
    told = "nothing of them is left in the queue" if gone else "something of them is still waiting"
    return Fault(f"{2 * CONNECTIONS} disconnects within a request", told, gone)


def translate_through_kills(
    export: Path, expected: Expected, tell: Callable[[str], None], *, short: bool
) -> list[Fault]:
    """A file, through a server that is killed and comes back: at once, and, unless `short`, when it was given up."""
    texts = [text for text in expected.plain if "\n" not in text]
    lines = [texts[number % len(texts)] for number in range(FILE_LINES)]
    wanted = [expected.plain[line].texts[0] for line in lines]
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "in.txt", Path(folder) / "out.txt"
        source.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        server = ServerProcess(export)
        command = _translate(server, source, output)
        _wait_for_windows(output)
        server.kill()
        killed = time.monotonic()
        tell("killed; it comes back")
        server = ServerProcess(export, port=server.port)
        away_seconds = time.monotonic() - killed
        code, told = _end(command)
        if code and away_seconds > PATIENCE_SECONDS:  # a busy machine: given up, and rightly
            code, told = _end(_translate(server, source, output, "--resume"))
        right = code == 0 and _lines(output) == wanted
        told = f"exit code {code}, {_same(output, wanted)} of {FILE_LINES} lines as they must be"
        name = f"server killed during a file translation, and back after {away_seconds:.0f} s"
        faults.append(Fault(name, told, right))
        if not short:
            output = output.with_name("again.txt")
            command = _translate(server, source, output)
            _wait_for_windows(output)
            server.kill()
            tell("killed; the client is to give it up")
            code, message = _end(command)
            partial = output.with_name("again.txt.partial")
            done, right = len(_lines(partial)), code == 2 and not output.exists() and "server" in message
            right = right and 0 < done < FILE_LINES and _lines(partial) == wanted[:done]
            told = f"exit code {code}, {done} right lines are kept; told: {message}"
            faults.append(Fault("server killed during a file translation, for good", told, right))
            server = ServerProcess(export, port=server.port)
            code, message = _end(_translate(server, source, output, "--resume"))
            told = f"exit code {code}, {_same(output, wanted)} of {FILE_LINES} lines as they must be"
            faults.append(Fault("`--resume` when it is back", told, code == 0 and _lines(output) == wanted))
        server.stop()
    return faults


def _translate(server: ServerProcess, source: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    files = [str(source), "-o", str(output), "--batch-lines", str(WINDOW_LINES)]
    command = [sys.executable, "-m", "seq2seq", "translate", server.address, *files, *options]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def _wait_for_windows(output: Path) -> None:
    """Until two windows of lines are written, and not all."""
    record = output.with_name(f"{output.name}.partial.json")
    if not wait_for(lambda: record.exists() and json.loads(record.read_text())["lines"] >= 2 * WINDOW_LINES, 600):
        raise SystemExit(f"nothing was translated within ten minutes — {record}")


def _end(command: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and the message, which is the last line."""
    told = command.communicate(timeout=GIVE_UP_SECONDS)[1].strip().splitlines()
    return command.returncode, told[-1] if told else ""


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").split("\n")[:-1] if path.exists() else []


def _same(path: Path, wanted: list[str]) -> int:
    return sum(one == other for one, other in zip(_lines(path), wanted, strict=False))


def predict(server: ServerProcess, body: Any) -> tuple[int, Any]:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return server.ask("POST", f"/v1/models/{server.model}:predict", sent)


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it has come true in time."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True


def _refused(name: str, server: ServerProcess, bodies: list[bytes], status: int) -> Fault:
    """Each must get this status and a reason."""
    found = [predict(server, body) for body in bodies]
    counts = Counter(str(got) for got, _ in found)
    reasons = all(isinstance(answer, dict) and answer.get("error") for _, answer in found)
    told = f"{_counts(counts)}, each with a reason" if reasons else f"{_counts(counts)}, some without a reason"
    return Fault(name, told, set(counts) == {str(status)} and reasons)


def _head(server: ServerProcess, length: int | None) -> bytes:
    body = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"POST /v1/models/{server.model}:predict HTTP/1.1\r\nHost: x\r\n{body}\r\n\r\n".encode()


def _first_status(server: ServerProcess, *parts: bytes) -> str:
    """The status of what is sent part by part, until there is an answer or the connection is closed."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except OSError:
            pass  # closed while we send: the answer may have come before
        try:
            return _status(connection.recv(4096))
        except OSError:
            return "closed without an answer"


def _status(answer: bytes) -> str:
    return answer.split(b" ", 2)[1].decode() if answer.startswith(b"HTTP/") else "closed without an answer"


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(found.items()))
