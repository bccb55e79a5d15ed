"""Runs the web application until it is told to stop, and then finishes what was accepted."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from types import FrameType

import uvicorn

from seq2seq.errors import ServingError
from seq2seq.serving.application import Server
from seq2seq.serving.settings import ServerSettings
from seq2seq.serving.versions import ModelVersions

_BACKLOG = 2048
_GRACE_SECONDS = 5  # for writing answers, beyond the time-out of requests
_IDLE_SECONDS = 60  # connections without a request


def serve(settings: ServerSettings, versions: ModelVersions, report: Callable[[str], None]) -> None:
    """Serves until SIGTERM or Ctrl-C; then refuses new connections, answers what is here, and returns.

    After SIGTERM everything is answered for `drain_seconds` first, unless a second signal ends them.

    Args:
        versions: with a version loaded.
        report: is told in sentences where the server listens, and that it stops.

    Raises:
        ServingError: if the address cannot be listened on.
    """
    listening = listen(settings)
    server = Server(settings, versions)
    web_server = _WebServer(
        uvicorn.Config(
            server.application(),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=int(settings.timeout_seconds) + _GRACE_SECONDS,
        ),
        server,
        settings.drain_seconds,
    )
    # uvicorn has its own handlers while it runs. These are for a signal before that, from the moment that somebody can
    # know of the server; and for uvicorn's repetition of the signal when it has stopped, for whoever handled it before.
    before = {number: signal.signal(number, web_server.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    try:
        report(f"listening on {address} — the page is there, the model at {address}/v1/models/{server.model_name}")
        versions.watch(settings.poll_seconds)
        web_server.run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        versions.stop()
        server.batcher.close()
    report("stopped: what was accepted has been answered")


def listen(settings: ServerSettings) -> socket.socket:
    """The socket, bound.

    Raises:
        ServingError: if that fails.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise ServingError(
            f"cannot listen there — given {settings.host}, port {settings.port} ({error.strerror}) — choose another "
            "--host or --port"
        ) from None
    return listening


class _WebServer(uvicorn.Server):
    """uvicorn, which tells the application of the signal that stops it, and may take its time after SIGTERM."""

    def __init__(self, config: uvicorn.Config, application: Server, drain_seconds: float) -> None:
        super().__init__(config)
        self._application = application
        self._drain_seconds = drain_seconds
        self._closes_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._application.draining = True
        if sig == signal.SIGTERM and self._drain_seconds > 0 and self._closes_at is None:
            self._closes_at = time.monotonic() + self._drain_seconds
            return
        self._application.closing = True
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._closes_at is not None and time.monotonic() >= self._closes_at:
            self._application.closing = self.should_exit = True
        return await super().on_tick(counter)
