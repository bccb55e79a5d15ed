"""A client over REST. It needs urllib3 alone, which TensorFlow's own dependencies bring, and which keeps connections,
counts time-outs and repeats what a busy server refused; the standard library does none of the three."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import urllib3

from seq2seq.client.answers import Metadata, ModelFacts, VersionStatus
from seq2seq.client.base import CONNECTIONS_PER_RETRY, LONGEST_PAUSE_SECONDS, BaseClient
from seq2seq.errors import ClientError

if TYPE_CHECKING:
    from typing_extensions import Self  # of typing from Python 3.11 on

_TRY_AGAIN = (429, 503)
_CONNECT_SECONDS = 10.0  # for each of many tries, so not the time-out of a request


class Client(BaseClient):
    """Asks a model server over REST: `seq2seq serve`, or TF Serving. Its arguments are those of `BaseClient`."""

    default_address = "http://127.0.0.1:8501"
    request_bytes = 256 << 10  # a quarter of what our server takes by default; JSON's escapes make text longer

    def _connect(self) -> None:
        if not _is_address(self._address):
            raise ClientError(
                f"not a server's address — given {self._address!r} — give one like {self.default_address}"
            )
        self._root = self._address.rstrip("/")
        name = f"{self._root}/v1/models/{quote(self._model, safe='')}"
        self._called = name if self._version is None else f"{name}/versions/{self._version}"
        retries, seconds = self._retries, self._timeout_seconds
        self._connections = urllib3.PoolManager(
            maxsize=self._concurrency,
            timeout=urllib3.Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds),
            retries=_Retry(
                total=None,  # each kind has its own number
                connect=CONNECTIONS_PER_RETRY * retries,
                status=retries,
                read=min(1, retries),  # an answer that takes too long is asked for once more
                redirect=0,
                other=0,
                backoff_factor=0.2,
                backoff_max=LONGEST_PAUSE_SECONDS,
                backoff_jitter=0.1,
                status_forcelist=_TRY_AGAIN,
                allowed_methods=None,
                raise_on_status=False,
            ),
        )

    def status(self) -> list[VersionStatus]:
        """The states of all versions of the model, or of the chosen one."""
        answer = self._ask("GET", self._called)
        try:
            return [
                VersionStatus(int(each["version"]), str(each["state"]), str(each["status"].get("error_message", "")))
                for each in answer["model_version_status"]
            ]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._not_serving(answer) from None

    def metadata(self) -> Metadata:
        """The version that answers, and its signatures."""
        answer = self._ask("GET", f"{self._called}/metadata")
        try:
            signatures = answer["metadata"]["signature_def"]["signature_def"]
            return Metadata(
                int(answer["model_spec"]["version"]),
                {
                    name: {
                        side: {key: str(tensor["dtype"]) for key, tensor in signature[side].items()}
                        for side in ("inputs", "outputs")
                    }
                    for name, signature in signatures.items()
                },
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._not_serving(answer) from None

    def facts(self) -> ModelFacts | None:
        """What `seq2seq serve` tells of the model that it has; None from TF Serving, which has no such address."""
        try:
            answer = self._ask("GET", f"{self._root}/model.json")
        except ClientError as error:
            if error.status is not None and 400 <= error.status < 500:
                return None
            raise
        try:
            return ModelFacts(
                str(answer["name"]),
                int(answer["version"]),
                answer["source_language"],
                answer["target_language"],
                {str(name): float(value) for name, value in answer["settings"].items()},
                answer["sha256"],
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._not_serving(answer) from None

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._connections.clear()

    def _predict(self, signature: str | None, inputs: Mapping[str, Sequence[Any]]) -> Mapping[str, Any]:
        body = {"inputs": inputs} if signature is None else {"signature_name": signature, "inputs": inputs}
        answer = self._ask("POST", f"{self._called}:predict", body)
        outputs = answer.get("outputs")
        if not isinstance(outputs, dict):
            raise self._not_serving(answer)
        return outputs

    def _ask(self, method: str, url: str, body: Any = None) -> dict[str, Any]:
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Accept": "application/json", **({} if sent is None else {"Content-Type": "application/json"})}
        try:
            response = self._connections.request(method, url, body=sent, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from None
        try:
            answer = json.loads(response.data)
        except ValueError:
            answer = None
        if response.status != 200:
            raise self._refused(response.status, answer)
        if not isinstance(answer, dict):
            raise self._not_serving(answer)
        return answer

    def _unreachable(self, error: urllib3.exceptions.HTTPError) -> ClientError:
        cause = getattr(error, "reason", None) or error
        if isinstance(cause, urllib3.exceptions.ReadTimeoutError):
            return ClientError(
                f"the server did not answer in time — {self._root}, {self._timeout_seconds:g} seconds — send fewer or "
                "shorter texts at a time, or give a longer timeout_seconds"
            )
        return ClientError(
            f"the server cannot be reached — given {self._root} ({cause}) — check the address, and that it is running"
        )

    def _refused(self, status: int, answer: Any) -> ClientError:
        told = answer.get("error") if isinstance(answer, dict) else None
        if status in _TRY_AGAIN:
            return ClientError(
                f"the server is busy — {self._root} answered {status}, at each try: {told} — ask later, or with less "
                "concurrency",
                status,
            )
        return ClientError(f"the server refused the request with {status} — {told or 'without a reason'}", status)

    def _not_serving(self, answer: Any) -> ClientError:
        return ClientError(
            f"not the answer of a model server — got {repr(answer)[:80]} from {self._root} — give the address of the "
            "REST API, which has port 8501 as a rule"
        )


class _Retry(urllib3.Retry):
    """As urllib3's, but a connection that breaks off counts as one that cannot be made.

    A server that is killed breaks off whatever is under way, and for a moment what is begun anew; a translation changes
    nothing, so that it may be asked for again.
    """

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Self:
        if isinstance(error, urllib3.exceptions.ProtocolError):
            error = urllib3.exceptions.NewConnectionError(_pool, str(error))
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, or a port that is no number
        return False
