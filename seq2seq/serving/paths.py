"""The addresses of TF Serving's REST API: /v1/models/NAME[/versions/V | /labels/L][:predict | /metadata]."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from seq2seq.serving.request_error import RequestError

# As in tensorflow_serving/model_servers/http_rest_api_util.cc; the case of letters does not matter there either.
_MODEL = r"/v1/models(?:/(?P<name>[^/:]+)(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?)?"
_CALL = re.compile(_MODEL + r":(?P<verb>classify|regress|predict)", re.IGNORECASE)
_READ = re.compile(_MODEL + r"(?:/(?P<part>metadata))?", re.IGNORECASE)
_LARGEST_VERSION = 2**63 - 1


@dataclass(frozen=True)
class ModelPath:
    """What an address names. `action` is predict, classify, regress, metadata or status."""

    action: str
    name: str
    version: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        """As TF Serving names it in its messages."""
        return f"Latest({self.name})" if self.version is None else f"Specific({self.name}, {self.version})"


def read_path(method: str, path: str) -> ModelPath:
    """The address, still percent-encoded, of a request.

    Raises:
        RequestError: 405 if the address is right for another method alone, 400 if it is none of the API.
    """
    call, read = _CALL.fullmatch(path), _READ.fullmatch(path)
    allowed = "POST" if call else "GET" if read else None
    if allowed is None:
        raise RequestError(
            f"Malformed request: {method} {path[:200]} — give POST /v1/models/NAME:predict, GET /v1/models/NAME or GET "
            "/v1/models/NAME/metadata, with /versions/VERSION after NAME if wanted"
        )
    if method != allowed:
        raise RequestError(f"Malformed request: {method} {path[:200]} — use {allowed}", 405, {"Allow": allowed})
    match = call or read
    found = match.groupdict() if match else {}
    name, version, label = found["name"], found["version"], found["label"]
    if not name:
        raise RequestError("Missing model name in request. — give /v1/models/NAME")
    if (version is not None and int(version[-20:]) > _LARGEST_VERSION) or len(version or "") > 20:
        raise RequestError(f"Failed to convert version: {version[:40]} to numeric. — give a whole number below 2^63")
    action = found["verb"] if call else (found["part"] or "status")
    return ModelPath(
        action.lower(),
        unquote(name),
        None if version is None else int(version),
        None if label is None else unquote(label),
    )
