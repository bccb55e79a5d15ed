"""`seq2seq rescore`: a Moses n-best list → the same with one more feature, sorted anew."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from seq2seq.client.translator import is_address
from seq2seq.errors import ConfigurationError, DataError, nearest_name
from seq2seq.quiet import import_tensorflow_quietly
from seq2seq.workflows.line_input import Line, are_files, check_inputs, read_windows
from seq2seq.workflows.line_output import check_output, open_output
from seq2seq.workflows.line_pairs import check_pair
from seq2seq.workflows.load_language_model import is_language_model, predictor_of, read_language_model
from seq2seq.workflows.members import Members
from seq2seq.workflows.moses_lines import MosesLine, read_moses_line, write_moses_line
from seq2seq.workflows.run_or_export import pinned, prepare_to_compute

if TYPE_CHECKING:
    from seq2seq.translator import TargetScore

    Score = Callable[[Sequence[str], Sequence[str]], list[TargetScore]]

# Stands for the score that a list came with, where weights are named.
LIST_SCORE = "score"
# Hypotheses that are scored together: enough for batches of one length.
WINDOW_HYPOTHESES = 2048


class Candidate(NamedTuple):
    """One line of the list, and the source line that it is a translation of."""

    place: str  # for messages: "list.txt, line 3"
    line: MosesLine
    source: str


class Rescored(NamedTuple):
    """How many source lines have hypotheses, how many have none, and for how many the best one is another now."""

    sources: int
    without: int
    changed: int


def rescore(
    run: str | Path | Members,
    source: str | None,
    nbest: str,
    output: str | Path | None = None,
    *,
    checkpoint: str = "best",
    threads: int | None = None,
    feature: str = "seq2seq",
    weights: Sequence[str] = (),
    force: bool = False,
) -> Rescored:
    """Adds the model's log-probability of each hypothesis to an n-best list, and sorts those of a line by a new score.

    The new score is the weighted sum of features, and takes the place of the list's own. Equal ones keep their order.

    Args:
        run: the run folder, an export, the address of a model that is served, or several runs together; or the run
            folder of a language model, which scores the hypotheses as lines by themselves.
        source: the text whose translations the list holds, plain or .gz; `-` for standard input. None is for a language
            model alone, which reads no source.
        nbest: the list, plain or .gz, ids from 0 and ascending; or `-`.
        output: a file, packed if its name ends in .gz; None is standard output.
        checkpoint: "best", "last" or a checkpoint's name.
        threads: as in `translate`; not for a language model.
        feature: what the model's log-probability is called.
        weights: such as "seq2seq=0.7", "score=0.3", or "TM0=0.2,0.1" for a feature of two values; "score" is the list's
            own score. None take the new feature alone.
        force: an output file that exists is replaced.

    Raises:
        DataError: an input is missing, a line is not of its format, an id has no source line, a feature that has a
            weight is missing or has another number of values, or the output would destroy something.
        RunError, CheckpointError: the run cannot be loaded.
        ClientError: the server cannot be reached, or refuses.
    """
    if isinstance(run, Members) and any(is_language_model(member.run) for member in run.members):
        raise ConfigurationError(f"an option of translators — given {run}, of a language model — leave it out")
    by_language_model = not isinstance(run, Members) and not is_address(run) and is_language_model(run)
    if by_language_model and threads is not None:
        raise ConfigurationError(f"an option of translators — given {threads} threads for {run} — leave it out")
    if source is None and not by_language_model:
        raise ConfigurationError(f"a translation has a source — given none for {run} — give --source FILE")
    if source is None:
        check_inputs([nbest])
    else:
        check_pair(source, nbest, "nbest")
    check_output(output, [name for name in (source, nbest) if name is not None], force=force)
    if not feature or feature == LIST_SCORE or any(character.isspace() or character in "=|" for character in feature):
        raise DataError(
            f"this is no name for a new feature — given {feature!r} — give one without spaces, = and |, other than "
            f"{LIST_SCORE!r}"
        )
    chosen = parse_feature_weights(weights) if weights else {feature: (1.0,)}
    standard_input = io.BytesIO() if sys.stdin is None else sys.stdin.buffer
    if are_files([name for name in (source, nbest) if name is not None]):
        for candidate in read_candidates(nbest, _Sources(source, standard_input), standard_input, feature):
            with_feature(candidate, feature, 0.0, chosen)  # what is wrong is told before any work
    score, limit = _language_scorer(run, checkpoint) if by_language_model else _scorer(run, checkpoint, threads)
    sources = _Sources(source, standard_input)
    candidates = read_candidates(nbest, sources, standard_input, feature)
    found = changed = 0
    cut = set()  # ids
    with open_output(output) as stream:
        for window in _windows(candidates):
            scores = score([one.source for one in window], [one.line.hypothesis for one in window])
            summed = [
                with_feature(one, feature, found.log_prob, chosen) for one, found in zip(window, scores, strict=True)
            ]
            cut |= {line.id for line, found in zip(summed, scores, strict=True) if found.source_truncated}
            for _, group in groupby(summed, key=lambda line: line.id):
                before = list(group)
                ranked = sorted(before, key=lambda line: -line.score)
                found += 1
                changed += ranked[0] is not before[0]
                stream.write([write_moses_line(line) for line in ranked])
    if cut:
        print(
            f"warning: {len(cut):,} source lines longer than the limit of {limit} pieces, read up to there",
            file=sys.stderr,
        )
    without = sources.count() - found if source is not None else 0
    if without:
        print(f"warning: {without:,} source lines have no hypothesis in {nbest}", file=sys.stderr)
    print(f"{changed:,} of {found:,} lines have another best hypothesis", file=sys.stderr)
    return Rescored(found, without, changed)


def _scorer(run: str | Path | Members, checkpoint: str, threads: int | None) -> tuple[Score, int | None]:
    """What scores hypotheses, and its limit of source pieces."""
    run, checkpoint = pinned(run, checkpoint)
    prepare_to_compute(run, threads)
    from seq2seq.workflows.load import load

    translator = load(run, checkpoint)
    return translator.score, translator.maximum_source_pieces


def _language_scorer(run: str | Path | Members, checkpoint: str) -> tuple[Score, int | None]:
    """Likewise for a language model, which cuts nothing."""
    parts = read_language_model(str(run), checkpoint)
    import_tensorflow_quietly()
    from seq2seq.translator import TargetScore

    predictor = predictor_of(parts)

    def score(sources: Sequence[str], hypotheses: Sequence[str]) -> list[TargetScore]:
        return [TargetScore(found.log_prob, found.tokens) for found in predictor.score_alone(hypotheses)]

    return score, None


def parse_feature_weights(weights: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """["seq2seq=0.7", "TM0=0.2,0.1"] -> {"seq2seq": (0.7,), "TM0": (0.2, 0.1)}

    Raises:
        DataError: one is not of this form, or a name comes twice.
    """
    found: dict[str, tuple[float, ...]] = {}
    for text in weights:
        name, equals, numbers = text.rpartition("=")
        try:
            values = tuple(map(float, numbers.split(",")))
        except ValueError:
            values = ()
        if not (name and equals and values and all(map(math.isfinite, values))):
            raise DataError(
                f"this is no weight — given {text!r} — give NAME=NUMBER, such as seq2seq=0.7 or TM0=0.2,0.1"
            )
        if name in found:
            raise DataError(f"a feature has two weights — given {name!r} twice — give one; several values as NAME=1,2")
        found[name] = values
    return found


def with_feature(
    candidate: Candidate, feature: str, value: float, weights: Mapping[str, tuple[float, ...]]
) -> MosesLine:
    """The candidate's line with one more feature, and with the weighted sum of its features as its score.

    Raises:
        DataError: a feature is missing, has another number of values, or the sum is no number; it names the place.
    """
    place, line, _ = candidate
    added = {**line.features, feature: (value,)}
    features = {**added, LIST_SCORE: (line.score,)}
    total = 0.0
    for name, factors in weights.items():
        if name not in features:
            raise DataError(
                f"{place}: a feature is missing — given a weight of {name!r} — {nearest_name(name, features)}"
            )
        values = features[name]
        if len(values) != len(factors):
            raise DataError(
                f"{place}: feature {name!r} has {len(values)} values — given {len(factors)} weights — give one for "
                f"each, as {name}={','.join(['1'] * len(values))}"
            )
        total += sum(factor * value for factor, value in zip(factors, values, strict=True))
    if math.isnan(total):
        raise DataError(f"{place}: the weighted sum is no number — given features {dict(features)} — mend them")
    return replace(line, features=added, score=total)


class _Sources:
    """The source lines, read as far as ids ask for them; with no text, all are empty."""

    def __init__(self, name: str | None, standard_input: BinaryIO) -> None:
        self.name = name
        self._lines = iter(()) if name is None else _lines(name, standard_input)
        self._read = 0
        self._last = ""

    def line(self, identity: int, place: str) -> str:
        """The line with this id; ids must not fall. Raises DataError if the text ends before it."""
        if self.name is None:
            return ""
        while self._read <= identity:
            line = next(self._lines, None)
            if line is None:
                raise DataError(
                    f"{place}: there is no source line with this id — given {identity}, where {self.name} has "
                    f"{self._read:,} lines, 0 to {self._read - 1} — give the text that the list was made from"
                )
            self._read, self._last = self._read + 1, line.text
        return self._last

    def count(self) -> int:
        """How many there are altogether; reads the rest."""
        self._read += sum(1 for _ in self._lines)
        return self._read


def read_candidates(nbest: str, sources: _Sources, standard_input: BinaryIO, feature: str) -> Iterator[Candidate]:
    """The lines of a list with their source lines.

    Raises:
        DataError: a line is not of the format, ids fall, one has no source line, or a line has the new feature already.
    """
    before = 0
    for text in _lines(nbest, standard_input):
        place = f"{text.file}, line {text.number}"
        line = read_moses_line(text.text, place)
        if line.id < before:
            raise DataError(f"{place}: ids must not fall — given {line.id} after {before} — sort the list by its ids")
        if feature in line.features:
            raise DataError(f"{place}: there is a feature {feature!r} already — choose another name with --feature")
        before = line.id
        yield Candidate(place, line, sources.line(line.id, place))


def _windows(candidates: Iterator[Candidate]) -> Iterator[list[Candidate]]:
    """Whole groups of one id, together at least `WINDOW_HYPOTHESES` unless they are the last."""
    window: list[Candidate] = []
    for _, group in groupby(candidates, key=lambda candidate: candidate.line.id):
        if len(window) >= WINDOW_HYPOTHESES:
            yield window
            window = []
        window.extend(group)
    if window:
        yield window


def _lines(name: str, standard_input: BinaryIO) -> Iterator[Line]:
    windows = read_windows([name], standard_input, window_lines=WINDOW_HYPOTHESES, replace_invalid=False)
    return chain.from_iterable(windows)
