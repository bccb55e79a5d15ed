"""`seq2seq evaluate`: a test set → its translation, and how good that is."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq import __version__
from seq2seq.config import RunConfiguration
from seq2seq.config.schema import TextFiles
from seq2seq.errors import DataError
from seq2seq.plain_json import to_json
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.workflows.line_input import Line
from seq2seq.workflows.line_progress import LineProgress
from seq2seq.workflows.run_or_export import describe
from seq2seq.workflows.translate import Report, one_line

if TYPE_CHECKING:
    from seq2seq.evaluation import Scores

SCORES_NAME = "scores.json"
HYPOTHESES_NAME = "hypotheses.txt"


def evaluate(
    run: str | Path,
    source: str | Path | None = None,
    reference: str | Path | None = None,
    output: str | Path | None = None,
    *,
    checkpoint: str = "best",
    beams: int | None = None,
    length_penalty: float | None = None,
) -> Scores:
    """Translates a test set, scores it, prints the scores and writes them beside the hypotheses.

    Every line counts: nothing is filtered, and an empty line is translated as an empty one.

    Args:
        run: the run folder, or an export.
        source, reference: text files, plain or .gz, line by line; both None takes the configured test set, or, if there
            is none, the validation set.
        output: folder for `scores.json` and `hypotheses.txt`; None is `RUN/evaluation/NAME`, which a repetition of the
            same evaluation replaces.
        checkpoint: "best", "last" or a checkpoint's name.
        beams, length_penalty: None takes the run's.

    Raises:
        DataError: the two sides do not pair up or cannot be read, or the output folder holds an evaluation already.
        RunError, CheckpointError: the run cannot be loaded.
    """
    if (source is None) != (reference is None):
        missing, given = ("--reference", source) if reference is None else ("--source", reference)
        raise DataError(
            f"{missing} is missing — given {str(given)!r} alone — give source and reference, or neither for the "
            "configured test set"
        )
    if output is not None:
        _check_folder(Path(output))
    config, checkpoint_name = describe(run, checkpoint)
    import_tensorflow_quietly()
    from seq2seq.evaluation import perplexity, score_corpus
    from seq2seq.workflows.load import load

    name, pairs = _test_pairs(config, source, reference)
    sources, references = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    translator = load(run, checkpoint)

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

    facts = {
        "text": name,
        "source": str(source) if source is not None else None,
        "reference": str(reference) if reference is not None else None,
        "run": str(run),
        "checkpoint": checkpoint_name,
        "beams": translator.beams if beams is None else beams,
        "length_penalty": translator.length_penalty if length_penalty is None else length_penalty,
        "version": __version__,
    }
    folder_name = _folder_name(name, checkpoint, beams, length_penalty)
    written = Path(output) if output is not None else Path(run) / "evaluation" / folder_name
    print(scores.to_text())
    _write(written, scores, facts, hypotheses)
    print(f"scores and hypotheses: {written}")
    return scores


def _test_pairs(
    config: RunConfiguration, source: str | Path | None, reference: str | Path | None
) -> tuple[str, list[tuple[str, str]]]:
    """The name of a test set and its pairs; they are read to the end, so that both sides are known to pair up."""
    from seq2seq.data import read_pairs

    data = config.data
    if source is not None and reference is not None:
        files = TextFiles(source=[str(source)], target=[str(reference)])
        pairs = read_pairs(files, source_language="", target_language="", key="evaluate")
        return Path(source).name.removesuffix(".gz"), list(pairs)
    name = "test"
    if data.test is None:
        name = "validation"
        print("no test set is configured: these are scores on the validation text", file=sys.stderr)
    pairs = read_pairs(
        data.validation if data.test is None else data.test,
        source_language=data.source_language,
        target_language=data.target_language,
        folder=data.folder,
        key=f"data.{name}",
    )
    return name, list(pairs)


def _folder_name(name: str, checkpoint: str, beams: int | None, length_penalty: float | None) -> str:
    """What sets this evaluation apart from others of the run: `test`, `test-last-beams1`."""
    parts = [name]
    if checkpoint != "best":
        parts.append(checkpoint)
    if beams is not None:
        parts.append(f"beams{beams}")
    if length_penalty is not None:
        parts.append(f"penalty{length_penalty:g}")
    return "-".join(parts)


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise DataError(f"output is a file — given {str(folder)!r} — give a folder")
    for name in (SCORES_NAME, HYPOTHESES_NAME):
        if (folder / name).exists():
            raise DataError(f"output exists already — given {str(folder / name)!r} — choose another folder")
    _make(folder)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"output folder cannot be made — given {str(folder)!r} ({error.strerror}) — choose another folder"
        ) from None


def _write(folder: Path, scores: Scores, facts: dict[str, Any], hypotheses: list[str]) -> None:
    _make(folder)
    (folder / HYPOTHESES_NAME).write_bytes("".join(f"{text}\n" for text in hypotheses).encode())
    text = to_json({**facts, **asdict(scores)}, indent=2) + "\n"
    (folder / SCORES_NAME).write_text(text, encoding="utf-8")
