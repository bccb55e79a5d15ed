"""What a server answers, as Python objects; and the requests, which REST and gRPC have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seq2seq.errors import ClientError

TRANSLATE = "translate"
SCORE = "score"


@dataclass(frozen=True)
class Translation:
    """One translation of one text.

    Attributes:
        text: the translation; empty for an empty text.
        score: what hypotheses are ranked by.
        source_truncated: whether the text was longer than the model's limit, and only its beginning was translated.
        target_truncated: whether the translation reached its greatest length before it ended; False unless details were
            asked for.
        source_pieces, target_pieces: what the model read and wrote; empty unless details were asked for.
        token_scores: log-probability of each of `target_pieces`.
        attention: a row for each of `target_pieces`, with a weight for each of `source_pieces`.
        alternatives: the other n_best - 1 translations, best first.
    """

    text: str
    score: float
    source_truncated: bool = False
    target_truncated: bool = False
    source_pieces: tuple[str, ...] = ()
    target_pieces: tuple[str, ...] = ()
    token_scores: tuple[float, ...] = ()
    attention: tuple[tuple[float, ...], ...] = field(default=(), repr=False)
    alternatives: tuple[Translation, ...] = ()


@dataclass(frozen=True)
class Score:
    """How likely the model finds a given translation.

    Attributes:
        log_prob: natural logarithm of p(target | source), the end included.
        token_log_probs: of each piece, the end included.
        perplexity: a piece.
    """

    log_prob: float
    token_log_probs: tuple[float, ...]
    perplexity: float


@dataclass(frozen=True)
class VersionStatus:
    """The state of one version of a model, in TF Serving's words: START, LOADING, AVAILABLE, UNLOADING or END."""

    version: int
    state: str
    error: str = ""


@dataclass(frozen=True)
class Metadata:
    """The version that answers, and its signatures: name -> {"inputs": {name: dtype}, "outputs": {name: dtype}}."""

    version: int
    signatures: Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True)
class ModelFacts:
    """What `seq2seq serve` tells of its model.

    Attributes:
        settings: of its search, by the names of the signature `translate`.
        sha256: of the export's manifest; None if there is none.
    """

    name: str
    version: int
    source_language: str | None
    target_language: str | None
    settings: Mapping[str, float]
    sha256: str | None


def search_inputs(texts: Sequence[str], settings: Mapping[str, float]) -> dict[str, list[Any]]:
    """The inputs of `translate`: each setting once for each text, since a server that joins requests cannot join
    scalars."""
    return {"text": list(texts), **{name: [value] * len(texts) for name, value in settings.items()}}


def read_translations(outputs: Mapping[str, Any], count: int) -> list[Translation]:
    """The answer of `serving_default` or `translate`, nested lists by output's name.

    Raises:
        ClientError: if it is another answer.
    """
    try:
        if "translation" in outputs:
            columns = zip(outputs["translation"], outputs["score"], outputs["truncated"], strict=True)
            found = [Translation(str(text), float(score), bool(cut)) for text, score, cut in columns]
        else:
            found = [_read_search(outputs, row) for row in range(len(outputs["translations"]))]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise _no_answer(outputs, error) from None
    return _as_many(found, count)


def read_scores(outputs: Mapping[str, Any], count: int) -> list[Score]:
    """The answer of `score`.

    Raises:
        ClientError: if it is another answer.
    """
    try:
        rows = zip(
            outputs["log_prob"],
            outputs["token_log_probs"],
            outputs["target_lengths"],
            outputs["perplexity"],
            strict=True,
        )
        found = [
            Score(float(log_prob), tuple(map(float, each[: int(length)])), float(perplexity))
            for log_prob, each, length, perplexity in rows
        ]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise _no_answer(outputs, error) from None
    return _as_many(found, count)


def _read_search(outputs: Mapping[str, Any], row: int) -> Translation:
    sources = int(outputs["source_lengths"][row])
    source_pieces = tuple(outputs["source_pieces"][row][:sources])
    cut = bool(outputs["truncated"][row])
    hypotheses = []
    for rank, text in enumerate(outputs["translations"][row]):
        length = int(outputs["target_lengths"][row][rank])
        if rank > 0 and length == 0:  # the search found fewer than were asked for
            continue
        hypotheses.append(
            Translation(
                str(text),
                float(outputs["scores"][row][rank]),
                cut,
                not outputs["finished"][row][rank],
                source_pieces,
                tuple(outputs["pieces"][row][rank][:length]),
                tuple(map(float, outputs["token_scores"][row][rank][:length])),
                tuple(tuple(map(float, weights[:sources])) for weights in outputs["attention"][row][rank][:length]),
            )
        )
    best = hypotheses[0]
    shared = {name: getattr(best, name) for name in best.__dataclass_fields__ if name != "alternatives"}
    return Translation(**shared, alternatives=tuple(hypotheses[1:]))


def _as_many(found: list[Any], count: int) -> list[Any]:
    if len(found) != count:
        raise ClientError(f"the server answered another number of texts — given {count}, got {len(found)}")
    return found


def _no_answer(outputs: Mapping[str, Any], error: Exception) -> ClientError:
    got = ", ".join(sorted(outputs)) if isinstance(outputs, Mapping) else repr(outputs)[:80]
    return ClientError(
        f"the answer is not that of an export of seq2seq — got {got} ({type(error).__name__}: {error}) — check the "
        "model's name and the server's address"
    )
