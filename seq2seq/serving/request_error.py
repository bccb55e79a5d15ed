"""A request that is answered with an error: what a client is told, and the HTTP status that TF Serving gives it."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping

# TensorFlow's status codes by number -> HTTP, as in TF Serving's model_servers/http_server.cc.
HTTP_STATUS_OF_CODE = {
    1: 499,  # CANCELLED: the client has gone
    2: 500,  # UNKNOWN
    3: 400,  # INVALID_ARGUMENT
    4: 504,  # DEADLINE_EXCEEDED
    5: 404,  # NOT_FOUND
    6: 409,  # ALREADY_EXISTS
    7: 403,  # PERMISSION_DENIED
    8: 429,  # RESOURCE_EXHAUSTED
    9: 400,  # FAILED_PRECONDITION
    10: 409,  # ABORTED
    11: 400,  # OUT_OF_RANGE
    12: 501,  # UNIMPLEMENTED
    13: 500,  # INTERNAL
    14: 503,  # UNAVAILABLE
    15: 500,  # DATA_LOSS
    16: 401,  # UNAUTHENTICATED
}


class RequestError(Exception):
    """What is wrong with a request; `status` and `headers` are those of the answer."""

    def __init__(self, message: str, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def shortened(value: object) -> str:
    """What was given, for a message: a megabyte of it helps nobody."""
    return _SHORT.repr(value)
