"""A server process of an export, for the measurements beside this file; Linux, since memory is read from /proc."""

from __future__ import annotations

import atexit
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

START_SECONDS = 900  # a busy machine takes minutes to import TensorFlow
STOP_SECONDS = 90
MEBIBYTE = 1 << 20


class ServerProcess:
    """`seq2seq serve EXPORT` in a process of its own, on a free port or the given one; listens when this returns."""

    def __init__(self, export: Path, *options: str, port: int = 0) -> None:
        command = [sys.executable, "-m", "seq2seq", "serve", str(export), "--port", str(port), *options]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        atexit.register(self._process.kill)  # whatever ends the measurement
        self.said: list[str] = []
        listening = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(listening,), daemon=True)
        self._reader.start()
        if not listening.wait(START_SECONDS) or not any("listening on" in line for line in self.said):
            self.kill()
            raise SystemExit("the server did not start:\n" + "".join(self.said))
        (told,) = (line for line in self.said if "listening on" in line)
        self.root = told.split()[2]
        self.address = told.split()[-1]  # of the model
        self.port = int(self.root.rsplit(":", 1)[1])
        self.model = self.address.rsplit("/", 1)[1]

    def _read(self, listening: threading.Event) -> None:
        for line in self._process.stderr or ():
            self.said.append(line)
            if "listening on" in line:
                listening.set()
        listening.set()  # it has ended

    def memory(self) -> float:
        """Resident memory in MiB."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def sockets(self) -> int:
        """How many are open."""
        return sum("socket" in os.readlink(path) for path in Path(f"/proc/{self._process.pid}/fd").iterdir())

    def kill(self) -> None:
        """As the kernel does when memory is out: nothing is told to anybody."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """As an operator does; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def ask(self, method: str, path: str, body: bytes | None = None, seconds: float = 60) -> tuple[int, Any]:
        """Status and JSON of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(raw)
        except ValueError:
            return answer.status, raw.decode(errors="replace")
