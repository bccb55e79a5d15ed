"""The results of an evaluation → its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq.errors import DataError
from seq2seq.evaluation import choose_examples, marked_differences, spoken_words
from seq2seq.report import AttentionMap, Distribution, ReportData, Sentence, SentenceOutput, render_report
from seq2seq.training.safe_files import write_text
from seq2seq.workflows.evaluation_results import Results, SystemResult
from seq2seq.workflows.evaluation_settings import EvaluationSettings

if TYPE_CHECKING:
    from seq2seq.translator import TextTranslator

_SCORE_CLASSES = 25
_LARGEST_SURPLUS = 20  # words


def write_report(
    path: Path,
    results: Results,
    scores: Mapping[str, Any],
    translators: Mapping[str, TextTranslator],
    settings: EvaluationSettings,
    search: Mapping[str, Any],
) -> None:
    """Writes the report of these results.

    Args:
        path: .html.
        results, scores: of the evaluation, and what `scores.json` says of it.
        translators: by system name; their attention for some sentences is drawn.
        settings: how many sentences that is, and how many the report holds.
        search: what the translations were made with, as far as it is not the translator's own.
    """
    lengths = [len(spoken_words(text)) for text in results.sources]
    examples = choose_examples(lengths, [result.sentences for result in results.systems], settings.attention_examples)
    attention = _attention(results, examples, translators, search) if translators else {}
    data = ReportData(
        title=f"Evaluation on {scores['text']}",
        text=scores["text"],
        lines=len(results.references),
        names=[result.name for result in results.systems],
        systems=scores["systems"] if len(results.systems) > 1 else [dict(scores)],
        common=dict(scores),
        facts=[_facts(result) for result in results.systems],
        sentences=_sentences(results, lengths, _shown(len(lengths), settings.report_lines, examples)),
        distributions=_distributions(results),
        events=_events(results),
        attention=attention,
    )
    write_text(path, render_report(data))


def _shown(lines: int, most: int, examples: Sequence[int]) -> list[int]:
    """The lines that the report holds: all, or evenly spaced ones and those whose attention is drawn."""
    if lines <= most:
        return list(range(lines))
    return sorted({place * lines // most for place in range(most)} | set(examples))


def _sentences(results: Results, lengths: Sequence[int], shown: Sequence[int]) -> list[Sentence]:
    baseline = results.systems[0]

    def output(result: SystemResult, line: int) -> SentenceOutput:
        text = result.output.hypotheses[line]
        return SentenceOutput(
            chrf=round(result.sentences.chrf[line], 2),
            bleu=round(result.sentences.bleu[line], 2),
            against_reference=marked_differences(text, results.references[line]),
            against_baseline=[] if result is baseline else marked_differences(text, baseline.output.hypotheses[line]),
        )

    return [
        Sentence(
            line=line + 1,
            source=results.sources[line],
            reference=results.references[line],
            words=lengths[line],
            outputs=[output(result, line) for result in results.systems],
        )
        for line in shown
    ]


def _distributions(results: Results) -> list[Distribution]:
    def of_scores(title: str, values: list[list[float]]) -> Distribution:
        return Distribution(title, "score of a sentence", 0.0, 100.0, _SCORE_CLASSES, values)

    wanted = [len(spoken_words(text)) for text in results.references]
    surplus = [
        [float(len(spoken_words(text)) - length) for text, length in zip(result.output.hypotheses, wanted, strict=True)]
        for result in results.systems
    ]
    # A class a word, 0 in the middle of its own; what is further away counts in the last ones.
    reach = min(_LARGEST_SURPLUS, max(1, int(max(abs(words) for row in surplus for words in row)))) + 0.5
    return [
        of_scores("chrF2 of sentences", [result.sentences.chrf for result in results.systems]),
        of_scores("BLEU of sentences", [result.sentences.bleu for result in results.systems]),
        Distribution("Length less the reference's", "words", -reach, reach, int(2 * reach), surplus),
    ]


def _events(results: Results) -> dict[str, list[dict[str, Any]]]:
    """The logs of the runs among the systems; an export has none, and nor has a run whose log is gone."""
    from seq2seq.visualize.curves import read_events

    events = {}
    for result in results.systems:
        run = result.output.system.run
        if run is not None:
            try:
                events[result.name] = read_events(run.metrics_path)
            except DataError as error:
                print(f"the report has no curves of {result.name}: {error}")
    return events


def _attention(
    results: Results,
    examples: Sequence[int],
    translators: Mapping[str, TextTranslator],
    search: Mapping[str, Any],
) -> dict[int, list[AttentionMap]]:
    """By line from 1: the examples are translated again, since the attention of a whole text would take gigabytes."""
    maps: dict[int, list[AttentionMap]] = {line + 1: [] for line in examples}
    texts = [results.sources[line] for line in examples]
    for place, result in enumerate(results.systems):
        if result.name not in translators:
            continue
        translations = translators[result.name].translate(texts, attention=True, **search)
        for line, found in zip(examples, translations, strict=True):
            if found.attention is not None and found.attention.size:
                maps[line + 1].append(AttentionMap(place, found.source_pieces, found.target_pieces, found.attention))
    return {line: found for line, found in maps.items() if found}


def _facts(result: SystemResult) -> dict[str, str]:
    names = {"run": "from", "file": "from", "length_penalty": "length penalty"}
    plain = {key: value for key, value in result.output.facts.items() if isinstance(value, (str, int, float))}
    return {names.get(key, key): str(value) for key, value in plain.items()}
