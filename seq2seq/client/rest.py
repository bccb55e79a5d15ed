"""A client over REST. It needs urllib3 alone, which TensorFlow's own dependencies bring, and which keeps connections,
counts time-outs and repeats what a busy server refused; the standard library does none of the three."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from seq2seq.client.answers import (
    SCORE,
    TRANSLATE,
    Metadata,
    Score,
    Translation,
    VersionStatus,
    read_scores,
    read_translations,
    search_inputs,
)
from seq2seq.client.batches import chunks, in_order
from seq2seq.errors import ClientError

_TRY_AGAIN = (429, 503)
_LONGEST_BACKOFF_SECONDS = 20
_REQUEST_BYTES = 256 << 10  # a quarter of what our server takes by default; JSON's escapes make text longer


class Client:
    """Asks a model server: `seq2seq serve`, or TF Serving.

    Args:
        address: of the server's REST API, such as http://127.0.0.1:8501.
        model: its name there.
        version: a certain version; None the newest.
        timeout_seconds: of one request, without the repetitions.
        retries: how often a request is repeated that got 429 or 503, or no connection; with growing pauses, or those
            that the server asks for.
        request_texts: texts in one request.
        concurrency: requests under way at once.

    Raises:
        ClientError: from every method, if the server cannot be reached or refuses; `status` is its HTTP status.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8501",
        *,
        model: str,
        version: int | None = None,
        timeout_seconds: float = 60.0,
        retries: int = 5,
        request_texts: int = 32,
        concurrency: int = 4,
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ClientError(f"not a server's address — given {address!r} — give one like http://127.0.0.1:8501")
        self._root = address.rstrip("/")
        self._model = f"{self._root}/v1/models/{quote(model, safe='')}"
        self._called = self._model if version is None else f"{self._model}/versions/{version}"
        self._timeout_seconds = timeout_seconds
        self._request_texts = request_texts
        self._concurrency = concurrency
        self._connections = urllib3.PoolManager(
            maxsize=concurrency,
            timeout=timeout_seconds,
            retries=urllib3.Retry(
                total=retries,
                redirect=0,
                read=1,  # a translation changes nothing, so that it may be asked for once more
                backoff_factor=0.2,
                backoff_max=_LONGEST_BACKOFF_SECONDS,
                backoff_jitter=0.1,
                status_forcelist=_TRY_AGAIN,
                allowed_methods=None,
                raise_on_status=False,
            ),
        )

    def translate(
        self,
        texts: Iterable[str],
        *,
        beam_size: int | None = None,
        n_best: int | None = None,
        length_penalty: float | None = None,
        max_length_ratio: float | None = None,
    ) -> list[Translation]:
        """The translations of texts, in their order.

        With none of the settings the model searches as it was trained to; with any, all four must be given, and the
        answers hold pieces, their scores, attention and alternatives.
        """
        return list(
            self.translate_lines(
                texts,
                beam_size=beam_size,
                n_best=n_best,
                length_penalty=length_penalty,
                max_length_ratio=max_length_ratio,
            )
        )

    def translate_lines(self, texts: Iterable[str], **settings: float | None) -> Iterator[Translation]:
        """As `translate`, one by one: for texts without end, or more than memory holds."""
        if isinstance(texts, str):
            raise ClientError(f"texts is one string — given {texts[:40]!r} — give a list of strings")
        chosen = {name: value for name, value in settings.items() if value is not None}
        missing = sorted(set(settings) - set(chosen))
        if chosen and missing:
            raise ClientError(
                f"some settings of the search are missing — given {', '.join(sorted(chosen))} — give "
                f"{', '.join(missing)} too, or none"
            )

        def ask(chunk: Sequence[str]) -> list[Translation]:
            if chosen:
                return read_translations(self._predict(TRANSLATE, search_inputs(chunk, chosen)), len(chunk))
            return read_translations(self._predict(None, {"text": list(chunk)}), len(chunk))

        chunked = chunks(texts, self._request_texts, _REQUEST_BYTES, _bytes_of)
        return in_order(chunked, ask, self._concurrency)

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[Score]:
        """How likely the model finds each target as the translation of its source."""
        if len(sources) != len(targets):
            raise ClientError(f"the texts do not pair up — given {len(sources)} sources and {len(targets)} targets")

        def ask(chunk: Sequence[tuple[str, str]]) -> list[Score]:
            inputs = {"source": [source for source, _ in chunk], "target": [target for _, target in chunk]}
            return read_scores(self._predict(SCORE, inputs), len(chunk))

        pairs = chunks(
            zip(sources, targets, strict=True),
            self._request_texts,
            _REQUEST_BYTES,
            lambda pair: _bytes_of(pair[0]) + _bytes_of(pair[1]),
        )
        return list(in_order(pairs, ask, self._concurrency))

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

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._connections.clear()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _predict(self, signature: str | None, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The outputs of a signature, in column format."""
        body = {"inputs": inputs} if signature is None else {"signature_name": signature, "inputs": inputs}
        answer = self._ask("POST", f"{self._called}:predict", body)
        outputs = answer.get("outputs")
        if not isinstance(outputs, dict):
            raise self._not_serving(answer)
        return outputs

    def _ask(self, method: str, url: str, body: Any = None) -> dict[str, Any]:
        try:
            sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            given = error.object[max(0, error.start - 20) : error.end]
            raise ClientError(f"a text holds half a character — given {given!r} — give whole Unicode") from None
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
        if isinstance(error, urllib3.exceptions.ProtocolError):
            return ClientError(f"the server broke the connection off — {self._root} ({error}) — is it still running?")
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


def _bytes_of(text: str) -> int:
    if not isinstance(text, str):
        raise ClientError(f"a text is no string — given {repr(text)[:40]} — give strings")
    return len(text.encode("utf-8", "surrogatepass")) + 3  # quotes and comma
