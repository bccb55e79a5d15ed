"""The command line: parses, calls one workflow, prints.

Exit codes: 0 done; 2 the input's fault, with one message and no traceback; 130 and 143 interrupted by Ctrl-C and
SIGTERM; 141 nobody reads our output any more. Anything else is a defect of ours and keeps its traceback.

TensorFlow takes seconds to import, so the workflows import it themselves, when what they were given is known good.
"""

from __future__ import annotations

import math
import os
import signal
import sys
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from seq2seq import __version__
from seq2seq.cli_classify import classify
from seq2seq.cli_diagnose import diagnose
from seq2seq.cli_ensemble import RiskUtility, Together, ensemble_options, fusion_options
from seq2seq.cli_language_model import generate
from seq2seq.cli_search import best_search_options, line_options, search_options
from seq2seq.cli_shortlist import shortlist
from seq2seq.cli_tag import tag
from seq2seq.client.translator import is_address
from seq2seq.errors import ConfigurationError, Interrupted, Seq2SeqError
from seq2seq.export.storages import Storage
from seq2seq.serving.settings import ServerSettings
from seq2seq.workflows.evaluation_settings import EvaluationSettings

_INPUT_FAULT = 2
_BROKEN_PIPE = 128 + 13  # SIGPIPE, as a shell reports it
_YAML_SUFFIXES = (".yaml", ".yml")
_SERVER = ServerSettings()  # its defaults
_EVALUATION = EvaluationSettings()
_LONGEST_SECONDS = 86400.0  # a day; clocks and locks have their own limits far beyond it


class _Commands(TyperGroup):
    """The commands, with what they raise turned into a message and an exit code."""

    def invoke(self, context: Any) -> Any:
        try:
            return super().invoke(context)
        except Interrupted as error:
            print(error, file=sys.stderr)
            raise typer.Exit(error.exit_code) from None
        except Seq2SeqError as error:
            print(error, file=sys.stderr)
            raise typer.Exit(_INPUT_FAULT) from None
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise typer.Exit(128 + signal.SIGINT) from None
        except BrokenPipeError:
            # Python flushes standard output once more when it ends; that must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(_BROKEN_PIPE) from None


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Train recurrent translators, language models, classifiers and taggers, and use them.",
)

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, such as runs/phrasebook.")]
RunOrExport = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="A run folder, such as runs/phrasebook, or an export, such as exports/en-de."),
]
RunExportOrServer = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run folder, an export, or a model that is served, such as http://127.0.0.1:8501/v1/models/en-de.",
    ),
]
Configuration = Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file, such as configs/phrasebook.yaml.")]
ConfigurationOrRun = Annotated[
    Path, typer.Argument(metavar="CONFIG|RUN", help="A YAML file; with --resume, a run folder will do.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Settings that win over the file: training.maximum_epochs=3"),
]
Checkpoint = Annotated[str, typer.Option(metavar="best|last|NAME", help="Which checkpoint of the run to use.")]
Beams = Annotated[int | None, typer.Option(min=1, show_default="the run's", help="Beam width; 1 is greedy search.")]


class TextFormat(str, Enum):
    """What a line of a file is."""

    lines = "lines"
    jsonl = "jsonl"


class OutputFormat(str, Enum):
    """How translations are written."""

    plain = "plain"
    moses = "moses"
    pharaoh = "pharaoh"
    jsonl = "jsonl"


class AlignmentUnit(str, Enum):
    """What an alignment pairs."""

    words = "words"
    pieces = "pieces"


class CheckpointOrder(str, Enum):
    """Which checkpoints come first."""

    best = "best"
    last = "last"


class ScoreFormat(str, Enum):
    """How scores are written."""

    tsv = "tsv"
    jsonl = "jsonl"


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"seq2seq {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    from seq2seq.config.backend import check_backend

    check_backend()


@app.command()
def train(
    config: ConfigurationOrRun,
    overrides: Overrides = None,
    folder: Annotated[Path, typer.Option(help="Where the run folder is made.")] = Path("runs"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run from its last checkpoint.")] = False,
) -> None:
    """Train what a configuration describes; all that it needs later is kept in the run folder, FOLDER/NAME."""
    if resume and not (config.is_file() or config.suffix in _YAML_SUFFIXES):
        from seq2seq.workflows import train as workflow

        workflow.resume(config, overrides or [])
        return
    from seq2seq.config import load_configuration

    configuration = load_configuration(config, overrides or [])
    from seq2seq.workflows import train as workflow

    workflow.train(configuration, folder, resume=resume)


@app.command()
@fusion_options
@line_options
@search_options
def translate(
    run: RunExportOrServer,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="Text files, plain or .gz; none, or -: standard input; or one document, by its suffix.",
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="A file, packed if its name ends in .gz; else standard output.")
    ] = None,
    mbr: RiskUtility = None,
    shortlist: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="the whole vocabulary",
            help="Translate with the pieces that go with the source's alone: a file of `seq2seq shortlist`.",
        ),
    ] = None,
    batch_lines: Annotated[
        int | None, typer.Option(min=1, show_default="many", help="Lines that are read before the first is written.")
    ] = None,
    text_format: Annotated[
        TextFormat | None,
        typer.Option("--format", show_default="by the file's name", help="What a line is: text, or a JSON object."),
    ] = None,
    field: Annotated[str, typer.Option(help="Of JSON lines: the field that is translated.")] = "text",
    translation_field: Annotated[str, typer.Option(help="Of JSON lines: the field that is added.")] = "translation",
    scores: Annotated[
        bool, typer.Option("--scores", help="Write SCORE, tab, translation; in JSON lines, a field `score`.")
    ] = False,
    output_format: Annotated[
        OutputFormat | None,
        typer.Option(
            show_default="moses with --n-best, else as the input",
            help="Text; an n-best list in Moses' form; alignments alone; or JSON lines with all details.",
        ),
    ] = None,
    n_best: Annotated[
        int | None, typer.Option(min=1, show_default="1", help="Translations of each line, at most --beams.")
    ] = None,
    alignment: Annotated[
        str | None,
        typer.Option(
            metavar="hard|0..1",
            show_default="none",
            help="Which source word each word was made from, as 0-0 1-2: the greatest weight, or all from a weight on.",
        ),
    ] = None,
    alignment_unit: Annotated[AlignmentUnit | None, typer.Option(show_default="words", help="What is aligned.")] = None,
    replace_invalid: Annotated[
        bool, typer.Option("--replace-invalid", help="Replace bytes that are not UTF-8 instead of stopping.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", show_default="all lines", help="The I-th of N equal parts of the lines alone."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the partial output that a stopped translation has left.")
    ] = False,
    retranslate: Annotated[
        bool, typer.Option("--retranslate", help="Of documents: translate what is translated already, too.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Of documents: a JSON file for all that was left as it was.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an output file that exists.")] = False,
    *,
    together: Together,
    search: dict[str, Any],
    constraints: dict[str, Any],
) -> None:
    """Translate files or standard input: as many lines out as in, in their order; or a document, by its suffix."""
    from seq2seq.workflows.translate_document import check_kind, check_lines, translate_document

    of_lines = {
        "batch_lines": batch_lines,
        "replace_invalid": replace_invalid,
        "shard": shard,
        "resume": resume,
        "scores": scores,
        "output_format": output_format,
        "n_best": n_best,
        "alignment": alignment,
        "alignment_unit": alignment_unit,
        **constraints,
    }
    of_documents = {"retranslate": retranslate, "report": report}
    if text_format is not None:
        check_lines(**of_documents)
    elif check_kind(files or [], output, of_lines=of_lines, of_documents=of_documents):
        translate_document(
            together.of(run),
            files[0],
            output,
            checkpoint=together.checkpoint,
            threads=together.threads,
            mbr=mbr.value if mbr else None,
            shortlist=shortlist,
            retranslate=retranslate,
            report=report,
            force=force,
            **search,
        )
        return
    from seq2seq.workflows.line_constraints import LineConstraints
    from seq2seq.workflows.translate import translate

    translate(
        together.of(run),
        files or [],
        output,
        checkpoint=together.checkpoint,
        threads=together.threads,
        mbr=mbr.value if mbr else None,
        shortlist=shortlist,
        batch_lines=batch_lines,
        text_format=text_format.value if text_format else None,
        field=field,
        translation_field=translation_field,
        scores=scores,
        output_format=output_format.value if output_format else None,
        n_best=n_best,
        alignment=alignment,
        alignment_unit=alignment_unit.value if alignment_unit else None,
        replace_invalid=replace_invalid,
        shard=shard,
        resume=resume,
        force=force,
        constraints=LineConstraints(**constraints),
        **search,
    )


app.command()(classify)
app.command()(tag)


@app.command()
@fusion_options
@best_search_options
def evaluate(
    systems: Annotated[
        list[str],
        typer.Argument(
            metavar="SYSTEM...", help="Run folders, exports, addresses of served models, or files of translations."
        ),
    ],
    source: Annotated[Path | None, typer.Option(show_default="the configured test set", help="Source text.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Its translation, line by line.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            show_default="of one run RUN/evaluation/NAME, of one export EXPORT/evaluation/VERSION/NAME",
            help="Folder for scores, hypotheses and report.",
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", show_default="from the paths", help="A system's name; once for each, in their order."),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Write report.html too: curves, attention, all examples, in one file.")
    ] = False,
    bootstrap_samples: Annotated[
        int | None,
        typer.Option(
            min=0,
            show_default=str(_EVALUATION.bootstrap_samples),
            help="For intervals and tests between systems; 0: neither.",
        ),
    ] = None,
    sentences: Annotated[int, typer.Option(min=0, help="Print that many of the worst and best sentences.")] = 0,
    attention_examples: Annotated[
        int, typer.Option(min=0, help="Of a report: sentences whose attention is drawn.")
    ] = _EVALUATION.attention_examples,
    mbr: RiskUtility = None,
    exposure_bias: Annotated[
        bool, typer.Option("--exposure-bias", help="Measure too what the model loses by reading its own words.")
    ] = False,
    *,
    together: Together,
    search: dict[str, Any],
) -> None:
    """Score systems on a test set, tell where they are good, and compare them with the first: BLEU, chrF, TER.

    A run of another task than translation is scored alone, by its own measures.
    """
    from seq2seq.workflows.tasks.evaluation import EvaluationRequest, evaluate_run, run_of_another_task

    if (other := run_of_another_task(systems)) is not None:
        of_translations = {
            "--name": bool(name),
            "--report": report,
            "--bootstrap-samples": bootstrap_samples is not None,
            "--sentences": sentences > 0,
            "--attention-examples": attention_examples != _EVALUATION.attention_examples,
            "--ensemble": bool(together.ensemble),
            "--weights": together.weights is not None,
            "--average": together.average is not None,
            "--precision": together.precision is not None,
            "--threads": together.threads is not None,
            "--fuse": together.fuse is not None,
            "--fuse-weight": together.fuse_weight is not None,
            "--mbr": mbr is not None,
            "--exposure-bias": exposure_bias,
            **{f"the search's {setting}": True for setting in search},
        }
        evaluate_run(other, EvaluationRequest(source, reference, output, together.checkpoint), systems, of_translations)
        return
    from seq2seq.workflows.evaluate import evaluate_systems

    evaluate_systems(
        together.alone(systems),
        source,
        reference,
        output,
        names=name or [],
        checkpoint=together.checkpoint,
        threads=together.threads,
        exposure_bias=exposure_bias,
        bootstrap_samples=bootstrap_samples,
        sentences=sentences,
        report=report,
        mbr=mbr.value if mbr else None,
        settings=replace(_EVALUATION, attention_examples=attention_examples),
        **search,
    )


@app.command()
@ensemble_options
def score(
    run: RunExportOrServer,
    source: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Source text, plain or .gz; -: standard input. A language model has none."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", "--text", metavar="FILE", help="Its translation, line by line; or -. Any text."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="A file, packed if its name ends in .gz; else standard output.")
    ] = None,
    score_format: Annotated[
        ScoreFormat, typer.Option("--format", help="Log-probability, tokens, perplexity with tabs between; or JSON.")
    ] = ScoreFormat.tsv,
    tokens: Annotated[bool, typer.Option("--tokens", help="Write the log-probability of each piece, too.")] = False,
    replace_invalid: Annotated[
        bool, typer.Option("--replace-invalid", help="Replace bytes that are not UTF-8 instead of stopping.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an output file that exists.")] = False,
    *,
    together: Together,
) -> None:
    """Tell how likely the model finds given translations: a line for each pair, perplexity on standard error.

    A language model tells it of the lines of any text, --text.
    """
    from seq2seq.workflows.load_language_model import is_language_model

    if target is None:
        raise ConfigurationError("there is nothing to score — given no text — give --target FILE, or --text FILE")
    if not is_address(run) and is_language_model(run):
        of_translations = {
            "--source": source,
            "--ensemble": together.ensemble,
            "--weights": together.weights,
            "--average": together.average,
            "--precision": together.precision,
            "--threads": together.threads,
        }
        given = [name for name, value in of_translations.items() if value]
        if given:
            raise ConfigurationError(
                f"an option of translators — given {', '.join(given)} for {run}, a language model — leave it out"
            )
        from seq2seq.workflows.score_text import score_text

        score_text(
            run,
            target,
            output,
            checkpoint=together.checkpoint,
            json_lines=score_format is ScoreFormat.jsonl,
            tokens=tokens,
            replace_invalid=replace_invalid,
            force=force,
        )
        return
    if source is None:
        raise ConfigurationError("a translation has a source — given none — give --source FILE")
    from seq2seq.workflows.score import score

    score(
        together.of(run),
        source,
        target,
        output,
        checkpoint=together.checkpoint,
        threads=together.threads,
        json_lines=score_format is ScoreFormat.jsonl,
        tokens=tokens,
        replace_invalid=replace_invalid,
        force=force,
    )


@app.command()
@ensemble_options
def rescore(
    run: RunExportOrServer,
    nbest: Annotated[str, typer.Option(metavar="FILE", help="The Moses n-best list of the source's lines; or -.")],
    source: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Source text, plain or .gz; -: standard input. A language model needs none."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="A file, packed if its name ends in .gz; else standard output.")
    ] = None,
    feature: Annotated[str, typer.Option(help="The name that this model's log-probability gets.")] = "seq2seq",
    sum_weights: Annotated[
        list[str] | None,
        typer.Option(
            "--feature-weight",
            metavar="NAME=NUMBER",
            show_default="the new feature alone",
            help="A feature's weight in the new score; `score` is the list's own. May be repeated.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an output file that exists.")] = False,
    *,
    together: Together,
) -> None:
    """Add a model's log-probability to a Moses n-best list, and sort it by a weighted sum of its features."""
    from seq2seq.workflows.rescore import rescore

    rescore(
        together.of(run),
        source,
        nbest,
        output,
        checkpoint=together.checkpoint,
        threads=together.threads,
        feature=feature,
        weights=sum_weights or [],
        force=force,
    )


@app.command()
def inspect(config: Configuration, overrides: Overrides = None) -> None:
    """Tell what a configuration will train on, before any training: text, lengths, pieces, parameters, memory."""
    from seq2seq.config import load_configuration

    configuration = load_configuration(config, overrides or [])
    from seq2seq.workflows.tasks import task_of

    task_of(configuration).inspect()


@app.command()
def average(
    run: Run,
    count: Annotated[int, typer.Option(min=2, help="How many checkpoints.")],
    by: Annotated[CheckpointOrder, typer.Option(help="The best or the last ones.")] = CheckpointOrder.best,
) -> None:
    """Average the weights of several checkpoints into a new one."""
    from seq2seq.workflows.average import average

    made = average(run, count, by.value)
    print(f"average of {count} checkpoints: {made.path}; use it with --checkpoint {made.name}")


@app.command()
def export(
    run: Run,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The export, such as exports/en-de: one folder a version in it.")
    ],
    version: Annotated[int | None, typer.Option(min=1, show_default="the next", help="The version's number.")] = None,
    checkpoint: Checkpoint = "best",
    storage: Annotated[
        Storage, typer.Option(help="How the weights are stored; the arithmetic is float32.")
    ] = Storage.float32,
    ids_only: Annotated[
        bool, typer.Option("--ids-only", help="Ids in, ids out alone: for servers without TensorFlow Text.")
    ] = False,
    lines: Annotated[
        Path | None, typer.Option(show_default="the validation text", help="Source text for the self-test.")
    ] = None,
) -> None:
    """Write a SavedModel that a stock model server answers text with, tested against the run before it appears."""
    from seq2seq.workflows.export import export

    export(run, folder, version=version, checkpoint=checkpoint, storage=storage.value, ids_only=ids_only, lines=lines)


@app.command()
def attention(
    run: RunOrExport,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A sentence in the source language.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", show_default="lines of text", help="A picture: .png, .svg or .pdf."),
    ] = None,
    target: Annotated[
        str | None, typer.Option(show_default="the model's own translation", help="A translation of TEXT to look at.")
    ] = None,
    checkpoint: Checkpoint = "best",
    beams: Beams = None,
) -> None:
    """Show which source pieces each piece of a translation looked at, as lines of text or as a picture."""
    from seq2seq.workflows.attention import attention

    attention(run, text, output, target=target, checkpoint=checkpoint, beams=beams)


def _number(value: float) -> float:
    """Refuses NaN, which no limit does."""
    if math.isnan(value):
        raise typer.BadParameter("not a number of seconds — given nan — give one such as 2.5")
    return value


@app.command()
def serve(
    export: Annotated[Path, typer.Argument(metavar="EXPORT", help="An export's folder, such as exports/en-de.")],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = _SERVER.host,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = _SERVER.port,
    model_name: Annotated[
        str | None, typer.Option(show_default="the folder's name", help="The model's name in addresses.")
    ] = None,
    max_batch: Annotated[int, typer.Option(min=1, help="Texts in one run of the model.")] = _SERVER.maximum_batch,
    batch_timeout: Annotated[
        float,
        typer.Option(
            min=0.0, max=60.0, callback=_number, help="Seconds that a request waits for others to share its run."
        ),
    ] = _SERVER.batch_timeout_seconds,
    queue: Annotated[
        int, typer.Option(min=1, help="Texts that may wait; more are refused with 429.")
    ] = _SERVER.maximum_queue,
    max_request_bytes: Annotated[
        int, typer.Option(min=1, help="Larger requests are refused with 413.")
    ] = _SERVER.maximum_request_bytes,
    timeout: Annotated[
        float,
        typer.Option(
            min=0.001, max=_LONGEST_SECONDS, callback=_number, help="Seconds until a request is answered with 504."
        ),
    ] = _SERVER.timeout_seconds,
    poll_seconds: Annotated[
        float,
        typer.Option(
            min=0.0, max=_LONGEST_SECONDS, callback=_number, help="Between two looks for a newer version; 0: never."
        ),
    ] = _SERVER.poll_seconds,
    drain_seconds: Annotated[
        float,
        typer.Option(
            min=0.0, max=_LONGEST_SECONDS, callback=_number, help="After SIGTERM, before connections are refused."
        ),
    ] = _SERVER.drain_seconds,
) -> None:
    """Serve an export: TF Serving's REST API, and a page at / for people."""
    from seq2seq.workflows.serve import serve

    serve(
        export,
        ServerSettings(
            host=host,
            port=port,
            maximum_batch=max_batch,
            batch_timeout_seconds=batch_timeout,
            maximum_queue=queue,
            maximum_request_bytes=max_request_bytes,
            timeout_seconds=timeout,
            poll_seconds=poll_seconds,
            drain_seconds=drain_seconds,
            model_name=model_name,
        ),
    )


app.command()(shortlist)
app.command()(diagnose)
app.command()(generate)


def main() -> None:
    """The entry point of the `seq2seq` command."""
    app(prog_name="seq2seq")
