"""What an export answers to texts, asked one by one in this process, to hold a server's answers against."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

TOLERANCE = 1e-4
SETTINGS = {"beam_size": 3, "n_best": 2, "length_penalty": 0.6, "max_length_ratio": 2.0}


class Answer(NamedTuple):
    """Of one text: its translations, best first, their scores, what was read, and the shape of the attention."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    source_pieces: tuple[str, ...] = ()
    attention_shape: tuple[int, ...] = ()

    def equals(self, other: Answer) -> bool:
        scores = zip(self.scores, other.scores, strict=False)
        near = all(abs(one - two) <= TOLERANCE * max(1.0, abs(two)) for one, two in scores)
        return near and self._replace(scores=()) == other._replace(scores=())


class Expected(NamedTuple):
    """The right answers: text -> answer of `serving_default`, and of `translate` with SETTINGS."""

    plain: dict[str, Answer]
    rich: dict[str, Answer]

    def of(self, text: str, rich: bool) -> Answer:
        return (self.rich if rich else self.plain)[text]


def make_texts(lines: list[str]) -> list[str]:
    """Texts of mixed lengths, made of real lines: them, their halves, two of them together; and hard ones."""
    lines = [line.strip() for line in lines if line.strip()]
    halves = [" ".join(line.split()[: len(line.split()) // 2]) for line in lines]
    pairs = [f"{one} {two}" for one, two in pairwise(lines)]
    hard = ["", " \u3000\t", "\u200b", "🙂 ﬁne naïve\u0301", "日本語 и русский", lines[0] + " " + "the " * 400]
    return list(dict.fromkeys([*lines, *halves, *pairs, *hard]))


def lines_of(version: Path) -> list[str]:
    """The texts of an export's own warm-up requests."""
    from seq2seq.export.warmup import read_warmup

    requests = read_warmup(version)
    return sorted({text.decode() for request in requests for text in request.inputs["text"].tolist()})


def compute(version: Path, texts: list[str]) -> Expected:
    """Each text alone, by the SavedModel itself."""
    import tensorflow as tf
    import tensorflow_text  # noqa: F401 - registers the tokenizer's operations

    signatures = tf.saved_model.load(str(version)).signatures
    dtypes = {"beam_size": tf.int32, "n_best": tf.int32}
    settings = {name: tf.constant(value, dtypes.get(name, tf.float32)) for name, value in SETTINGS.items()}

    def rows(signature: str, text: str, **inputs: Any) -> dict[str, Any]:
        found = signatures[signature](text=tf.constant([text]), **inputs)
        return {name: _decoded(tensor.numpy().tolist()[0]) for name, tensor in found.items()}

    plain = {text: plain_answer(rows("serving_default", text)) for text in texts}
    return Expected(plain, {text: rich_answer(rows("translate", text, **settings)) for text in texts})


def plain_answer(row: dict[str, Any]) -> Answer:
    """One row of `serving_default`."""
    return Answer((row["translation"],), (row["score"],))


def rich_answer(row: dict[str, Any]) -> Answer:
    """One row of `translate`, without its padding; results that were not found are left out."""
    lengths = row["target_lengths"]
    found = [rank for rank, length in enumerate(lengths) if length or rank == 0]
    time = row["source_lengths"]
    return Answer(
        tuple(row["translations"][rank] for rank in found),
        tuple(row["scores"][rank] for rank in found),
        tuple(row["source_pieces"][:time]),
        tuple(len(weights[:time]) for rank in found for weights in row["attention"][rank][: lengths[rank]]),
    )


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value
