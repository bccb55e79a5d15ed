"""`seq2seq evaluate`: a test set → its translation, and how good that is."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq import __version__
from seq2seq.config import RunConfiguration
from seq2seq.config.schema import Source, TextFiles, TfdsSource
from seq2seq.data import check_source, read_pairs, source_files
from seq2seq.errors import ConfigurationError, DataError
from seq2seq.plain_json import to_json
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.training.safe_files import write_text
from seq2seq.workflows.line_formats import one_line
from seq2seq.workflows.line_input import Line
from seq2seq.workflows.line_progress import LineProgress
from seq2seq.workflows.line_report import Report
from seq2seq.workflows.run_or_export import describe, evaluation_folder, exported_version, pinned
from seq2seq.workflows.training_text import languages as languages_of

if TYPE_CHECKING:
    from seq2seq.evaluation import Scores

SCORES_NAME = "scores.json"
HYPOTHESES_NAME = "hypotheses.txt"


@dataclass(frozen=True)
class EvaluationText:
    """The text of an evaluation: its name, and what `read_pairs` needs to read it."""

    name: str
    part: Source
    languages: dict[str, Any]
    key: str

    @property
    def origin(self) -> list[str]:
        """What tells it from every other text: absolute file names, or the data set with its settings."""
        if isinstance(self.part, TfdsSource):
            return [str(self.part)]
        return [str(file.absolute()) for file in source_files(self.part, **self.languages)]


def evaluate(
    run: str | Path,
    source: str | Path | None = None,
    reference: str | Path | None = None,
    output: str | Path | None = None,
    *,
    checkpoint: str = "best",
    beams: int | None = None,
    length_penalty: float | None = None,
    exposure_bias: bool = False,
) -> Scores:
    """Translates a test set, scores it, prints the scores and writes them beside the hypotheses.

    Every line counts: nothing is filtered, and an empty line is translated as an empty one.

    Args:
        run: the run folder, or an export.
        source, reference: text files, plain or .gz, line by line; both None takes the configured test set, or, if there
            is none, the validation set.
        output: folder for `scores.json` and `hypotheses.txt`; None is `RUN/evaluation/NAME`, or
            `EXPORT/evaluation/VERSION/NAME`, where the same files again replace what is there, and other files of that
            name are refused.
        checkpoint: "best", "last" or a checkpoint's name.
        beams, length_penalty: None takes the run's.
        exposure_bias: whether to measure it too, which needs a run.

    Raises:
        ConfigurationError: exposure bias of an export is asked for.
        DataError: the two sides do not pair up or cannot be read, the output folder holds an evaluation already, or
            that of the run holds one of another text.
        RunError, CheckpointError: the run cannot be loaded.
    """
    if (source is None) != (reference is None):
        missing, given = ("--reference", source) if reference is None else ("--source", reference)
        raise DataError(
            f"{missing} is missing — given {str(given)!r} alone — give source and reference, or neither for the "
            "configured test set"
        )
    if exposure_bias and exported_version(run) is not None:
        raise ConfigurationError(
            f"exposure bias needs a run — given the export {run}, which scores no token after words of another text — "
            "give the run that it was made from"
        )
    if output is not None:
        _check_folder(Path(output))
    chosen, checkpoint_name = pinned(run, checkpoint)  # `best` may be another one when it is loaded
    config = describe(chosen, checkpoint_name).configuration
    test = _text(config, source, reference)
    written = (
        Path(output)
        if output is not None
        else evaluation_folder(chosen) / _folder_name(test, checkpoint, beams, length_penalty)
    )
    replaced = _replaced_checkpoint(written, test)
    _make(written)
    import_tensorflow_quietly()
    from seq2seq.evaluation import perplexity, score_corpus
    from seq2seq.evaluation.exposure_bias import measure_exposure_bias
    from seq2seq.workflows.load import load

    name, pairs = test.name, list(read_pairs(test.part, **test.languages, key=test.key))
    sources, references = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    translator = load(chosen, checkpoint_name)

    lines = [Line(text, name, number, number, False) for number, text in enumerate(sources, start=1)]
    report = Report()
    with LineProgress(len(lines), shown=sys.stderr.isatty()) as progress, progress.window(lines) as advance:
        translations = translator.translate(sources, beams=beams, length_penalty=length_penalty, advance=advance)
    for line, translation in zip(lines, translations, strict=True):
        report.add(line, translation)
    for warning in report.warnings(translator.maximum_source_pieces):
        print(warning, file=sys.stderr)
    hypotheses = [one_line(translation.text) for translation in translations]
    scores = score_corpus(hypotheses, references, perplexity=perplexity(translator.score(sources, references)))

    facts: dict[str, Any] = {
        "text": name,
        "source": str(source) if source is not None else None,
        "reference": str(reference) if reference is not None else None,
        "files": test.origin,
        "run": str(run),
        "checkpoint": checkpoint_name,
        "beams": translator.beams if beams is None else beams,
        "length_penalty": translator.length_penalty if length_penalty is None else length_penalty,
        "version": __version__,
    }
    print(scores.to_text())
    if exposure_bias:
        curves = measure_exposure_bias(translator, sources, references)
        print(curves.to_text())
        facts["exposure_bias"] = curves.as_dict()
    _write(written, scores, facts, hypotheses)
    if replaced is not None:
        print(f"replaced: the scores of {replaced} on the same text")
    print(f"scores and hypotheses: {written}")
    return scores


def _text(config: RunConfiguration, source: str | Path | None, reference: str | Path | None) -> EvaluationText:
    """What is to be translated; nothing is read yet.

    Raises DataError if a file of it is missing.
    """
    if source is not None and reference is not None:
        files = TextFiles(source=[str(source)], target=[str(reference)])
        languages = {"source_language": "", "target_language": ""}
        test = EvaluationText(Path(source).name.removesuffix(".gz"), files, languages, key="evaluate")
    else:
        name = "test" if config.data.test is not None else "validation"
        if name == "validation":
            print("no test set is configured: these are scores on the validation text", file=sys.stderr)
        test = EvaluationText(name, getattr(config.data, name), languages_of(config), key=f"data.{name}")
    check_source(test.part, **test.languages, key=test.key)
    return test


def _folder_name(test: EvaluationText, checkpoint: str, beams: int | None, length_penalty: float | None) -> str:
    """What sets this evaluation apart from others of the run: `test`, `test-last-beams1`."""
    parts = [test.name]
    if checkpoint != "best":
        parts.append(checkpoint)
    if beams is not None:
        parts.append(f"beams{beams}")
    if length_penalty is not None:
        parts.append(f"penalty{length_penalty:g}")
    return "-".join(parts)


def _replaced_checkpoint(folder: Path, test: EvaluationText) -> str | None:
    """The checkpoint whose scores on the same text will be replaced, if there are some.

    Raises DataError if the scores there are of another text, or of nobody knows what.
    """
    path = folder / SCORES_NAME
    if not path.exists():
        return None
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        files, checkpoint = before["files"], str(before["checkpoint"])
    except (OSError, ValueError, TypeError, KeyError):
        files, checkpoint = ["an unknown text"], ""
    if files != test.origin:
        raise DataError(
            f"the scores of another text are there already — given {_joined(test.origin)}, where {str(folder)!r} holds "
            f"those of {_joined(files)} — give a folder of its own with --output"
        )
    return checkpoint


def _joined(files: list[str]) -> str:
    return " + ".join(map(str, files))


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise DataError(f"output is a file — given {str(folder)!r} — give a folder")
    for name in (SCORES_NAME, HYPOTHESES_NAME):
        if (folder / name).exists():
            raise DataError(f"output exists already — given {str(folder / name)!r} — choose another folder")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"output folder cannot be made — given {str(folder)!r} ({error.strerror}) — choose another folder"
        ) from None


def _write(folder: Path, scores: Scores, facts: dict[str, Any], hypotheses: list[str]) -> None:
    """Scores are whole or absent, and never beside the hypotheses of another evaluation, whenever the process dies."""
    (folder / SCORES_NAME).unlink(missing_ok=True)
    write_text(folder / HYPOTHESES_NAME, "".join(f"{text}\n" for text in hypotheses))
    write_text(folder / SCORES_NAME, to_json({**facts, **asdict(scores)}, indent=2) + "\n")
