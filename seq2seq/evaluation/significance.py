"""How far scores may be chance: confidence intervals, and tests between systems (sacreBLEU's `PairedTest`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sacrebleu.metrics.base import Metric
from sacrebleu.significance import PairedTest

from seq2seq.evaluation.metrics import new_metrics
from seq2seq.evaluation.scores import check_pairs

# BLEU lowercased is left out: sacreBLEU tells its results apart by a name that both kinds of BLEU have.
TESTED = ("bleu", "chrf", "chrf_plus_plus", "ter")
TRIALS_A_SAMPLE = 10  # sacreBLEU's own numbers are 1,000 samples and 10,000 trials
_NUMBERS_A_LINE = 24  # of chrF2++, which has the most
_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Interval:
    """The 95 % interval of a score by bootstrap: `mean` of the samples, and from there `half_width` to either side."""

    mean: float
    half_width: float


@dataclass(frozen=True)
class Comparison:
    """One score of a system against that of the baseline.

    Attributes:
        baseline, system: their names.
        metric: one of `TESTED`.
        difference: the system's score less the baseline's.
        bootstrap_p: of the paired bootstrap (Koehn 2004).
        randomisation_p: of approximate randomisation (Riezler & Maxwell 2005).
    """

    baseline: str
    system: str
    metric: str
    difference: float
    bootstrap_p: float
    randomisation_p: float


@dataclass(frozen=True)
class Significance:
    """Intervals by system and metric, comparisons of each system with the first, and sacreBLEU's signatures."""

    samples: int
    intervals: dict[str, dict[str, Interval]]
    comparisons: list[Comparison]
    signatures: dict[str, dict[str, str]]


def measure_significance(
    systems: Mapping[str, Sequence[str]],
    references: Sequence[str],
    samples: int,
    metrics: Mapping[str, Metric] | None = None,
) -> Significance:
    """Bootstrap intervals of all systems, and both paired tests of each but the first against the first.

    Two corrections are made to sacreBLEU's probabilities, whose trials count only where they differ by *more* than the
    systems do, so that a system would differ from itself with p = 1 / (samples + 1):

    - Where two scores are equal, p is 1: no trial can differ less.
    - Of the 2^k ways to swap the k lines that differ, at least two, all and none, differ as much as the systems. So p
      of approximate randomisation is at least 2^(1 - k); by sacreBLEU one line that differs would prove a difference.

    Args:
        systems: name -> hypotheses; the first is the baseline.
        references: one for each hypothesis.
        samples: of the bootstrap; approximate randomisation has `TRIALS_A_SAMPLE` times as many trials.
        metrics: of `new_metrics`; what they have read already they need not read again.

    Raises DataError if numbers of lines differ, or there are none.
    """
    for hypotheses in systems.values():
        check_pairs(hypotheses, references)
    chosen = {name: (metrics or new_metrics())[name] for name in TESTED}
    named: list[tuple[str, Sequence[str]]] = [(name, list(hypotheses)) for name, hypotheses in systems.items()]
    bootstrap, bootstrap_signatures = _paired(named, references, chosen, "bs", samples)
    signatures = {"bootstrap": bootstrap_signatures}
    comparisons = []
    if len(named) > 1:
        trials = TRIALS_A_SAMPLE * samples
        randomised, signatures["randomisation"] = _paired(named, references, chosen, "ar", trials)
        baseline, of_baseline = named[0]
        for place, (system, hypotheses) in enumerate(named[1:], start=1):
            changed = sum(ours != theirs for ours, theirs in zip(hypotheses, of_baseline, strict=True))
            for metric in TESTED:
                found, shuffled = bootstrap[metric][place], randomised[metric][place]
                difference = float(found.score) - float(bootstrap[metric][0].score)
                equal = difference == 0.0
                comparisons.append(
                    Comparison(
                        baseline,
                        system,
                        metric,
                        difference,
                        1.0 if equal else float(found.p_value),
                        1.0 if equal else max(float(shuffled.p_value), 2.0 ** (1 - changed)),
                    )
                )
    intervals = {
        name: {metric: Interval(float(row[place].mean), float(row[place].ci)) for metric, row in bootstrap.items()}
        for place, (name, _) in enumerate(named)
    }
    return Significance(samples, intervals, comparisons, signatures)


def bootstrap_bytes(lines: int, samples: int) -> int:
    """How much memory sacreBLEU's bootstrap takes: it draws all samples of all lines at once."""
    return lines * samples * _NUMBERS_A_LINE * _FLOAT_BYTES


def _paired(
    named: list[tuple[str, Sequence[str]]],
    references: Sequence[str],
    metrics: dict[str, Metric],
    kind: str,
    samples: int,
) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """sacreBLEU's `Result`s by metric, one a system, and its signatures; its own names for the metrics go."""
    signatures, results = PairedTest(named, metrics, [list(references)], test_type=kind, n_samples=samples)()
    by_score = {name: rows for name, rows in results.items() if name != "System"}
    return (
        dict(zip(metrics, by_score.values(), strict=True)),
        {name: str(signatures[score]) for name, score in zip(metrics, by_score, strict=True)},
    )
