"""The options of which models translate, together and how, and of a choice among candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq.cli_options import with_options
from seq2seq.errors import ConfigurationError


class Average(str, Enum):
    """What an ensemble takes the average of."""

    log_probabilities = "log-probabilities"
    probabilities = "probabilities"


class Precision(str, Enum):
    """What models compute in."""

    float32 = "float32"
    bfloat16_products = "bfloat16_products"
    int8_products = "int8_products"


class Utility(str, Enum):
    """What a choice by minimum Bayes risk takes for likeness."""

    chrf = "chrf"
    bleu = "bleu"


_OPTIONS: dict[str, Any] = {
    "checkpoint": Annotated[
        str | None,
        typer.Option(
            metavar="best|last|NAME",
            show_default="best",
            help="Which checkpoint of the run to use; best,last takes both, as an ensemble.",
        ),
    ],
    "ensemble": Annotated[
        list[Path] | None,
        typer.Option(metavar="RUN", help="One more run that translates together with the first; may be repeated."),
    ],
    "weights": Annotated[
        str | None,
        typer.Option(metavar="0.5,0.3,0.2", show_default="equal", help="Of an ensemble: weights of its members."),
    ],
    "average": Annotated[
        Average | None,
        typer.Option("--average", show_default="log-probabilities", help="Of an ensemble: what is averaged."),
    ],
    "precision": Annotated[
        Precision | None,
        typer.Option(
            "--precision",
            show_default="float32",
            help="Of runs: what is computed in; bfloat16_products is faster on CPUs with bfloat16 instructions, "
            "int8_products on those with VNNI.",
        ),
    ],
    "threads": Annotated[
        int | None,
        typer.Option(
            "--threads", min=1, show_default="one to a processor", help="Of this machine, each with a batch of its own."
        ),
    ],
}
_FUSION_OPTIONS: dict[str, Any] = {
    "fuse": Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="A language model over the same target pieces, which helps the search."),
    ],
    "fuse_weight": Annotated[
        float | None, typer.Option(min=0.0, metavar="0.2", help="Of --fuse: of its log-probabilities; 0: none.")
    ],
}
RiskUtility = Annotated[
    Utility | None,
    typer.Option("--mbr", show_default="by score", help="Choose the candidate that is most like the others."),
]


@dataclass(frozen=True)
class Together:
    """What the options of an ensemble, of a language model that helps, and of how models compute say."""

    checkpoint: str
    ensemble: list[Path]
    weights: str | None
    average: str | None
    precision: str | None = None
    threads: int | None = None
    fuse: Path | None = None
    fuse_weight: float | None = None

    def of(self, run: str | Path) -> Any:
        """The run itself where nothing of this is said, else `Members`, of which it is the first."""
        from seq2seq.workflows.members import fusion_of, run_or_members

        fusion = fusion_of(self.fuse, self.fuse_weight)
        return run_or_members(run, self.checkpoint, self.ensemble, self.weights, self.average, fusion, self.precision)

    def alone(self, systems: list[str]) -> list[Any]:
        """The systems; with options of an ensemble or a precision the only one becomes `Members`.

        Raises:
            ConfigurationError: there are several, and nobody knows which of them is meant.
        """
        first, *others = systems
        made = self.of(first)
        if others and made is not first:
            raise ConfigurationError(
                f"an ensemble, or another precision, is evaluated alone — given {len(systems)} systems — evaluate it "
                "first, and then its hypotheses.txt beside the others"
            )
        return [made, *others]


def ensemble_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of ensembles and of checkpoints, which it gets as `together`."""
    return with_options(command, _OPTIONS, "together", _together)


def fusion_options(command: Callable[..., None]) -> Callable[..., None]:
    """As `ensemble_options`, for a command that searches, with those of a language model that helps."""
    return with_options(command, {**_OPTIONS, **_FUSION_OPTIONS}, "together", _together)


def _together(options: dict[str, Any]) -> Together:
    average, precision = options["average"], options["precision"]
    return Together(
        checkpoint=options["checkpoint"] or "best",
        ensemble=options["ensemble"] or [],
        weights=options["weights"],
        average=average.value if average else None,
        precision=precision.value if precision else None,
        threads=options["threads"],
        fuse=options.get("fuse"),
        fuse_weight=options.get("fuse_weight"),
    )
