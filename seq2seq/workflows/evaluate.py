"""`seq2seq evaluate`: a test set → translations of one or more systems, how good they are, and whether they differ."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq import __version__
from seq2seq.errors import ConfigurationError, DataError
from seq2seq.workflows.evaluation_folder import (
    REPORT_NAME,
    SCORES_NAME,
    check_folder,
    hypotheses_names,
    make_folder,
    own_folder,
    replaced_checkpoint,
    write_hypotheses,
    write_scores,
)
from seq2seq.workflows.evaluation_settings import EvaluationSettings
from seq2seq.workflows.evaluation_systems import find_systems, read_output
from seq2seq.workflows.evaluation_text import find_text
from seq2seq.workflows.evaluation_translations import check_systems, translate_text
from seq2seq.workflows.members import Members
from seq2seq.workflows.run_or_export import prepare_to_compute

if TYPE_CHECKING:
    from seq2seq.evaluation import Scores
    from seq2seq.translator import TextTranslator
    from seq2seq.workflows.evaluation_results import Results


def evaluate(
    run: str | Path | Members,
    source: str | Path | None = None,
    reference: str | Path | None = None,
    output: str | Path | None = None,
    **options: Any,
) -> Scores:
    """Translates a test set with a run, an export or an ensemble, scores it, and writes scores beside the hypotheses.

    As `evaluate_systems` with one system; `output` None is `RUN/evaluation/NAME`, or
    `EXPORT/evaluation/VERSION/NAME`, where the same files again replace what is there, and other files of that name are
    refused.
    """
    return evaluate_systems([run], source, reference, output, **options)[0]


def evaluate_systems(
    systems: Sequence[str | Path | Members],
    source: str | Path | None = None,
    reference: str | Path | None = None,
    output: str | Path | None = None,
    *,
    names: Sequence[str] = (),
    checkpoint: str = "best",
    threads: int | None = None,
    exposure_bias: bool = False,
    bootstrap_samples: int | None = None,
    sentences: int = 0,
    report: bool = False,
    mbr: str | None = None,
    settings: EvaluationSettings | None = None,
    **search: Any,
) -> list[Scores]:
    """Scores several systems on one test set, prints how they compare, and writes it all into a folder.

    Every line counts: nothing is filtered, and an empty line is translated as an empty one.

    Args:
        systems: run folders, exports, addresses of served models, or files with a translation a line; the first is what
            the others are compared to. `Members` are several runs together.
        source, reference: text files, plain or .gz, line by line; both None takes the test set that is configured for
            the runs, or, if there is none, the validation set.
        output: folder for `scores.json`, the hypotheses and the report; needed for all but one run or export.
        names: of the systems, for tables and files; none takes the ends of their paths.
        checkpoint: of the runs: "best", "last" or a checkpoint's name.
        threads: as in `translate`.
        exposure_bias: whether to measure it too, of all runs; an export cannot.
        bootstrap_samples: 0 leaves out intervals and tests; None takes the default and leaves them out where they would
            take too much memory.
        sentences: how many of the worst and of the best are printed.
        report: whether to write `report.html` too.
        mbr: as in `translate`.
        settings: of all that is measured and shown.
        search: settings of the configuration's section `search`, such as `beams`; what is not given is each run's. One
            translation of each text is scored: of draws the first, or the one that `mbr` chooses of all `samples`.

    Raises:
        ConfigurationError: settings of the search make no sense, or an export does not take them; draws are asked for
            that nobody chooses among; exposure bias of an export, or of files of translations alone; or threads are
            given where none compute.
        DataError: the two sides do not pair up or cannot be read, a file has another number of lines, the output folder
            holds an evaluation already, or that of the run holds one of another text.
        RunError, CheckpointError, ExportError: a run or an export cannot be loaded.
        ClientError: a server cannot be reached, or refuses.
    """
    settings = settings or EvaluationSettings()
    if output is not None:
        output = Path(output)
    found = find_systems(systems, names, checkpoint)
    if output is not None:
        check_folder(output, [SCORES_NAME, REPORT_NAME, *hypotheses_names(found)])
    elif len(found) > 1 or found[0].configuration is None:
        given = f"{len(found)} systems" if len(found) > 1 else f"{found[0].path}"
        raise DataError(f"--output is missing — given {given}, which has no folder for its scores — name one")
    check_systems(found, search, mbr, exposure_bias=exposure_bias)
    text = find_text(found, source, reference)
    folder = output or own_folder(found[0], text, checkpoint, {**search, "mbr": mbr})
    replaced = replaced_checkpoint(folder, text.origin, found[0].members) if output is None else None
    sources, references = text.read()
    read = {system.name: read_output(system, len(references), text.name) for system in found if not system.translates}
    bootstrap_samples = _affordable_samples(bootstrap_samples, len(references), settings)
    computing = [system for system in found if system.translates and not system.is_served]
    if threads is not None and not computing:
        raise ConfigurationError(f"nothing is computed here — given {threads} threads — leave them out")
    make_folder(folder)
    if computing:
        prepare_to_compute(computing[0].place, threads)
    from seq2seq.workflows.evaluation_results import SystemOutput, measure
    from seq2seq.workflows.evaluation_tables import print_results

    translators: dict[str, TextTranslator] = {}
    outputs = []
    for system in found:
        if system.translates:
            made, translator = translate_text(
                system, text, sources, references, search=search, mbr=mbr, exposure_bias=exposure_bias
            )
            outputs.append(made)
            if report and translator is not None:
                translators[system.name] = translator
        else:
            outputs.append(SystemOutput(system, read[system.name], {"file": str(system.path)}))
    files = dict(zip(hypotheses_names(found), (made.hypotheses for made in outputs), strict=True))
    write_hypotheses(folder, files)
    results = measure(outputs, sources, references, samples=bootstrap_samples, settings=settings)
    print_results(results, sentences=sentences)
    facts = {
        "text": text.name,
        "source": str(source) if source is not None else None,
        "reference": str(reference) if reference is not None else None,
        "files": text.origin,
        "version": __version__,
    }
    scores = scores_json(results, facts, settings)
    write_scores(folder, scores)
    if replaced is not None:
        print(f"replaced: the scores of {replaced} on the same text")
    print(f"scores and hypotheses: {folder}")
    if report:
        from seq2seq.workflows.evaluation_report import write_report

        write_report(folder / REPORT_NAME, results, scores, translators, settings, search)
        print(f"report: {folder / REPORT_NAME}")
    return [result.scores for result in results.systems]


def scores_json(results: Results, facts: dict[str, Any], settings: EvaluationSettings) -> dict[str, Any]:
    """The content of `scores.json`: of one system flat, of several one entry each under `systems`."""
    systems = [results.system_json(place, settings.extremes) for place in range(len(results.systems))]
    if len(systems) == 1:
        return {**facts, **systems[0], **results.common_json()}
    names = [result.name for result in results.systems]
    files = hypotheses_names([result.output.system for result in results.systems])
    return {
        **facts,
        "lines": len(results.references),
        "baseline": names[0],
        "systems": [
            {"name": name, "hypotheses": file, **system}
            for name, file, system in zip(names, files, systems, strict=True)
        ],
        **results.common_json(),
    }


def _affordable_samples(samples: int | None, lines: int, settings: EvaluationSettings) -> int:
    """How many samples the bootstrap draws.

    Raises DataError if those that were asked for take too much memory.
    """
    from seq2seq.evaluation import bootstrap_bytes

    wanted = settings.bootstrap_samples if samples is None else samples
    needed = bootstrap_bytes(lines, wanted)
    if needed <= settings.bootstrap_bytes:
        return wanted
    most = wanted * settings.bootstrap_bytes // needed
    if samples is not None:
        raise DataError(
            f"the bootstrap takes too much memory — given {samples:,} samples of {lines:,} lines, "
            f"{needed / 1e9:.1f} GB — give --bootstrap-samples {most} or fewer"
        )
    print(
        f"intervals and tests are left out: {wanted:,} samples of {lines:,} lines take {needed / 1e9:.1f} GB, "
        f"--bootstrap-samples {most} would do",
        file=sys.stderr,
    )
    return 0
