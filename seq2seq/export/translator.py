"""An export as a translator: the SavedModel's signatures behind the face of `Translator`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_text  # noqa: F401 - registers the tokenizer's operations, without which nothing loads

from seq2seq.config import Search
from seq2seq.data.length_batches import length_batches
from seq2seq.errors import ConfigurationError, ExportError
from seq2seq.export.requestable import check_requestable
from seq2seq.export.versions import read_manifest
from seq2seq.threads import map_batches
from seq2seq.translator import Constraint, TargetScore, TextTranslator, Translation
from seq2seq.translator.text_translator import Request, check_counts, checked_texts
from seq2seq.translator.translator import SEARCH_POSITIONS

# Texts that are tokenized, or scored, by one call.
CALL_TEXTS = 256


def load_export(folder: Path) -> ExportedTranslator:
    """The translator in a version folder.

    Raises:
        ExportError: if it takes ids alone, is torn, or was written by a later version of this package.
    """
    manifest = read_manifest(folder)
    if "translate" not in manifest["signatures"]:
        raise ExportError(
            f"this export takes ids alone — given {folder} — export the run without --ids-only to translate text"
        )
    try:
        loaded = tf.saved_model.load(str(folder))
    except (OSError, ValueError, tf.errors.OpError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ExportError(f"the export cannot be loaded — given {folder} ({reason}) — export the run again") from None
    return ExportedTranslator(loaded, manifest)


class ExportedTranslator(TextTranslator):
    """Translates texts with a SavedModel that `seq2seq export` wrote.

    Args:
        loaded: what `tf.saved_model.load` gave.
        manifest: of the same folder.
    """

    maximum_source_pieces: int

    def __init__(self, loaded: Any, manifest: dict[str, Any]) -> None:
        super().__init__(Search(**manifest["configuration"]["search"]))
        self.manifest = manifest
        self._loaded = loaded  # it owns the variables that the signatures read

    def _call(self, signature: str, **inputs: Any) -> dict[str, np.ndarray]:
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        return {name: tensor.numpy() for name, tensor in self._loaded.signatures[signature](**tensors).items()}

    def _request(self, n_best: int = 1, attention: bool = False, **search: Any) -> Request:
        request = super()._request(n_best, attention, **search)
        check_requestable(self.manifest, self.search, request.search)
        return request

    def _translate(
        self,
        texts: list[str],
        request: Request,
        constraints: Sequence[Constraint] | None = None,
        advance: Callable[[int], None] | None = None,
    ) -> list[Translation]:
        if constraints is not None:
            raise ConfigurationError(
                "an export takes no constraints — given some for its texts — use the run, which knows prefixes, "
                "required and forbidden phrases"
            )
        lengths: list[int] = []
        for start in range(0, len(texts), CALL_TEXTS):
            lengths.extend(self._call("tokenize", text=texts[start : start + CALL_TEXTS])["lengths"].tolist())
        limit = self.maximum_source_pieces
        nothing = np.zeros((0, 0), dtype="float32") if request.attention else None
        translations = [Translation("", score=0.0, log_prob=0.0, attention=nothing) for _ in texts]
        real = [index for index, length in enumerate(lengths) if length]
        read = [min(lengths[index], limit) + 1 for index in real]

        def search(batch: list[int]) -> tuple[list[int], dict[str, np.ndarray]]:
            indices = [real[member] for member in batch]
            return indices, self._call(
                "translate",
                text=[texts[index] for index in indices],
                beam_size=np.int32(request.search.beams),
                n_best=np.int32(request.n_best),
                length_penalty=np.float32(request.search.length_penalty),
                max_length_ratio=np.float32(request.search.maximum_ratio),
            )

        batches = length_batches(read, SEARCH_POSITIONS // request.search.beams)
        for indices, found in map_batches(search, batches):
            for row, index in enumerate(indices):
                best, *others = _ranked(found, row, request.attention)
                translations[index] = replace(best, alternatives=tuple(others))
            if advance is not None:
                advance(len(indices))
        return translations

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[TargetScore]:
        sources, targets = checked_texts(sources), checked_texts(targets)
        check_counts(len(sources), len(targets))
        scores = []

        def score(start: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            some = slice(start, start + CALL_TEXTS)
            found = self._call("score", source=sources[some], target=targets[some])
            return self._call("tokenize", text=sources[some])["lengths"], found

        for pieces, found in map_batches(score, range(0, len(sources), CALL_TEXTS)):
            for row, tokens in enumerate(found["target_lengths"].tolist()):
                scores.append(
                    TargetScore(
                        log_prob=float(found["log_prob"][row]),
                        tokens=tokens,
                        token_log_probs=tuple(found["token_log_probs"][row, :tokens].tolist()),
                        source_truncated=bool(pieces[row] > self.maximum_source_pieces),
                    )
                )
        return scores


def _ranked(found: dict[str, np.ndarray], row: int, attention: bool) -> list[Translation]:
    """The translations of one text, best first, of the outputs of `translate`; those that do not exist are left out."""
    source_length = found["source_lengths"][row]
    source_pieces = tuple(_decoded(piece) for piece in found["source_pieces"][row, :source_length])
    translations = []
    for rank, length in enumerate(found["target_lengths"][row]):
        if rank and not length:
            break
        place = (row, rank)
        weights = found["attention"][place][:length, :source_length].copy() if attention else None
        translations.append(
            Translation(
                text=_decoded(found["translations"][place]),
                score=float(found["scores"][place]),
                log_prob=float(found["log_probs"][place]),
                source_pieces=source_pieces,
                target_pieces=tuple(_decoded(piece) for piece in found["pieces"][place][:length]),
                target_ids=tuple(found["target_ids"][place][:length].tolist()),
                token_log_probs=tuple(found["token_scores"][place][:length].tolist()),
                source_truncated=bool(found["truncated"][row]),
                target_truncated=not found["finished"][place],
                attention=weights,
            )
        )
    return translations


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", errors="replace")
