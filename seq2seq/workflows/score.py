"""`seq2seq score`: pairs of lines → how likely the model finds each."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.plain_json import to_json
from seq2seq.workflows.line_input import total_bytes
from seq2seq.workflows.line_output import check_output, open_output
from seq2seq.workflows.line_pairs import check_line_counts, check_pair, read_pair_windows
from seq2seq.workflows.line_progress import LineProgress
from seq2seq.workflows.line_report import Places
from seq2seq.workflows.members import Members
from seq2seq.workflows.run_or_export import pinned, prepare_to_compute

if TYPE_CHECKING:
    from seq2seq.translator import TargetScore


def score(
    run: str | Path | Members,
    source: str,
    target: str,
    output: str | Path | None = None,
    *,
    checkpoint: str = "best",
    threads: int | None = None,
    json_lines: bool = False,
    tokens: bool = False,
    replace_invalid: bool = False,
    force: bool = False,
) -> TargetScore:
    """Scores pairs of lines, as many lines out as in, and prints the perplexity of all on standard error.

    Args:
        run: the run folder, an export, the address of a model that is served, or several runs together.
        source, target: text files, plain or .gz, line by line; `-` for standard input.
        output: a file, packed if its name ends in .gz; None is standard output.
        checkpoint: "best", "last" or a checkpoint's name.
        threads: that compute, each a batch of its own; None as `threads.set_command_threads` has it.
        json_lines: a JSON object a line instead of columns.
        tokens: tells the log-probability of each piece, too.
        replace_invalid: bytes that are not UTF-8 become U+FFFD instead of an error.
        force: an output file that exists is replaced.

    Returns:
        Log-probability and number of tokens of all lines together.

    Raises:
        DataError: an input is missing or not UTF-8, the sides have different numbers of lines, or the output would
            destroy something.
        RunError, CheckpointError: the run cannot be loaded.
        ClientError: the server cannot be reached, or refuses.
    """
    check_pair(source, target)
    check_output(output, [source, target], force=force)
    check_line_counts(source, target)
    run, checkpoint = pinned(run, checkpoint)
    prepare_to_compute(run, threads)
    from seq2seq.evaluation import perplexity
    from seq2seq.translator import TargetScore
    from seq2seq.translator.text_translator import BATCH_LINES
    from seq2seq.workflows.load import load

    translator = load(run, checkpoint)
    windows = read_pair_windows(
        source,
        target,
        io.BytesIO() if sys.stdin is None else sys.stdin.buffer,
        window_lines=BATCH_LINES,
        replace_invalid=replace_invalid,
    )
    lines, log_prob, count = 0, 0.0, 0
    cut, replaced = Places(), Places()
    seen = sys.stderr.isatty() and (output is not None or not sys.stdout.isatty())
    with open_output(output) as stream, LineProgress(total_bytes([source]), shown=seen) as progress:
        for window in windows:
            sources, targets = zip(*window, strict=True)
            with progress.window(sources):
                scores = translator.score([line.text for line in sources], [line.text for line in targets])
            form = _json_line if json_lines else _columns
            stream.write([form(one, perplexity([one]), tokens) for one in scores])
            for (one, other), found in zip(window, scores, strict=True):
                lines, log_prob, count = lines + 1, log_prob + found.log_prob, count + found.tokens
                if found.source_truncated:
                    cut.add(one)
                for line in (one, other):
                    if line.replaced:
                        replaced.add(line)
    total = TargetScore(log_prob, count)
    if cut.count:
        print(
            f"warning: {cut.count:,} source lines longer than the limit of {translator.maximum_source_pieces} pieces, "
            f"read up to there: {cut}",
            file=sys.stderr,
        )
    if replaced.count:
        print(f"warning: {replaced.count:,} lines with bytes that are not UTF-8, replaced: {replaced}", file=sys.stderr)
    whole = f"{perplexity([total]):.4f}" if count else "none"
    print(
        f"perplexity per piece, ends counted: {whole} ({lines:,} lines, {count:,} pieces, log-probability "
        f"{log_prob:.4f})",
        file=sys.stderr,
    )
    return total


def _columns(score: TargetScore, perplexity: float, tokens: bool) -> str:
    columns = [f"{score.log_prob:.6f}", str(score.tokens), f"{perplexity:.6g}"]
    if tokens:
        columns.append(" ".join(f"{each:.6f}" for each in score.token_log_probs))
    return "\t".join(columns)


def _json_line(score: TargetScore, perplexity: float, tokens: bool) -> str:
    found = {"log_prob": round(score.log_prob, 6), "tokens": score.tokens, "perplexity": perplexity}
    if tokens:
        found["token_log_probs"] = [round(each, 6) for each in score.token_log_probs]
        if score.target_pieces:
            found["pieces"] = list(score.target_pieces)
    return to_json(found)
