"""What the clients have in common: their requests and the checks of what they are given; a protocol only sends them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seq2seq.client.answers import (
    SCORE,
    TRANSLATE,
    Score,
    Translation,
    read_scores,
    read_translations,
    search_inputs,
)
from seq2seq.client.batches import chunks
from seq2seq.errors import ClientError
from seq2seq.threads import in_order

if TYPE_CHECKING:
    from typing_extensions import Self  # of typing from Python 3.11 on

# A server that does not listen is asked more often than a busy one: with the default of 5 retries, pauses that double
# from a fraction of a second up to the longest come to about a minute, which a restart with its TensorFlow takes.
CONNECTIONS_PER_RETRY = 2
LONGEST_PAUSE_SECONDS = 12.0


class BaseClient(ABC):
    """A client of one model, without the protocol.

    Args:
        address: of the server; by default the usual one on this machine.
        model: its name there.
        version: a certain version; None the newest.
        timeout_seconds: of one request, without the repetitions.
        retries: how often a request is repeated that a busy server refused, with growing pauses or those that it asks
            for; twice as often if there is no connection, which takes about a minute by default; 0 never.
        request_texts: texts in one request.
        concurrency: requests under way at once.

    Raises:
        ClientError: if an argument is out of the question; and from every method, if the server cannot be reached or
            refuses; `status` is its HTTP status.
    """

    default_address: str
    request_bytes: int  # about the most text in one request

    def __init__(
        self,
        address: str | None = None,
        *,
        model: str,
        version: int | None = None,
        timeout_seconds: float = 60.0,
        retries: int = 5,
        request_texts: int = 32,
        concurrency: int = 4,
    ) -> None:
        least = {"retries": (retries, 0), "request_texts": (request_texts, 1), "concurrency": (concurrency, 1)}
        for name, (given, wanted) in least.items():
            if given < wanted:
                raise ClientError(f"{name} is too small — given {given} — give {wanted} or more")
        if not timeout_seconds > 0:
            raise ClientError(f"timeout_seconds is too small — given {timeout_seconds} — give more than 0")
        self._address = self.default_address if address is None else address
        self._model = model
        self._version = version
        self._timeout_seconds = timeout_seconds
        self._retries = retries
        self._request_texts = request_texts
        self._concurrency = concurrency
        self._connect()

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

    def translate_lines(
        self,
        texts: Iterable[str],
        *,
        beam_size: int | None = None,
        n_best: int | None = None,
        length_penalty: float | None = None,
        max_length_ratio: float | None = None,
    ) -> Iterator[Translation]:
        """As `translate`, one by one: for texts without end, or more than memory holds."""
        _refuse_one_string("texts", texts)
        settings = {
            "beam_size": beam_size,
            "n_best": n_best,
            "length_penalty": length_penalty,
            "max_length_ratio": max_length_ratio,
        }
        chosen = {name: value for name, value in settings.items() if value is not None}
        missing = sorted(set(settings) - set(chosen))
        if chosen and missing:
            raise ClientError(
                f"some settings of the search are missing — given {', '.join(sorted(chosen))} — give "
                f"{', '.join(missing)} too, or none"
            )

        def ask(chunk: Sequence[str]) -> list[Translation]:
            outputs = self._predict(TRANSLATE if chosen else None, search_inputs(chunk, chosen))
            return read_translations(outputs, len(chunk))

        return self._in_order(texts, ask, _bytes_of)

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[Score]:
        """How likely the model finds each target as the translation of its source."""
        _refuse_one_string("sources", sources)
        _refuse_one_string("targets", targets)
        if len(sources) != len(targets):
            raise ClientError(f"the texts do not pair up — given {len(sources)} sources and {len(targets)} targets")

        def ask(chunk: Sequence[tuple[str, str]]) -> list[Score]:
            inputs = {"source": [source for source, _ in chunk], "target": [target for _, target in chunk]}
            return read_scores(self._predict(SCORE, inputs), len(chunk))

        pairs = zip(sources, targets, strict=True)
        return list(self._in_order(pairs, ask, lambda pair: _bytes_of(pair[0]) + _bytes_of(pair[1])))

    @abstractmethod
    def _connect(self) -> None:
        """Makes what requests are sent with; raises ClientError for what is no address."""

    @abstractmethod
    def close(self) -> None:
        """Closes what connections are open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def _predict(self, signature: str | None, inputs: Mapping[str, Sequence[Any]]) -> Mapping[str, Any]:
        """The outputs of a signature, nested lists by name; None is the signature that a server has by default."""

    def _in_order(self, rows: Iterable[Any], ask: Callable[[Any], Any], size: Callable[[Any], int]) -> Iterator[Any]:
        requests = chunks(rows, self._request_texts, self.request_bytes, size)
        for answers in in_order(requests, ask, self._concurrency, "seq2seq-client"):
            yield from answers


def _refuse_one_string(name: str, texts: object) -> None:
    if isinstance(texts, str):
        raise ClientError(f"{name} is one string — given {texts[:40]!r} — give a list of strings")


def _bytes_of(text: str) -> int:
    """What a text takes in a request, with quotes and comma."""
    if not isinstance(text, str):
        raise ClientError(f"a text is no string — given {repr(text)[:40]} — give strings")
    try:
        return len(text.encode()) + 3
    except UnicodeEncodeError as error:
        given = text[max(0, error.start - 20) : error.end]
        raise ClientError(f"a text holds half a character — given {given!r} — give whole Unicode") from None
