"""The options of ensembles, and of a choice among candidates."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq.errors import ConfigurationError


class Average(str, Enum):
    """What an ensemble takes the average of."""

    log_probabilities = "log-probabilities"
    probabilities = "probabilities"


class Utility(str, Enum):
    """What a choice by minimum Bayes risk takes for likeness."""

    chrf = "chrf"
    bleu = "bleu"


Checkpoints = Annotated[
    str,
    typer.Option(
        "--checkpoint",
        metavar="best|last|NAME",
        help="Which checkpoint of the run to use; best,last takes both, as an ensemble.",
    ),
]
Ensemble = Annotated[
    list[Path] | None,
    typer.Option(metavar="RUN", help="One more run that translates together with the first; may be repeated."),
]
Weights = Annotated[
    str | None,
    typer.Option(metavar="0.5,0.3,0.2", show_default="equal", help="Of an ensemble: weights of its members."),
]
AverageOf = Annotated[
    Average | None,
    typer.Option("--average", show_default="log-probabilities", help="Of an ensemble: what is averaged."),
]
RiskUtility = Annotated[
    Utility | None,
    typer.Option("--mbr", show_default="by score", help="Choose the candidate that is most like the others."),
]


def together(
    run: str | Path, checkpoint: str, ensemble: list[Path] | None, weights: str | None, average: Average | None
) -> Any:
    """What the options of an ensemble make of a run: itself where none is given, else `Members`."""
    from seq2seq.workflows.members import run_or_members

    return run_or_members(run, checkpoint, ensemble or [], weights, average.value if average else None)


def together_alone(
    systems: list[Path],
    checkpoint: str,
    ensemble: list[Path] | None,
    weights: str | None,
    average: Average | None,
) -> list[Any]:
    """The systems; with options of an ensemble the only one becomes `Members`.

    Raises:
        ConfigurationError: there are several, and nobody knows which of them is meant.
    """
    first, *others = systems
    made = together(first, checkpoint, ensemble, weights, average)
    if others and made is not first:
        raise ConfigurationError(
            f"an ensemble is evaluated alone — given {len(systems)} systems — evaluate it first, and then its "
            "hypotheses.txt beside the others"
        )
    return [made, *others]
