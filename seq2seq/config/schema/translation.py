"""The configuration of a translator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from seq2seq.config.schema.data import Data
from seq2seq.config.schema.model import Model
from seq2seq.config.schema.objectives import CrossEntropy, MinimumRisk, Objective, distillation_of
from seq2seq.config.schema.run import LARGEST_SEED, RunConfiguration
from seq2seq.config.schema.search import Search
from seq2seq.config.schema.section import PositiveInt, Rate
from seq2seq.config.schema.tokenizer import TokenizerSection, TrainedTokenizer
from seq2seq.config.schema.training import Metric, Training, Validation
from seq2seq.config.schema.vectors import check_decay


class TranslationValidation(Validation):
    """When the validation text is scored: perplexity always, BLEU of real decoding if `bleu`."""

    bleu: bool = True
    bleu_lowercase: bool = False
    bleu_beams: PositiveInt = 1
    bleu_lines: PositiveInt | None = None  # decode only the first n lines; null: all
    bleu_start_epoch: int = Field(default=0, ge=0)  # no decoding before this many epochs are done


class TranslationTraining(Training):
    objective: Objective = CrossEntropy()
    label_smoothing: Rate = 0.1
    validation: TranslationValidation = TranslationValidation()

    @property
    def measured(self) -> tuple[Metric, ...]:
        return ("bleu", "perplexity") if self.validation.bleu else ("perplexity",)

    @model_validator(mode="after")
    def _agree(self) -> TranslationTraining:
        if isinstance(self.objective, MinimumRisk) and self.start_from is None:
            raise ValueError(
                "objective.kind='minimum_risk' without start_from — what an untrained model draws is all equally bad — "
                "give start_from: {run: runs/NAME}"
            )
        return self


class TranslationRun(RunConfiguration):
    """Parallel text → an encoder-decoder that translates."""

    commands = "translate, score, rescore, evaluate, attention and export"

    task: Literal["translation"] = "translation"
    data: Data
    tokenizer: TokenizerSection = TrainedTokenizer()
    model: Model = Model()
    training: TranslationTraining = TranslationTraining()
    search: Search = Search()

    @model_validator(mode="after")
    def _agree(self) -> TranslationRun:
        separate = (
            not self.tokenizer.shared
            if isinstance(self.tokenizer, TrainedTokenizer)
            else self.tokenizer.target is not None
        )
        if separate and self.model.tied_embeddings in ("source_target", "all"):
            raise ValueError(
                f"model.tied_embeddings={self.model.tied_embeddings!r} needs one tokenizer for both languages — "
                "given one for each — set tokenizer.shared: true or tie 'target_softmax'"
            )
        distillation = distillation_of(self)
        to_train = 0 if distillation is None else distillation.train_teachers or 0
        if self.seed + to_train > LARGEST_SEED:
            raise ValueError(
                f"seed={self.seed} leaves none for training.objective.distillation.train_teachers={to_train}, which "
                f"take those after it — at most {LARGEST_SEED} each — give a smaller seed"
            )
        check_decay(self.training.optimizer.weight_decay, self.model)
        return self
