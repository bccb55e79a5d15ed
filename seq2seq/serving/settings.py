"""The settings of a server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerSettings:
    """What an operator may set; each has its default here alone.

    Attributes:
        host: the address to listen on; that of this machine alone by default, since nobody has to log in.
        port: TF Serving's port for REST; 0 lets the system choose one.
        maximum_batch: texts in one run of the model.
        batch_timeout_seconds: how long a request waits for others to share its run.
        maximum_queue: texts that may wait before requests are refused with 429.
        maximum_request_bytes: of a request's body; larger ones are refused with 413.
        timeout_seconds: of a request; then it is answered with 504.
        poll_seconds: between two looks for a new version; 0 never looks.
        drain_seconds: between SIGTERM and the moment when new connections are refused; `/readyz` says 503 meanwhile and
            everything is answered, so that a load balancer can turn away in time.
        model_name: in the addresses; None takes the folder's name.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    maximum_batch: int = 64
    batch_timeout_seconds: float = 0.005
    maximum_queue: int = 1024
    maximum_request_bytes: int = 1 << 20
    timeout_seconds: float = 30.0
    poll_seconds: float = 2.0
    drain_seconds: float = 0.0
    model_name: str | None = None
