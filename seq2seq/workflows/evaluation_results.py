"""Hypotheses of some systems → all that is measured of them, and its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

from seq2seq.evaluation import (
    Scores,
    SentenceScores,
    Significance,
    by_rarest_word,
    by_source_length,
    by_word_frequency,
    compare_words,
    measure_significance,
    new_metrics,
    score_corpus,
    score_sentences,
    worst_and_best,
)
from seq2seq.evaluation.breakdowns import PartScore, WordScore
from seq2seq.evaluation.word_differences import WordDifferences
from seq2seq.workflows.evaluation_settings import EvaluationSettings
from seq2seq.workflows.evaluation_systems import System
from seq2seq.workflows.evaluation_words import TrainingWords, training_words


@dataclass(frozen=True)
class SystemOutput:
    """What a system wrote, and what it was.

    Attributes:
        system: whose it is.
        hypotheses: one a line of the text.
        facts: how they came about, for `scores.json`.
        perplexity: of the references, of what has a model.
    """

    system: System
    hypotheses: list[str]
    facts: dict[str, Any] = field(default_factory=dict)
    perplexity: float | None = None


@dataclass(frozen=True)
class SystemResult:
    """What is measured of one system; `by_rarest_word` and `by_word_frequency` are empty without training text."""

    output: SystemOutput
    scores: Scores
    sentences: SentenceScores
    by_source_length: list[PartScore]
    by_rarest_word: list[PartScore]
    by_word_frequency: list[WordScore]

    @property
    def name(self) -> str:
        return self.output.system.name


@dataclass(frozen=True)
class Results:
    """What is measured of all systems.

    Attributes:
        sources, references: the text.
        systems: in their order; the first is the baseline.
        significance: None if no samples were wanted.
        word_differences: of each system but the first with the first, by its name.
        training: word frequencies, or why there are none.
    """

    sources: list[str]
    references: list[str]
    systems: list[SystemResult]
    significance: Significance | None
    word_differences: dict[str, WordDifferences]
    training: TrainingWords | str

    def system_json(self, place: int, extremes: int) -> dict[str, Any]:
        """All of one system."""
        result = self.systems[place]
        worst, best = worst_and_best(result.sentences, extremes)
        found: dict[str, Any] = {**result.output.facts, **asdict(result.scores)}
        if self.significance is not None:
            intervals = self.significance.intervals[result.name]
            found["intervals"] = {metric: asdict(interval) for metric, interval in intervals.items()}
        found["by_source_length"] = [asdict(part) for part in result.by_source_length]
        if isinstance(self.training, TrainingWords):
            found["by_rarest_source_word"] = [asdict(part) for part in result.by_rarest_word]
            found["by_word_frequency"] = [asdict(part) for part in result.by_word_frequency]
        found["worst"] = [self._sentence_json(result, line) for line in worst]
        found["best"] = [self._sentence_json(result, line) for line in best]
        return found

    def common_json(self) -> dict[str, Any]:
        """What is of no single system."""
        found: dict[str, Any] = {}
        if isinstance(self.training, TrainingWords):
            found["training_text"] = {
                "system": self.training.system,
                "files": self.training.files,
                "pairs": self.training.pairs,
            }
        else:
            found["training_text"] = {"left_out": self.training}
        if self.significance is not None:
            found["samples"] = self.significance.samples
            found["significance_signatures"] = self.significance.signatures
            if len(self.systems) > 1:
                found["comparisons"] = [asdict(comparison) for comparison in self.significance.comparisons]
        if len(self.systems) > 1:
            baseline = self.systems[0].name
            found["word_differences"] = [
                {"baseline": baseline, "system": name, **_words_json(differences)}
                for name, differences in self.word_differences.items()
            ]
        return found

    def _sentence_json(self, result: SystemResult, line: int) -> dict[str, Any]:
        return {
            "line": line + 1,
            "chrf": result.sentences.chrf[line],
            "bleu": result.sentences.bleu[line],
            "source": self.sources[line],
            "reference": self.references[line],
            "hypothesis": result.output.hypotheses[line],
        }


def measure(
    outputs: Sequence[SystemOutput],
    sources: list[str],
    references: list[str],
    *,
    samples: int,
    settings: EvaluationSettings,
) -> Results:
    """All that is measured; `samples` 0 leaves out intervals and tests."""
    metrics = new_metrics()
    scored = [score_corpus(output.hypotheses, references, output.perplexity, metrics) for output in outputs]
    training = training_words(
        [output.system for output in outputs],
        sources,
        chain(references, *(output.hypotheses for output in outputs)),
    )
    hypotheses = {output.system.name: output.hypotheses for output in outputs}
    return Results(
        sources=sources,
        references=references,
        systems=[
            _result(output, scores, sources, references, training)
            for output, scores in zip(outputs, scored, strict=True)
        ],
        significance=measure_significance(hypotheses, references, samples, metrics) if samples else None,
        word_differences={
            output.system.name: compare_words(outputs[0].hypotheses, output.hypotheses, references, settings.words)
            for output in outputs[1:]
        },
        training=training,
    )


def _result(
    output: SystemOutput,
    scores: Scores,
    sources: Sequence[str],
    references: Sequence[str],
    training: TrainingWords | str,
) -> SystemResult:
    hypotheses = output.hypotheses
    known = training if isinstance(training, TrainingWords) else None
    return SystemResult(
        output=output,
        scores=scores,
        sentences=score_sentences(hypotheses, references),
        by_source_length=by_source_length(sources, hypotheses, references),
        by_rarest_word=by_rarest_word(sources, hypotheses, references, known.source) if known else [],
        by_word_frequency=by_word_frequency(hypotheses, references, known.target) if known else [],
    )


def _words_json(differences: WordDifferences) -> Mapping[str, Any]:
    """With the names that the comparisons have: the first of the two is the baseline."""
    return {
        "both": differences.both,
        "neither": differences.neither,
        "baseline_only": differences.first_only,
        "system_only": differences.second_only,
        **{
            f"{side}_words": [
                {
                    "word": word.word,
                    "reference_count": word.reference_count,
                    "baseline_only": word.first_only,
                    "system_only": word.second_only,
                }
                for word in words
            ]
            for side, words in (("baseline", differences.first), ("system", differences.second))
        },
    }
