"""What Prometheus is told: requests, errors, waiting times, the queue, the runs of the model, the process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of one server, in a registry of its own, so that several can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "seq2seq_requests", "Answered requests.", ["endpoint", "signature", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "seq2seq_request_seconds",
            "From a request's head to its answer.",
            ["endpoint", "signature"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._waiting = Gauge("seq2seq_queue_texts", "Texts that wait for a run of the model.", registry=registry)
        self._in_flight = Gauge("seq2seq_requests_in_flight", "Requests without an answer yet.", registry=registry)
        self._version = Gauge("seq2seq_model_version", "The version that is served.", ["model"], registry=registry)
        self._batch_texts = Histogram(
            "seq2seq_batch_texts", "Texts in one run of the model.", buckets=_ROWS, registry=registry
        )
        self._batch_requests = Histogram(
            "seq2seq_batch_requests", "Requests that shared one run.", buckets=_ROWS, registry=registry
        )
        self._batch_seconds = Histogram(
            "seq2seq_batch_seconds", "One run of the model.", buckets=_SECONDS, registry=registry
        )

    def queue_changed(self, waiting_rows: int) -> None:
        self._waiting.set(waiting_rows)

    def batch_done(self, rows: int, requests: int, seconds: float) -> None:
        self._batch_texts.observe(rows)
        self._batch_requests.observe(requests)
        self._batch_seconds.observe(seconds)

    def request_begun(self) -> None:
        self._in_flight.inc()

    def request_done(self, endpoint: str, signature: str, status: int, seconds: float) -> None:
        """`endpoint` and `signature` are of a few known names: what a stranger sends makes no new series."""
        self._in_flight.dec()
        self._requests.labels(endpoint, signature, str(status)).inc()
        self._request_seconds.labels(endpoint, signature).observe(seconds)

    def text(self, model_name: str, version: int | None) -> bytes:
        """The page that Prometheus reads."""
        self._version.labels(model_name).set(version or 0)
        return generate_latest(self.registry)
