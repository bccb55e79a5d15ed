"""A model without TensorFlow, with the signatures of an export, and a server around it in this process."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

from seq2seq.serving.application import Server
from seq2seq.serving.request_error import RequestError
from seq2seq.serving.settings import ServerSettings
from seq2seq.serving.signatures import Arrays, ModelFacts, Servable, Signature, TensorDescription
from seq2seq.serving.versions import ModelVersions

PATIENCE_SECONDS = 20

TEXT = TensorDescription("DT_STRING", (None,))
SINGLE = TensorDescription("DT_FLOAT", (None,))
WHOLE = TensorDescription("DT_INT32", (None,))
TRUTH = TensorDescription("DT_BOOL", (None,))
ANY_WHOLE = TensorDescription("DT_INT32", None)
ANY_SINGLE = TensorDescription("DT_FLOAT", None)


def axes(dtype: str, count: int) -> TensorDescription:
    return TensorDescription(dtype, (None,) * count)


SIGNATURES = {
    "serving_default": Signature({"text": TEXT}, {"score": SINGLE, "translation": TEXT, "truncated": TRUTH}),
    "translate": Signature(
        {
            "text": TEXT,
            "beam_size": ANY_WHOLE,
            "n_best": ANY_WHOLE,
            "length_penalty": ANY_SINGLE,
            "max_length_ratio": ANY_SINGLE,
        },
        {
            "attention": axes("DT_FLOAT", 4),
            "finished": axes("DT_BOOL", 2),
            "pieces": axes("DT_STRING", 3),
            "scores": axes("DT_FLOAT", 2),
            "source_lengths": WHOLE,
            "source_pieces": axes("DT_STRING", 2),
            "target_lengths": axes("DT_INT32", 2),
            "token_scores": axes("DT_FLOAT", 3),
            "translations": axes("DT_STRING", 2),
            "truncated": TRUTH,
        },
    ),
    "score": Signature(
        {"source": TEXT, "target": TEXT},
        {
            "log_prob": SINGLE,
            "token_log_probs": axes("DT_FLOAT", 2),
            "target_lengths": WHOLE,
            "perplexity": SINGLE,
        },
    ),
    "detokenize": Signature({"ids": axes("DT_INT32", 2)}, {"text": TEXT}),
    "__saved_model_init_op": Signature({}, {"__saved_model_init_op": TensorDescription("DT_INVALID", None)}, ""),
    "reverse_bytes": Signature({"image": TEXT}, {"image_bytes": TEXT}),
}


def strings(values: Any) -> np.ndarray:
    def encoded(value: Any) -> Any:
        return [encoded(inner) for inner in value] if isinstance(value, list) else value.encode()

    return np.array(encoded(values), object)


def translated(text: str) -> str:
    """What the model makes of a text: its words, each in capitals, in the opposite order."""
    return " ".join(reversed(text.upper().split()))


@dataclass
class UppercaseModel:
    """Translates by capital letters and opposite order. Pieces are words, so lengths differ as they do in a real one.

    A text "refuse me" is refused, "break" is a defect, one with the word "slowly" takes until `gate` is set, and the
    translation of one with "unfinished" reaches its greatest length.
    """

    version: int = 1
    facts: ModelFacts = field(
        default_factory=lambda: ModelFacts(
            "en",
            "de",
            {"beam_size": 5, "n_best": 1, "length_penalty": 1.0, "max_length_ratio": 2.0},
            "5" * 64,
        )
    )
    signatures = SIGNATURES
    seconds: float = 0.0
    gate: threading.Event = field(default_factory=threading.Event)
    running: threading.Event = field(default_factory=threading.Event)
    batches: list[int] = field(default_factory=list)

    def run(self, signature_name: str, inputs: Arrays) -> Arrays:
        if signature_name == "reverse_bytes":
            return {"image_bytes": np.array([image[::-1] for image in inputs["image"]], object)}
        if signature_name == "detokenize":
            return {"text": strings([" ".join(map(str, row)) for row in inputs["ids"].tolist()])}
        sources = [text.decode("utf-8", "replace") for text in inputs["text" if "text" in inputs else "source"]]
        self.batches.append(len(sources))
        self.running.set()
        time.sleep(self.seconds)
        if any("slowly" in text for text in sources):
            self.gate.wait(20)
        if not all(np.size(array) for array in inputs.values()) and signature_name != "serving_default":
            raise RequestError("an input is empty - give at least one text")
        if "refuse me" in sources:
            raise RequestError("text is refused — given 'refuse me' — give another one")
        if "break" in sources:
            raise ZeroDivisionError("a defect")
        if signature_name == "serving_default":
            return {
                "translation": strings([translated(text) for text in sources]),
                "score": np.array([-len(text) / 8 for text in sources], np.float32),
                "truncated": np.array([len(text) > 1000 for text in sources]),
            }
        if signature_name == "score":
            targets = [text.decode("utf-8", "replace").split() for text in inputs["target"]]
            lengths = np.array([len(target) + 1 for target in targets], np.int32)
            log_probs = np.zeros([len(targets), lengths.max() + 2], np.float32)  # more padding than is needed
            for row, length in enumerate(lengths):
                log_probs[row, :length] = -0.5
            total = log_probs.sum(axis=1)
            return {
                "log_prob": total,
                "token_log_probs": log_probs,
                "target_lengths": lengths,
                "perplexity": np.exp(-total / lengths).astype(np.float32),
            }
        return self.translate(sources, inputs)

    def translate(self, sources: list[str], inputs: Arrays) -> Arrays:
        beams, n_best = (int(inputs[name].max()) for name in ("beam_size", "n_best"))
        if not 1 <= n_best <= beams <= 64:
            raise RequestError(f"n_best does not fit the search - given {n_best} with beam_size {beams} - give 1 to 64")
        source_pieces = [[*text.split(), "</s>"] for text in sources]
        target_pieces = [[*translated(text).split(), "</s>"] for text in sources]
        rows, time_ = len(sources), max(len(pieces) for pieces in source_pieces)
        attention = np.zeros([rows, n_best, time_, time_], np.float32)
        lengths = np.zeros([rows, n_best], np.int32)
        pieces = np.full([rows, n_best, time_], b"", object)
        for row, words in enumerate(target_pieces):
            for rank in range(n_best):
                lengths[row, rank] = len(words)
                pieces[row, rank, : len(words)] = [word.encode() for word in words]
                for place in range(len(words)):
                    looked = len(words) - 2 - place if place < len(words) - 1 else place
                    attention[row, rank, place, : len(words)] = 0.1 / len(words)
                    attention[row, rank, place, looked] += 0.9
        real = pieces != b""
        return {
            "attention": attention,
            "finished": np.array([["unfinished" not in text] * n_best for text in sources]),
            "pieces": pieces,
            "scores": np.array([[-len(t) / 8 - rank for rank in range(n_best)] for t in sources], np.float32),
            "source_lengths": np.array([len(words) for words in source_pieces], np.int32),
            "source_pieces": strings([words + [""] * (time_ - len(words)) for words in source_pieces]),
            "target_lengths": lengths,
            "token_scores": np.where(real, np.float32(-0.25), np.float32(0)),
            "translations": strings([[translated(text) + "!" * rank for rank in range(n_best)] for text in sources]),
            "truncated": np.array([len(text) > 1000 for text in sources]),
        }


def make_export(folder: Path, *versions: int) -> Path:
    """A folder that looks like an export; what is in it is for no TensorFlow."""
    for version in versions:
        (folder / str(version)).mkdir(parents=True)
        (folder / str(version) / "saved_model.pb").write_bytes(b"not read")
    return folder


@dataclass
class Running:
    """A server that runs in this process."""

    address: str
    port: int
    model: Any  # a Servable; the double has more to look at
    server: Server
    versions: ModelVersions

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers in small letters, and the body, read if it is JSON; what is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        got = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, got, json.loads(raw) if got.get("content-type") == "application/json" else raw

    def predict(self, body: Any, path: str = "/v1/models/en-de:predict") -> tuple[int, Any]:
        status, _, answer = self.ask("POST", path, body)
        return status, answer


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def metric(server: Running, name: str) -> float:
    """The sum of the series whose names begin so."""
    lines = server.ask("GET", "/metrics")[2].decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


@contextlib.contextmanager
def running_server(folder: Path, model: Servable | None = None, *, port: int = 0, **settings: Any) -> Iterator[Running]:
    """A server of `folder`/en-de, whose version 1 is `model`."""
    export = folder / "en-de"
    if not export.exists():
        make_export(export, 1)
    first = model or UppercaseModel()

    def load(path: Path) -> Servable:
        return first if int(path.name) == first.version else UppercaseModel(int(path.name))

    versions = ModelVersions(export, load, lambda sentence: None)
    versions.load_first()
    server = Server(ServerSettings(port=0, **settings), versions)
    web_server = uvicorn.Server(uvicorn.Config(server.application(), log_config=None, lifespan="off"))
    listening = socket.create_server(("127.0.0.1", port), backlog=512)
    thread = threading.Thread(target=web_server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not web_server.started:
        time.sleep(0.01)
    port = listening.getsockname()[1]
    try:
        yield Running(f"http://127.0.0.1:{port}", port, first, server, versions)
    finally:
        if isinstance(first, UppercaseModel):
            first.gate.set()
        web_server.should_exit = True
        thread.join()
        versions.stop()
        server.batcher.close()
