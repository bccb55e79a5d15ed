"""The web application: TF Serving's REST API, health, metrics and the page."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from typing import Any

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seq2seq.serving import metrics as measured
from seq2seq.serving.batching import Batcher, stopping
from seq2seq.serving.json_tensors import PredictRequest, read_document, read_predict_request, write_answer
from seq2seq.serving.metrics import Metrics
from seq2seq.serving.open_api import open_api
from seq2seq.serving.paths import ModelPath, read_path
from seq2seq.serving.request_error import RequestError
from seq2seq.serving.settings import ServerSettings
from seq2seq.serving.signatures import Arrays, Servable, Signature
from seq2seq.serving.versions import ModelVersions

_CLIENT_GONE = 499  # nobody reads it; the metrics count it
_PAGE_FILES = {"/": "text/html", "/page.css": "text/css", "/page.js": "text/javascript", "/icon.svg": "image/svg+xml"}
# The rest of a body that is too large is read and thrown away up to here, so that its sender hears why.
_MOST_DISCARDED_BYTES = 64 << 20
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Server:
    """What the requests of one server share: the model's versions, the queue and the counters.

    Its queue has a thread, which ends with `batcher.close()`.
    """

    def __init__(self, settings: ServerSettings, versions: ModelVersions) -> None:
        self.settings = settings
        self.versions = versions
        self.metrics = Metrics()
        self.batcher = Batcher(
            maximum_batch=settings.maximum_batch,
            batch_timeout_seconds=settings.batch_timeout_seconds,
            maximum_queue=settings.maximum_queue,
            observer=self.metrics,
        )
        self.model_name = settings.model_name or versions.model_name
        # Set when the process is told to stop. Draining, it still answers, and asks to be sent no more; closing, it
        # answers what was begun, and nothing else.
        self.draining = False
        self.closing = False

    def application(self) -> Starlette:
        read = [
            ("/healthz", self.health),
            ("/readyz", self.readiness),
            ("/metrics", self.prometheus),
            ("/monitoring/prometheus/metrics", self.prometheus),
            ("/openapi.json", self.description),
            ("/model.json", self.facts),
            *((path, self.page) for path in _PAGE_FILES),
        ]
        routes = [Route(path, endpoint, methods=["GET"]) for path, endpoint in read]
        # The methods are ours to refuse under /v1, with the body that TF Serving's clients expect.
        routes.append(Route("/v1/{rest:path}", _Api(self.answer)))
        return Starlette(
            routes=routes,
            exception_handlers={HTTPException: _http_error},
            middleware=[Middleware(_Counted, metrics=self.metrics)],
        )

    # --- TF Serving's API ---------------------------------------------------------------------------------------------

    async def answer(self, request: Request) -> Response:
        """Everything under /v1."""
        try:
            path = read_path(request.method, request.scope["raw_path"].decode("ascii", "replace").split("?")[0])
            request.state.endpoint = path.action
            if path.action in ("predict", "classify", "regress"):
                return await self._call(request, path)
            return self._metadata(path) if path.action == "metadata" else self._status(path)
        except RequestError as error:
            return JSONResponse({"error": str(error)}, error.status, error.headers)
        except ClientDisconnect:
            return Response(status_code=_CLIENT_GONE)
        except Exception as error:
            traceback.print_exception(error, file=sys.stderr)
            told = f"the server failed — {type(error).__name__} — its log says more"
            return JSONResponse({"error": told}, 500)

    async def _call(self, request: Request, path: ModelPath) -> Response:
        if self.closing:
            raise stopping()
        servable = self._servable(path)
        deadline = time.monotonic() + self.settings.timeout_seconds
        body = await self._body(request, deadline)
        if path.action != "predict":
            raise RequestError(
                f"Expected a signature with method_name tensorflow/serving/{path.action} — this model has none "
                "— use :predict"
            )
        # Off the event loop: a megabyte of JSON takes long enough for others to notice.
        predict = await to_thread.run_sync(_read_predict, body, servable.signatures)
        request.state.signature = predict.signature_name
        outputs = await self._run(request, servable, predict, deadline)
        if outputs is None:
            return Response(status_code=_CLIENT_GONE)
        text = await to_thread.run_sync(lambda: write_answer(outputs, rows=predict.rows))
        return Response(text, media_type="application/json")

    def _servable(self, path: ModelPath) -> Servable:
        if path.label is not None:
            raise RequestError(
                f"Unrecognized servable version label: {path.label[:100]} — this server has no labels — give "
                "/versions/VERSION, or neither for the newest"
            )
        current = self.versions.current
        if path.name != self.model_name or current is None or path.version not in (None, current.version):
            served = f"/v1/models/{self.model_name}" + (f"/versions/{current.version}" if current else "")
            raise RequestError(f"Servable not found for request: {path} — this server has {served}", 404)
        return current

    async def _body(self, request: Request, deadline: float) -> bytes:
        """The body.

        Raises:
            RequestError: 413 if it is too large, 415 if it is packed, 408 if it does not come in time.
        """
        encoding = request.headers.get("content-encoding", "identity").lower()
        if encoding not in ("", "identity"):
            raise RequestError(f"the body is packed — given Content-Encoding {encoding[:40]} — send it plain", 415)
        most = self.settings.maximum_request_bytes
        announced = int(request.headers.get("content-length") or 0)
        chunks: list[bytes] = []
        total = 0

        async def read() -> None:
            nonlocal total
            async for chunk in request.stream():
                total += len(chunk)
                if max(total, announced) <= most:
                    chunks.append(chunk)
                else:
                    chunks.clear()
                    if max(total, announced) > _MOST_DISCARDED_BYTES:
                        return

        late = False
        if announced <= _MOST_DISCARDED_BYTES:
            try:
                await asyncio.wait_for(read(), deadline - time.monotonic())
            except asyncio.TimeoutError:
                late = True
        if max(total, announced) > most:
            raise RequestError(
                f"the body is too large — given {max(total, announced)} bytes — give at most {most}, in several",
                413,
                {"Connection": "close"},
            )
        if late:
            raise RequestError(
                f"the body did not come in time — {total} bytes in {self.settings.timeout_seconds:g} seconds — send it "
                "faster",
                408,
                {"Connection": "close"},
            )
        return b"".join(chunks)

    async def _run(
        self, request: Request, servable: Servable, predict: PredictRequest, deadline: float
    ) -> Arrays | None:
        """The outputs; None if the client has gone, in which case what waits of its request is forgotten.

        Raises:
            RequestError: 504 after the time-out, 429 and 503 of the queue, and what the model refuses.
        """
        submitted = self.batcher.submit(servable, predict.signature_name, predict.inputs)
        waited = asyncio.wrap_future(submitted)
        gone = asyncio.ensure_future(_disconnected(request))
        either: set[asyncio.Future[Any]] = {waited, gone}
        try:
            await asyncio.wait(either, timeout=deadline - time.monotonic(), return_when=asyncio.FIRST_COMPLETED)
            if waited.done():
                return waited.result()
            if gone.done():
                return None
            raise RequestError(
                f"the request timed out — after {self.settings.timeout_seconds:g} seconds — send fewer or shorter "
                "texts at a time, or start the server with a longer --timeout",
                504,
            )
        finally:
            gone.cancel()
            submitted.cancel()  # at once: cancelling what wraps it does so after whatever the event loop does next
            waited.cancel()

    def _status(self, path: ModelPath) -> Response:
        statuses = self.versions.statuses
        if path.label is not None:
            self._servable(path)
        if path.name != self.model_name or not statuses:
            raise RequestError(
                f"Could not find any versions of model {path.name[:100]} — this server has {self.model_name}", 404
            )
        found = [status for status in statuses if path.version in (None, status.version)]
        if not found:
            raise RequestError(f"Could not find version {path.version} of model {path.name}", 404)
        told = [
            {
                "version": str(status.version),
                "state": status.state,
                "status": {"error_code": status.error_code, "error_message": status.error_message},
            }
            for status in found
        ]
        return JSONResponse({"model_version_status": told})

    def _metadata(self, path: ModelPath) -> Response:
        servable = self._servable(path)
        signatures = {name: _signature_json(signature) for name, signature in servable.signatures.items()}
        return JSONResponse(
            {
                "model_spec": {"name": self.model_name, "signature_name": "", "version": str(servable.version)},
                "metadata": {"signature_def": {"signature_def": signatures}},
            }
        )

    # --- the rest -----------------------------------------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        """Whether the process answers."""
        return JSONResponse({"status": "alive"})

    async def readiness(self, request: Request) -> Response:
        """Whether it should be sent requests."""
        if self.draining or self.closing:
            return JSONResponse({"status": "stopping"}, 503)
        if self.versions.current is None:
            return JSONResponse({"status": "loading"}, 503)
        return JSONResponse({"status": "ready"})

    async def prometheus(self, request: Request) -> Response:
        current = self.versions.current
        text = self.metrics.text(self.model_name, current.version if current else None)
        return Response(text, headers={"Content-Type": measured.CONTENT_TYPE})

    async def description(self, request: Request) -> Response:
        """The OpenAPI description of this server, with the model that it serves now."""
        return JSONResponse(open_api(self.model_name, self.versions.current, self.settings))

    async def facts(self, request: Request) -> Response:
        """What the page shows of the model."""
        current = self.versions.current
        if current is None:
            return JSONResponse({"error": "no version of the model is loaded yet"}, 503)
        return JSONResponse(
            {
                "name": self.model_name,
                "version": current.version,
                "signatures": sorted(current.signatures),
                "source_language": current.facts.source_language,
                "target_language": current.facts.target_language,
                "settings": dict(current.facts.search),
                "sha256": current.facts.sha256,
            }
        )

    async def page(self, request: Request) -> Response:
        path = request.url.path
        name = "index.html" if path == "/" else path[1:]
        body = (resources.files("seq2seq.serving") / "page" / name).read_bytes()
        return Response(body, media_type=_PAGE_FILES[path], headers=_PAGE_HEADERS)


class _Api:
    """An ASGI endpoint for all methods; Starlette's function endpoints refuse some themselves."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive, send))
        if response.status_code != _CLIENT_GONE:
            await response(scope, receive, send)
        else:
            scope["state"]["status"] = _CLIENT_GONE


class _Counted:
    """Counts requests and their times. Names come from our own lists, so that no stranger can add a series."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope["state"] = {"endpoint": "other", "signature": "", "status": 500}
        if not scope["path"].startswith("/v1"):
            state["endpoint"] = "page and probes"

        async def counted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                state["status"] = message["status"]
            await send(message)

        began = time.monotonic()
        self._metrics.request_begun()
        try:
            await self._app(scope, receive, counted_send)
        finally:
            seconds = time.monotonic() - began
            self._metrics.request_done(state["endpoint"], state["signature"], state["status"], seconds)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers: Mapping[str, str] | None = error.headers if isinstance(error, HTTPException) else None
    told = {404: "nothing is here — see /openapi.json", 405: "this address has no such method"}.get(status, str(error))
    return JSONResponse({"error": f"{request.method} {request.url.path[:200]}: {told}"}, status, headers)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _read_predict(body: bytes, signatures: Mapping[str, Signature]) -> PredictRequest:
    return read_predict_request(read_document(body), signatures)


def _signature_json(signature: Signature) -> dict[str, Any]:
    def tensors(described: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {
                "dtype": tensor.dtype,
                "tensor_shape": {
                    "dim": [{"size": "-1" if axis is None else str(axis), "name": ""} for axis in tensor.shape or ()],
                    "unknown_rank": tensor.shape is None,
                },
                "name": tensor.tensor,
            }
            for name, tensor in described.items()
        }

    return {
        "inputs": tensors(signature.inputs),
        "outputs": tensors(signature.outputs),
        "method_name": signature.method_name,
        "defaults": {},
    }
