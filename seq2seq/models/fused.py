"""A translator's model and a language model, which search as one."""

from __future__ import annotations

import math
from typing import Any

from keras import ops

from seq2seq.decoding.fusion import LANGUAGE_MODEL, TRANSLATOR, fused_step
from seq2seq.decoding.state import Step
from seq2seq.errors import ConfigurationError


class Fused:
    """A translator's model whose search a language model helps; it has the faces of the translator's model.

    Searching goes by log p(y | x) + weight x log p_LM(y), see `fused_step`. Scoring and attention, and the
    log-probabilities of what was found, are those of the translator alone.

    Args:
        model: as `EncoderDecoder` or `Ensemble`.
        language_model: as `LanguageModel`, over the target pieces.
        weight: of the language model, at least 0; with 0 it takes no part.

    Raises:
        ConfigurationError: the weight is below 0 or no number.
    """

    def __init__(self, model: Any, language_model: Any, weight: float) -> None:
        if not (weight >= 0.0 and math.isfinite(weight)):
            raise ConfigurationError(
                f"the weight of a language model is a number of at least 0 — given {weight} — give such as 0.2"
            )
        self.model = model
        self.language_model = language_model
        self.weight = weight
        self.searches_by_own = weight == 0.0

    def start(self, source_ids: Any, candidates: Any = None) -> Any:
        """The state before the first target id; `candidates` as of `EncoderDecoder`."""
        state = self.model.start(source_ids, candidates)
        if self.weight == 0.0:
            return state
        return {TRANSLATOR: state, LANGUAGE_MODEL: self.language_model.start(ops.shape(source_ids)[0], candidates)}

    def step(self, ids: Any, state: Any) -> tuple[Any, Any, dict[str, Any]]:
        """The step of both; see `EncoderDecoder.step` and `fused_step`."""
        return self.stepper()(ids, state)

    def stepper(self, ids: Any = None) -> Step:
        """The step for many calls, or over a shortlist of both; see `EncoderDecoder.stepper`."""
        step = self.model.stepper(ids)
        return step if self.weight == 0.0 else fused_step(step, self.language_model.stepper(ids), self.weight)

    def __call__(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """As the translator's model."""
        return self.model(inputs, training=training)

    def attention_weights(self, inputs: dict[str, Any]) -> Any:
        """As the translator's model."""
        return self.model.attention_weights(inputs)
