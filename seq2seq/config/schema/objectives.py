"""The section `training.objective` of a translator: what is minimised, and what the decoder reads meanwhile."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from seq2seq.config.schema.run import RunConfiguration
from seq2seq.config.schema.section import PositiveFloat, PositiveInt, Section


class LinearDecay(Section):
    """e_i = max(minimum, start - slope x i)."""

    kind: Literal["linear"] = "linear"
    start: PositiveFloat = 1.0  # above 1: the references alone for the first (start - 1) / slope updates
    slope: PositiveFloat
    minimum: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0


class ExponentialDecay(Section):
    """e_i = base^i."""

    kind: Literal["exponential"]
    base: Annotated[float, Field(gt=0.0, lt=1.0)]


class InverseSigmoidDecay(Section):
    """e_i = scale / (scale + exp(i / scale)); a half after scale x ln(scale) updates."""

    kind: Literal["inverse_sigmoid"]
    scale: Annotated[float, Field(ge=1.0)]


# Bengio et al. 2015: e_i is the probability that update i reads a reference id rather than one that the model draws.
ScheduledSampling = Annotated[LinearDecay | ExponentialDecay | InverseSigmoidDecay, Field(discriminator="kind")]


class Distillation(Section):
    """Trained models whose predictions are learned beside the references (Hinton et al. 2015, Kim & Rush 2016)."""

    teachers: Annotated[list[str], Field(min_length=1)] | None = None  # runs; their tokenizers are taken
    checkpoint: str = "best"  # of each
    train_teachers: PositiveInt | None = None  # so many, like this run but for their seeds, are trained first
    weight: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5  # of the teachers' predictions; the references have the rest

    @model_validator(mode="after")
    def _some_teachers(self) -> Distillation:
        if (self.teachers is None) == (self.train_teachers is None):
            raise ValueError(
                f"one of teachers and train_teachers — given {'neither' if self.teachers is None else 'both'} — name "
                "runs, such as teachers: [runs/NAME], or have some trained first, such as train_teachers: 2"
            )
        if self.train_teachers is not None and self.checkpoint not in ("best", "last"):
            raise ValueError(
                f"a teacher that is trained first has no such checkpoint yet — given checkpoint: {self.checkpoint} — "
                "give best or last"
            )
        return self

    @property
    def number(self) -> int:
        """How many teachers there are."""
        return self.train_teachers or len(self.teachers or ())


class CrossEntropy(Section):
    """The cross-entropy of the references, smoothed by training.label_smoothing (docs/training-objectives.md)."""

    kind: Literal["cross_entropy"] = "cross_entropy"
    consistency: Annotated[float, Field(ge=0.0)] = 0.0  # alpha of R-Drop (Liang et al. 2021); 0: without
    scheduled_sampling: ScheduledSampling | None = None
    distillation: Distillation | None = None

    @model_validator(mode="after")
    def _one_penalty(self) -> CrossEntropy:
        if self.consistency and self.distillation is not None:
            raise ValueError(
                f"one of consistency and distillation — given both, consistency {self.consistency:g} — leave one out"
            )
        return self

    @property
    def rows_per_pair(self) -> int:
        """How many rows of a batch a step computes for each pair of texts."""
        return 2 if self.consistency else 1


class MinimumRisk(Section):
    """The expected risk over candidates that the model draws (Shen et al. 2016), to train on a trained model."""

    kind: Literal["minimum_risk"]
    metric: Literal["bleu", "chrf"] = "bleu"  # of a sentence; the risk is 1 - score / 100
    samples: PositiveInt = 20  # candidates drawn for each source, beside its reference
    sharpness: PositiveFloat = 0.005  # alpha of Q(y) ~ p(y)^alpha

    @property
    def rows_per_pair(self) -> int:
        return self.samples + 1


def distillation_of(config: RunConfiguration) -> Distillation | None:
    """What a run's training says of teachers; None for every task and objective that has none."""
    return getattr(getattr(config.training, "objective", None), "distillation", None)


def with_distillation(training: Any, distillation: Distillation | None) -> Any:
    """The section `training` of a translator, with these teachers or without any."""
    objective = training.objective.model_copy(update={"distillation": distillation})
    return training.model_copy(update={"objective": objective})


Objective = Annotated[CrossEntropy | MinimumRisk, Field(discriminator="kind")]
